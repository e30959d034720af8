"""Days settled in shares, a share a core, have the clocks and marts they have settled at once."""

from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import pipelines.lake.connect
from pipelines import settle as settling
from pipelines.errors import ModelError
from pipelines.lake import all_cores
from pipelines.lake.all_cores import even, n_shares
from pipelines.lake.connect import Lake, open_lake
from pipelines.marts.settled import MODELS
from pipelines.settings import Settings
from pipelines.settle import settle
from tests.promises.conftest import World
from tests.promises.histories import histories

SETTLED = ("clocks", *MODELS, "settled_days")
ALL_DIRTY = "insert into lake.dirty_days select distinct received_date, true from lake.contacts"


@pytest.fixture
def filled(tmp_path: Path) -> Lake:
    """A lake of histories of five days, all of them dirty."""
    lake = open_lake(Settings(home=tmp_path / "home"))
    world = World(lake)
    for source in ("calls", "chats", "bare"):
        world.provides(source)
    for contact in histories(Random(7), 60):
        world.history(contact)
    world.flush()
    lake.con.execute(ALL_DIRTY)
    yield lake
    lake.close()


@pytest.fixture
def in_shares(monkeypatch: pytest.MonkeyPatch) -> list[list[date]]:
    """Let every ingest be a large one, and each core have its share; the shares come here."""
    monkeypatch.setattr(pipelines.lake.connect, "MANY_ROWS", 1)
    monkeypatch.setattr(all_cores, "AT_LEAST", 1)
    shares = list[list[date]]()
    judge = settling.judge_days
    monkeypatch.setattr(
        settling, "judge_days", lambda lake, days: (shares.append(days), judge(lake, days))[1]
    )
    return shares


def settled(lake: Lake) -> dict[str, pl.DataFrame]:
    return {name: lake.frame(f"select * from lake.{name}").sort(pl.all()) for name in SETTLED}


def tables_in_memory(lake: Lake) -> set[str]:
    rows = lake.con.sql(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name in ('memory', 'temp')"
    )
    return {name for (name,) in rows.fetchall()}


def test_days_settled_in_shares_have_the_clocks_and_marts_they_have_settled_at_once(
    filled: Lake, request: pytest.FixtureRequest
) -> None:
    settle(filled)
    at_once = settled(filled)
    shares = request.getfixturevalue("in_shares")
    before = tables_in_memory(filled)
    for n in (1, 2):  # the second time its rows stand in place of the first
        filled.con.execute(ALL_DIRTY)
        assert settle(filled) >= 5
        assert len(shares) > n
        for name, rows in settled(filled).items():
            assert_frame_equal(rows, at_once[name])
    assert {name for name in tables_in_memory(filled) if "settled_" in name} == set()
    assert tables_in_memory(filled) >= before


def test_where_one_share_fails_nothing_is_settled_and_no_file_stays(
    filled: Lake, in_shares: list[list[date]], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = settling.prepare_marts

    def fail(lake: Lake, days: list[date], judged: list[date], schema: str) -> None:
        prepare(lake, days, judged, schema)
        if schema.endswith("1"):
            raise ModelError("a share that failed")

    monkeypatch.setattr(settling, "prepare_marts", fail)
    stored = set(filled.settings.data.rglob("*.parquet"))
    with pytest.raises(ModelError):
        settle(filled)
    assert set(filled.settings.data.rglob("*.parquet")) == stored
    assert not filled.has("lake.clocks")
    assert filled.has("lake.dirty_days")
    monkeypatch.setattr(settling, "prepare_marts", prepare)
    settle(filled)
    assert filled.has("lake.clocks")


def test_shares_are_runs_of_days_of_about_as_many_contacts() -> None:
    days = [date(2025, 11, n) for n in range(1, 6)]
    assert even([(day, 20) for day in days], 3) == [days[:2], days[2:3], days[3:]]
    assert even([(day, 20) for day in days], 1) == [days]
    assert even([(days[0], 100), (days[1], 1)], 3) == [days[:1], days[1:2]]


def test_a_work_is_cut_where_another_connection_sees_its_rows(
    filled: Lake, in_shares: list[list[date]]
) -> None:
    assert n_shares(filled, 100) == 1
    with filled.sized(100):
        assert n_shares(filled, 100) > 1
        with filled.transaction():
            assert n_shares(filled, 100) == 1
