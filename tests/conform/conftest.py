from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from pipelines.conform import conform, rederive
from pipelines.lake.connect import Lake
from pipelines.settings import Settings
from pipelines.sources.canonical import frame_schema
from tests.lakes import tables

Row = dict[str, Any]
STORED = ("contacts", "legs", "events", "identity")


def at(clock: str, day: str = "2026-11-09") -> datetime:
    """Moscow wall-clock time of a Monday, as UTC."""
    return datetime.fromisoformat(f"{day}T{clock}+03:00").astimezone(UTC)


def staged_frame(dataset: str, rows: list[Row]) -> pl.DataFrame:
    """Literal rows as the staged frame of a dataset: absent columns are nulls."""
    schema = frame_schema(dataset)
    full = [{"row_no": n, **row} for n, row in enumerate(rows, 1)]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in full], schema=schema)


class Bench:
    """The tables of a lake and the steps under test."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def conform(self, dataset: str, rows: list[Row], source: str | None = None) -> None:
        self.lake.con.register("incoming", staged_frame(dataset, rows))
        self.lake.con.execute("create or replace table staged as select * from incoming")
        self.lake.con.unregister("incoming")
        conform(self.lake.con, "staged", dataset, source or dataset)
        if dataset == "events":
            rederive(self.lake.con)

    def store(self) -> None:
        """Put what was conformed into the lake, replacing those contacts' headers and legs."""
        con = self.lake.con
        for table in ("contacts", "legs"):
            con.execute(
                f"delete from lake.{table} "
                "where contact_id in (select contact_id from new_contacts)"
            )
        for table in STORED:
            con.execute(f"insert into lake.{table} by name select * from new_{table}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.lake.frame(sql).rows()

    def legs(self, *columns: str) -> list[tuple[Any, ...]]:
        return self.rows(f"select {', '.join(columns)} from new_legs order by contact_id, leg")

    def contact(self, *columns: str) -> tuple[Any, ...]:
        [row] = self.rows(f"select {', '.join(columns)} from new_contacts")
        return row

    def events(self, *columns: str) -> list[tuple[Any, ...]]:
        return self.rows(f"select {', '.join(columns)} from new_events order by contact_id, seq")


@pytest.fixture(scope="module")
def lake_of_bench(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Lake]]:
    """The module's lake; where a test stored something, the next one finds it empty again."""
    lake = tables(Settings(home=tmp_path_factory.mktemp("bench") / "home"))

    def emptied() -> Lake:
        for table in STORED:
            if lake.has(f"lake.{table}"):
                lake.con.execute(f"delete from lake.{table}")
        return lake

    yield emptied
    lake.close()


@pytest.fixture(name="at")
def at_fixture() -> Callable[..., datetime]:
    return at


@pytest.fixture
def bench(lake_of_bench: Callable[[], Lake]) -> Bench:
    return Bench(lake_of_bench())
