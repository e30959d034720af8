"""A lake of three weeks in November 2026, and what a worker does to it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings

MSK = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 9, 9, tzinfo=MSK)  # of 2026-W46


def put(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    lake.con.register("given", pl.DataFrame(rows, infer_schema_length=None))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def calls(lake: Lake, at: datetime, waits: list[float], line: str = "main", **more: Any) -> None:
    """Calls a minute apart, each answered after its wait and talked to for five minutes."""
    contacts, legs, events = [], [], []
    for n, wait in enumerate(waits):
        start = at + timedelta(minutes=n)
        answered = start + timedelta(seconds=wait)
        one = {"contact_id": f"calls:{line}-{start:%m%d%H%M}", "source": "calls",
               "channel": "phone", "line": line, "received_at": start,
               "received_date": start.date()}  # fmt: skip
        header = {"category": "form_error", "citizen_key": f"{line}{start:%m%d%H%M}",
                  "outcome": "served", "rating": 5.0 if wait <= 20 else 2.0}  # fmt: skip
        contacts.append(one | header | more)
        legs.append(
            one
            | {"leg": 1, "queued_at": start, "answered_at": answered, "left_as": "answered",
               "left_at": answered + timedelta(minutes=5), "talk_s": 300.0}
        )  # fmt: skip
        about = {"contact_id": one["contact_id"], "source": "calls", "line": line,
                 "received_at": start, "received_date": start.date()}  # fmt: skip
        events.append(about | {"seq": 1, "event_at": start, "kind": "received"})
        events.append(about | {"seq": 2, "event_at": answered, "kind": "answered"})
    put(lake, "contacts", contacts)
    put(lake, "legs", legs)
    put(lake, "events", events)
    days = sorted({one["received_date"] for one in contacts})
    put(lake, "dirty_days", [{"received_date": day, "needs_clocks": True} for day in days])


def pass_time(lake: Lake, at: datetime) -> None:
    """Let the product's clock (LINIYA_CLOCK=data) come to a moment."""
    day = at.astimezone(MSK).date()
    row = {"contact_id": "clock", "seq": 1, "event_at": at, "kind": "received",
           "received_at": at, "received_date": day}  # fmt: skip
    put(lake, "events", [row])


def week_of_calls(lake: Lake, monday: datetime, waits: list[float]) -> None:
    for day in range(2):
        calls(lake, monday + timedelta(days=day), waits)


@pytest.fixture(scope="module")
def weeks(new_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """W45 and W46 of ten calls a day on two days; it is Wednesday after."""
    lake = filled(new_home, tmp_path_factory.mktemp("weeks") / "home")
    yield lake
    lake.close()


def filled(new_home: Path, home: Path) -> Lake:
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home, clock="data"))
    week_of_calls(lake, MONDAY - timedelta(days=7), [5.0] * 10)
    week_of_calls(lake, MONDAY, [5.0] * 7 + [90.0] * 3)
    pass_time(lake, datetime(2026, 11, 18, 9, tzinfo=UTC))
    return lake
