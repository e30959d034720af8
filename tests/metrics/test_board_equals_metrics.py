"""The board and `liniya metrics … --as-of` for the same moment say the same numbers."""

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.figures_cli import figures
from pipelines.lake.connect import Lake
from pipelines.metrics import board, parse_moment
from tests.metrics.conftest import Given

MSK = ZoneInfo("Europe/Moscow")
TODAY = "2026-11-18"
MOMENTS = ("00:20:00", "03:59:59", "11:17:31", "12:00:00", "18:44:10")
LINES = ("main", "faults", "chat", "portal", "NW")


class Gathered(Given):
    """Rows kept to be written at once: a thousand inserts would take a minute."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.kept: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str, *rows: dict[str, Any]) -> None:
        self.kept.setdefault(table, []).extend(rows)

    def write(self) -> None:
        for table, rows in self.kept.items():
            super().rows(table, *rows)


@pytest.fixture(scope="module")
def day(empty_lake):
    """A lake with a thousand calls, chats and forms of two days, of any outcome."""
    given, rng = Gathered(empty_lake), random.Random(5)
    empty_lake.con.execute("begin")
    for n in range(1000):
        at = parse_moment(f"{TODAY}T00:00", MSK) + timedelta(seconds=rng.randint(-86400, 86400))
        line = rng.choice(LINES)
        how = rng.choices(("answered", "abandoned", "flowed_out", "open"), (6, 2, 1, 1))[0]
        wait = None if how == "open" else rng.choice((3, 19, 20, 21, 90, 1500))
        given.call(
            f"c{n}", f"{at:%Y-%m-%dT%H:%M:%S}", how, wait, rng.choice((30, 300)),
            line=line, channel=line if line in ("chat", "portal") else "phone",
        )  # fmt: skip
    given.write()
    yield empty_lake
    empty_lake.con.execute("rollback")


def asked(lake, name, start, end, as_of, by=""):
    """What the command line answers, by line (None: all)."""
    frame: pl.DataFrame = figures(
        lake, name, start=start.isoformat(), end=end.isoformat(), by=by, where=[],
        as_of=as_of.isoformat(), threshold=None, variant="SL-1",
    )  # fmt: skip
    return {row.get("line"): row for row in frame.to_dicts()}


@pytest.mark.parametrize("time", MOMENTS)
def test_levels_of_every_window_and_line(day, time):
    as_of = parse_moment(f"{TODAY}T{time}", MSK)
    found = board(day, as_of)
    for window in ("half_hour", "before", "hour", "today"):
        start, end = (found["total"]["level"][window][edge] for edge in ("start", "end"))
        if end == start:
            continue  # an hour that begins now
        by_line = asked(day, "sla", start, end, as_of, "line")
        (everyone,) = asked(day, "sla", start, end, as_of).values()
        for row in [*found["lines"], found["total"]]:
            expected = by_line.get(row["line"]) if "line" in row else everyone
            level = row["level"][window]
            wanted = (expected["within"], expected["base"], expected["share"]) if expected else (
                0, 0, None,
            )  # fmt: skip
            assert (level["within"], level["base"], level["share"]) == wanted, (window, row)


@pytest.mark.parametrize("time", MOMENTS)
def test_counts_of_today_this_hour_and_waiting_now(day, time):
    as_of = parse_moment(f"{TODAY}T{time}", MSK)
    midnight = parse_moment(f"{TODAY}T00:00", MSK)
    after = as_of + timedelta(microseconds=1)
    found = board(day, as_of)
    today = asked(day, "volume", midnight, after, as_of, "line")
    hour = asked(day, "volume", as_of.replace(minute=0, second=0), after, as_of, "line")
    ever = asked(day, "volume", midnight - timedelta(days=1), after, as_of, "line")
    assert set(today) <= {row["line"] for row in found["lines"]}
    for row in found["lines"]:
        expected = today.get(row["line"]) or dict.fromkeys(
            ("contacts", "offered", "answered", "abandoned"), 0
        )
        assert row["volume"] == expected["contacts"]
        for name in ("offered", "answered", "abandoned"):
            assert row[name] == expected[name], (name, row["line"])
        assert row["hour_volume"] == (hour.get(row["line"]) or {"contacts": 0})["contacts"]
        if row["channel"] != "portal":
            assert row["waiting"] == (ever.get(row["line"]) or {"waiting": 0})["waiting"]
    assert found["total"]["offered"] == sum(row["offered"] for row in today.values())


@pytest.mark.parametrize("time", MOMENTS[2:])
def test_a_queue_has_grown_by_what_waits_now_and_did_not_before(day, time):
    as_of = parse_moment(f"{TODAY}T{time}", MSK)
    before = as_of - timedelta(minutes=10)
    start = as_of - timedelta(days=2)
    now, then = (
        asked(day, "volume", start, moment + timedelta(microseconds=1), moment, "line")
        for moment in (as_of, before)
    )
    nobody = {"waiting": 0}
    for row in board(day, as_of)["lines"]:
        if row["channel"] != "portal":
            came = (
                now.get(row["line"], nobody)["waiting"] - then.get(row["line"], nobody)["waiting"]
            )
            assert row["growth_per_min"] == pytest.approx(came / 10), row["line"]


@pytest.mark.parametrize("time", MOMENTS[1:3])
def test_each_interval_is_that_of_the_metric(day, time):
    as_of = parse_moment(f"{TODAY}T{time}", MSK)
    for width in ("quarter", "half_hour"):
        for row in board(day, as_of)["intervals"][width]:
            if row["end"] == row["start"]:
                continue  # an interval that begins now
            expected = asked(day, "sla", row["start"], row["end"], as_of, "line")
            found = {
                line: (cell["within"], cell["base"])
                for line, cell in row["cells"].items()
                if line is not None and cell["base"]
            }
            assert found == {
                line: (cells["within"], cells["base"])
                for line, cells in expected.items()
                if cells["base"]
            }, row["start"]
