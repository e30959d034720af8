"""Contacts judged a span of days a core, side by side, have the clocks they have judged at once."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import pipelines.lake.connect
from pipelines.lake.connect import open_lake
from pipelines.promises import abreast, make_clocks
from pipelines.settings import Settings
from pipelines.settle import settle
from tests.promises.conftest import World
from tests.promises.histories import histories

ASKED = "create or replace temp table all_of_them as select contact_id{} from lake.contacts"


@pytest.fixture
def filled(make_world: Any) -> Any:
    """A lake of histories of five days whose clocks are not made."""
    return fill(make_world())


def fill(world: World) -> World:
    for source in ("calls", "chats", "bare"):
        world.provides(source)
    for contact in histories(Random(7), 60):
        world.history(contact)
    world.flush()
    return world


@pytest.fixture
def three_cores(monkeypatch: pytest.MonkeyPatch, filled: Any) -> Any:
    """Let the lake be opened wide, on a machine of three cores."""
    monkeypatch.setattr(abreast, "AT_LEAST", 1)
    filled.lake.con.execute("set threads = 3")
    monkeypatch.setattr(filled.lake, "is_wide", True)
    return filled.lake


def judged(lake: Any, columns: str = ", received_date") -> pl.DataFrame:
    lake.con.execute(ASKED.format(columns))
    make_clocks(lake, "all_of_them")
    found = lake.frame("select * from new_clocks")
    lake.con.execute("drop table new_clocks")
    return found.sort(pl.all())


def tables_in_memory(lake: Any) -> set[str]:
    rows = lake.con.sql("select table_name from duckdb_tables() where database_name = 'memory'")
    return {name for (name,) in rows.fetchall()}


def test_many_contacts_have_the_same_clocks_on_every_core_as_on_one(
    filled: Any, three_cores: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    write = abreast.write_clocks
    monkeypatch.setattr(
        abreast, "write_clocks", lambda lake, name: (asked.append(name), write(lake, name))[1]
    )
    before = tables_in_memory(three_cores)
    together = judged(three_cores)
    assert len(asked) == 3
    assert tables_in_memory(three_cores) == before
    monkeypatch.setattr(three_cores, "is_wide", False)
    assert_frame_equal(together, judged(three_cores))
    assert len(asked) == 4


@pytest.mark.parametrize("why", ["in a transaction", "of unknown days"])
def test_one_connection_judges_where_another_could_not(three_cores: Any, why: str) -> None:
    together = judged(three_cores)
    if why == "in a transaction":
        with three_cores.transaction():
            three_cores.con.execute("delete from lake.events where kind = 'resolved'")
            alone = judged(three_cores)
        assert alone.height < together.height  # what the transaction did is seen
    else:
        assert_frame_equal(judged(three_cores, ""), together)


def test_cores_get_days_of_about_as_many_contacts(three_cores: Any) -> None:
    three_cores.con.execute(
        "create or replace temp table all_of_them as "
        "select 'c' as contact_id, date '2025-11-01' + (n % 5)::integer as received_date "
        "from range(100) as t (n)"
    )
    assert abreast._shares(three_cores, "all_of_them") == [
        (date(2025, 11, 1), date(2025, 11, 2)),
        (date(2025, 11, 3), date(2025, 11, 3)),
        (date(2025, 11, 4), date(2025, 11, 5)),
    ]


def test_days_settled_on_every_core_have_their_clocks_and_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_lake(Settings(home=tmp_path / "home"))
    fill(World(lake))
    alone = judged(lake)
    lake.con.execute(
        "insert into lake.dirty_days select distinct received_date, true from lake.contacts"
    )
    monkeypatch.setattr(pipelines.lake.connect, "MANY_ROWS", 1)
    monkeypatch.setattr(abreast, "AT_LEAST", 1)
    for _ in range(2):  # the second time its rows stand in place of the first
        assert settle(lake) >= 5
        assert_frame_equal(lake.frame("select * from lake.clocks").sort(pl.all()), alone)
        lake.con.execute("insert into lake.dirty_days select received_date, true "
                         "from lake.settled_days")  # fmt: skip
    assert tables_in_memory(lake).isdisjoint({"new_clocks"})
    lake.close()
