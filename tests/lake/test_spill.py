"""What DuckDB has no memory for goes to a folder of the lake's home, and leaves again."""

import os
import time
from pathlib import Path

import pytest

from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.upkeep import maintain
from pipelines.settings import Settings

MUCH = "create temp table much as select i, md5(i::varchar) as text from range(1_500_000) as r (i)"


def test_two_connections_spill_beside_each_other_and_clean_up(
    lake: Lake, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    small = Settings(home=settings.home, memory_limit="60MB")
    both = [open_lake(small, read_only=True) for _ in range(2)]
    for one in both:
        one.con.execute(MUCH)
    assert len(list(settings.home.glob("spill-*/*"))) >= 2
    assert [one.con.sql("select count(text) from much").fetchall() for one in both] == [
        [(1_500_000,)], [(1_500_000,)]
    ]  # fmt: skip
    for one in both:
        one.close()
    assert list(settings.home.glob("spill-*/*")) == []
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_upkeep_drops_what_a_killed_process_had_spilled(lake: Lake, settings: Settings) -> None:
    for name, age_s in (("killed", 90_000), ("alive", 60)):
        file = settings.home / f"spill-{name}" / "duckdb_temp_storage_DEFAULT-0.tmp"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"rows")
        for path in (file, file.parent):
            os.utime(path, (time.time() - age_s,) * 2)
    maintain(lake)
    assert [path.name for path in settings.home.glob("spill-*")] == ["spill-alive"]


def test_files_of_the_lake_are_not_kept_in_memory_once_read(lake: Lake) -> None:
    lake.con.execute(
        "insert into lake.events by name select 'calls:' || i as contact_id, 1 as seq, "
        "timestamptz '2026-03-02 10:00:00+03' as event_at, 'queued' as kind, 'calls' as source, "
        "date '2026-03-02' as received_date from range(20000) as t (i)"
    )
    assert lake.con.execute("select max(hash(e)) is not null from lake.events as e").fetchone()
    kept = lake.con.execute(
        "select memory_usage_bytes from duckdb_memory() where tag = 'EXTERNAL_FILE_CACHE'"
    ).fetchone()
    assert kept == (0,)
