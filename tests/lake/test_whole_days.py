"""Rows of whole days written as files by every core, and named to the lake in a transaction."""

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.upkeep import maintain, sweep
from pipelines.lake.whole_days import deleted_on_error, name_files, write_files

MADE = """
    insert into made by name
    select
        'phone.answered' as promise,
        1 as promise_version,
        'calls:' || i as contact_id,
        [date '2026-03-02', date '2026-03-03', date '2026-12-31'][1 + i % 3] as received_date,
        timestamptz '2026-03-02 09:00:00+00' + to_seconds(i) as started_at,
        i / 4.0 as value
    from range(9) as t (i)
"""


@pytest.fixture
def wide(lake: Lake) -> Lake:
    """A lake on two cores, and the table `made`: clocks of nine contacts on three days."""
    lake.con.execute("set threads = 2")
    lake.is_wide = True
    lake.con.execute("create table made as select * from lake.clocks limit 0")
    lake.con.execute(MADE)
    return lake


def put(lake: Lake) -> list[Path]:
    files = write_files(lake, "clocks", "made")
    with lake.transaction(), deleted_on_error(files):
        name_files(lake, "clocks", files)
    return files


def clocks(lake: Lake, where: str = "true") -> pl.DataFrame:
    return lake.frame(f"select * from lake.clocks where {where}").sort("contact_id")


def files_read(lake: Lake, where: str) -> str:
    [(_, plan)] = lake.con.sql(f"explain analyze from lake.clocks where {where}").fetchall()
    return plan.split("Total Files Read: ")[1].split()[0]


def on_disk(lake: Lake) -> list[Path]:
    return sorted(lake.settings.data.rglob("*.parquet"))


def test_rows_come_in_whole_a_file_a_day_and_a_day_is_found_by_its_file_alone(wide):
    files = put(wide)
    assert_frame_equal(clocks(wide), wide.frame("select * from made").sort("contact_id"))
    assert sorted(files) == on_disk(wide)
    assert [file.relative_to(wide.settings.data).parts[:-1] for file in files] == [
        ("main", "clocks", "year=2026", "month=3", "day=2"),
        ("main", "clocks", "year=2026", "month=3", "day=3"),
        ("main", "clocks", "year=2026", "month=12", "day=31"),
    ]
    assert files_read(wide, "received_date = date '2026-03-03'") == "1"
    assert files_read(wide, "received_date >= date '2026-03-03'") == "2"


def test_a_day_written_again_replaces_its_rows_and_upkeep_keeps_all(wide):
    put(wide)
    before = clocks(wide)
    with wide.transaction():
        wide.con.execute("delete from lake.clocks where received_date = date '2026-03-02'")
        wide.con.execute("delete from lake.clocks where contact_id = 'calls:1'")
    wide.con.execute("delete from made where received_date <> date '2026-03-02'")
    put(wide)
    maintain(wide)
    assert_frame_equal(clocks(wide), before.filter(pl.col("contact_id") != "calls:1"))
    assert sweep(wide) == 0


def test_a_lake_moved_elsewhere_has_them(wide, tmp_path):
    put(wide)
    before, settings = clocks(wide), wide.settings
    wide.close()
    shutil.move(settings.home, tmp_path / "elsewhere")
    moved = open_lake(replace(settings, home=tmp_path / "elsewhere"), read_only=True)
    assert_frame_equal(clocks(moved), before)
    moved.close()


def test_where_the_transaction_fails_no_file_stays(wide):
    files = write_files(wide, "clocks", "made")
    missing = [*files, files[0].with_name("gone.parquet")]
    with pytest.raises(duckdb.IOException), wide.transaction(), deleted_on_error(files):
        name_files(wide, "clocks", missing)
    assert on_disk(wide) == []
    assert clocks(wide).is_empty()


def test_where_one_file_cannot_be_written_none_stays(wide):
    (wide.settings.data / "main" / "clocks" / "year=2026").mkdir(parents=True)
    (wide.settings.data / "main" / "clocks" / "year=2026" / "month=12").touch()
    with pytest.raises(OSError, match="month=12"):
        write_files(wide, "clocks", "made")
    assert on_disk(wide) == []


def test_files_of_a_killed_process_are_swept(wide):
    write_files(wide, "clocks", "made")  # and never named
    assert sweep(wide) == 3
    assert on_disk(wide) == []
