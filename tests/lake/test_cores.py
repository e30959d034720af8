"""Connections of one process at work side by side never wait for each other for ever.

DuckDB gives cores up by waiting for its threads, and a thread that reads a table of the lake, with
deleted rows, cannot go on meanwhile.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.lake.connect import Lake

DAYS = """
    insert into lake.clocks by name
    select
        'phone.answered' as promise, 'calls:' || i as contact_id,
        date '2026-03-01' + (i % 20)::integer as received_date, i / 4.0 as value
    from range(40000) as t (i)
"""
# two that ask of the lake, as pages of two visitors do, and one that asks on two connections
SIDE_BY_SIDE = """
import os, sys, threading, time
from pathlib import Path
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings

lake = open_lake(Settings(home=Path(sys.argv[1])), read_only=True)
lake.con.execute("reset threads")
lake.con.execute("set threads = 3")
lake.is_wide = True
until = time.monotonic() + 4

def ask(con):
    while time.monotonic() < until:
        con.execute("select received_date, max(value) from lake.clocks group by 1").fetchall()

def ask_twice():
    while time.monotonic() < until:
        with lake.beside() as other:
            other.con.execute("select 1").fetchall()

work = [threading.Thread(target=ask, args=(lake.con.cursor(),), daemon=True) for _ in range(2)]
work.append(threading.Thread(target=ask_twice, daemon=True))
for thread in work:
    thread.start()
for thread in work:
    thread.join(30)
print([thread.is_alive() for thread in work], flush=True)
os._exit(0)
"""


def threads(lake: Lake) -> int:
    return int(lake.con.sql("select current_setting('threads')").fetchall()[0][0])


def test_readers_at_work_side_by_side_all_come_to_an_end(lake):
    lake.con.execute(DAYS)
    lake.con.execute("delete from lake.clocks where value % 7 = 0")
    done = subprocess.run(
        [sys.executable, "-c", SIDE_BY_SIDE, str(lake.settings.home)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("[False, False, False]", 0), done.stderr


@pytest.fixture
def wide(lake: Lake) -> Lake:
    lake.con.execute("set threads = 2")
    lake.is_wide = True
    return lake


def test_a_writer_with_another_connection_at_work_leaves_its_cores_as_they_are(wide):
    with wide.beside() as other:
        assert threads(wide) == 1
        cursor = wide.cursor()
        for one in (wide, other, cursor):
            with one.narrow(), one.beside():
                assert threads(wide) == 1
            with one.sized():
                assert threads(wide) == 1
        assert threads(wide) == 1
    assert threads(wide) > 1


def test_alone_at_work_a_writer_gives_its_cores_up_for_a_look_and_takes_them_again(wide):
    with wide.narrow():
        assert threads(wide) == 1
    assert threads(wide) > 1
