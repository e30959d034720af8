"""Who meets a lock of the catalogue waits by the millisecond, not by the second."""

import ctypes.util
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.lake import short_waits
from pipelines.lake.connect import open_lake

# a process of its own: two SQLite copies in one would drop each other's locks
HOLD = """
import sqlite3, sys
catalogue = sqlite3.connect(sys.argv[1], isolation_level=None)
catalogue.execute("pragma locking_mode = exclusive")
catalogue.execute("begin exclusive")
catalogue.execute("create table held (x)")
print("held", flush=True)
sys.stdin.read()
catalogue.execute("rollback")
catalogue.close()
"""


@pytest.fixture
def asked_s(monkeypatch):
    """Each pause SQLite took, in seconds."""
    pauses: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr(short_waits.time, "sleep", lambda s: (pauses.append(s), sleep(s))[1])
    return pauses


def test_a_reader_asks_again_each_few_milliseconds_until_another_lets_go(
    settings, new_home, asked_s
):
    shutil.copytree(new_home, settings.home)
    with (
        ThreadPoolExecutor(1) as pool,
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(settings.catalog)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as other,
    ):  # fmt: skip
        assert other.stdout.readline() == "held\n"
        opening = pool.submit(open_lake, settings, read_only=True)
        while asked_s.count(short_waits.PAUSE_S) < 5 and not opening.done():
            pass
        assert not opening.done()
        other.stdin.close()
        lake = opening.result(30)
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(0,)]
    lake.close()


@pytest.mark.parametrize("library", ["absent.so", ctypes.util.find_library("c") or "libc.so.6"])
def test_a_library_that_is_no_sqlite_is_left_as_it_is(library):
    assert short_waits.wait_shortly(library) is None
