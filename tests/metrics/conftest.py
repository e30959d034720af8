"""The tables of a lake, filled with literal rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.marts.build import build
from pipelines.settings import Settings
from tests.lakes import tables

MSK = ZoneInfo("Europe/Moscow")


def msk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MSK)


class Late(Lake):
    """A lake to which the rows given are written when somebody asks it: one insert a table.

    An insert costs 8 ms whatever it holds, which was half of what these tests took.
    """

    given: dict[str, list[dict[str, Any]]]

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        given, self.given = self.given, {}
        write(self._con, given)
        return self._con

    @con.setter
    def con(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.given = {}


def write(con: duckdb.DuckDBPyConnection, given: dict[str, list[dict[str, Any]]]) -> None:
    for table, rows in given.items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {n: [row.get(n) for row in rows] for n in names}
        con.register("rows_given", pl.DataFrame(columns, strict=False))
        con.execute(f"insert into lake.{table} by name select * from rows_given")
        con.unregister("rows_given")


class Given:
    """What is in the lake. Times are local (Moscow); columns not named are null."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def rows(self, table: str, *rows: dict[str, Any]) -> None:
        wrong = {name for row in rows for name in row} - TABLES[table].keys()
        assert not wrong, wrong
        if isinstance(self.lake, Late):
            self.lake.given.setdefault(table, []).extend(rows)
        else:
            write(self.lake.con, {table: list(rows)})

    def contact(self, contact_id: str, received: str, **more: Any) -> None:
        at = msk(received)
        row = {
            "contact_id": contact_id,
            "source": "calls",
            "channel": "phone",
            "line": "main",
            "received_at": at,
            "received_date": at.date(),
        }
        self.rows("contacts", row | more)

    def leg(
        self,
        contact_id: str,
        received: str,
        left_as: str = "answered",
        wait_s: float | None = 0,
        talk_s: float | None = None,
        **more: Any,
    ) -> None:
        """A leg queued when received; wait_s until it was answered or left (None: still there)."""
        at = msk(received)
        ended = None if wait_s is None else at + timedelta(seconds=wait_s)
        row = {
            "contact_id": contact_id,
            "leg": 1,
            "source": "calls",
            "channel": "phone",
            "line": "main",
            "queued_at": at,
            "answered_at": ended if left_as == "answered" else None,
            "left_at": ended + timedelta(seconds=talk_s or 0) if ended else None,
            "left_as": left_as,
            "talk_s": talk_s,
            "received_at": at,
            "received_date": at.date(),
        }
        self.rows("legs", row | more)

    def call(self, contact_id: str, received: str, *leg: Any, **more: Any) -> None:
        """A contact and its one leg."""
        legs = {k: more.pop(k) for k in list(more) if k in ("hold_s", "wrap_s", "talk_s")}
        self.contact(contact_id, received, **more)
        own = {k: v for k, v in more.items() if k in ("line", "channel", "source", "operator_id")}
        self.leg(contact_id, received, *leg, **legs, **own)

    def marts(self, *days: str) -> None:
        build(self.lake, [datetime.fromisoformat(day).date() for day in days])

    def event(self, contact_id: str, received: str, kind: str, happened: str, **more: Any) -> None:
        at = msk(received)
        row = {
            "contact_id": contact_id,
            "seq": 1,
            "event_at": msk(happened),
            "kind": kind,
            "source": "calls",
            "received_at": at,
            "received_date": at.date(),
        }
        self.rows("events", row | more)


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    opened = tables(Settings(home=tmp_path_factory.mktemp("lake") / "home"))
    yield opened
    opened.close()


@pytest.fixture
def lake(empty_lake: Lake) -> Iterator[Lake]:
    """One lake for all tests; what a test writes is rolled back."""
    empty_lake.con.execute("begin")
    yield Late(empty_lake.con, empty_lake.settings, empty_lake.read_only, empty_lake.reference)
    empty_lake.con.execute("rollback")


@pytest.fixture
def given(lake: Lake) -> Given:
    return Given(lake)
