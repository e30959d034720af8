"""Figures of one page are of one version of the lake, whatever is committed meanwhile."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.lake.connect import open_lake

N = "select count(*) from lake.contacts"


def test_what_is_committed_meanwhile_is_seen_afterwards(lake, settings):
    with closing(open_lake(settings, read_only=True)) as reader:
        with reader.transaction():
            seen = [reader.con.sql(N).fetchall()]
            lake.con.execute("insert into lake.contacts (contact_id) values ('calls:1')")
            seen.append(reader.con.sql(N).fetchall())
        seen.append(reader.con.sql(N).fetchall())
    assert seen == [[(0,)], [(0,)], [(1,)]]


def test_an_error_leaves_the_reader_fit_for_the_next_question(lake, settings):
    with closing(open_lake(settings, read_only=True)) as reader:
        with pytest.raises(ValueError, match="no figure"), reader.transaction():
            raise ValueError("no figure")
        with reader.transaction():
            assert reader.con.sql(N).fetchall() == [(0,)]


def test_a_second_connection_reads_moments_in_utc_wherever_the_machine_stands(
    new_home: Path,
) -> None:
    code = (
        "import sys; from pathlib import Path; from pipelines.lake.connect import open_lake; "
        "from pipelines.settings import Settings; "
        "lake = open_lake(Settings(home=Path(sys.argv[1])), read_only=True).cursor(); "
        'print(lake.con.sql("select make_timestamptz(0)::varchar").fetchall())'
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(new_home)], env=os.environ | {"TZ": "Asia/Tokyo"},
        cwd=Path.cwd(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == "[('1970-01-01 00:00:00+00',)]\n"


def test_a_write_shows_in_the_stamp_and_a_look_does_not(lake, settings):
    with closing(open_lake(settings, read_only=True)) as reader:
        stamp = reader.stamp()
        for looking in (reader, lake, reader, lake):
            looking.con.sql(N).fetchall()
            assert reader.stamp() == stamp
        time.sleep(0.02)  # a file system's times may be this coarse
        lake.con.execute("insert into lake.contacts (contact_id) values ('calls:1')")
        assert reader.stamp() != stamp
