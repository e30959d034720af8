"""A line is in the lake at once; clocks follow, whoever makes them and however many ticks came."""

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dashboard.live.hub import is_due
from pipelines.lake.connect import Lake
from pipelines.promises import make_clocks
from pipelines.settle import settle
from pipelines.sources import Context
from pipelines.worker import Worker

FIRST = [(9, "received"), (12, "answered"), (50, "resolved"), (55, "ended")]
AGAIN = [(70, "received"), (71, "queued")]  # the same citizen with the same matter


def _log(lake: Lake) -> Path:
    lake.settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    return lake.settings.inbox_dir / "events.jsonl"


def _append(log: Path, contact: str, day: int, events: list[tuple[int, str]]) -> None:
    rows = (
        {
            "event_at": f"2026-03-{day:02}T10:{second // 60:02}:{second % 60:02}+03:00",
            "contact_id": f"chats:{contact}", "channel": "chat", "kind": kind, "line": "chat",
            "caller_number": "+7 921 555-01-17", "category": "passport",
        }
        for second, kind in events
    )  # fmt: skip
    with log.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _clocks(lake: Lake, table: str = "lake.clocks") -> pl.DataFrame:
    return lake.frame(f"select * from {table} order by promise, contact_id, number, started_at")


@pytest.mark.parametrize("by", ["the next worker", "a command"])
def test_clocks_are_those_of_a_calm_ingest_whoever_makes_them(lake: Lake, by: str) -> None:
    log, context = _log(lake), Context.of(lake.settings)
    worker = Worker(lake, context)
    _append(log, "1", 2, FIRST)
    assert worker.tick() == 4
    worker._judge()
    before = _clocks(lake)
    assert before["contact_id"].unique().to_list() == ["chats:1"]
    assert not lake.has("lake.unjudged")

    _append(log, "2", 4, AGAIN)
    assert worker.tick() == 2
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(2,)]
    assert_frame_equal(_clocks(lake), before)  # the chat is there, its clocks are to come
    assert lake.con.sql("from lake.unjudged").fetchall()[0][0] == "chats:2"

    if by == "a command":
        settle(lake)
    else:
        Worker(lake, context)._judge()
    assert not lake.has("lake.unjudged")
    lake.con.execute("create table all_of_them as select contact_id from lake.contacts")
    make_clocks(lake, "all_of_them")
    made = _clocks(lake)
    assert_frame_equal(made, _clocks(lake, "new_clocks"))
    # of the first chat too: its citizen came again
    of_first = pl.col("contact_id") == "chats:1"
    assert not made.filter(of_first).equals(before)
    assert "chats:2" in made["contact_id"]


def test_a_board_waits_a_little_for_clocks_alone_and_not_for_lines(lake: Lake) -> None:
    log, context = _log(lake), Context.of(lake.settings)
    worker = Worker(lake, context)
    shown = lake.version()
    _append(log, "1", 2, FIRST)
    assert worker.tick() == 4
    assert is_due(lake, lake.version(), shown, age_s=0.1)

    shown = lake.version()
    assert not is_due(lake, shown, shown, age_s=4.9)  # nothing came
    assert is_due(lake, shown, shown, age_s=5.0)  # but time goes on
    worker._judge()
    clocks = lake.version()
    assert clocks > shown
    assert not is_due(lake, clocks, shown, age_s=0.1)
    assert is_due(lake, clocks, shown, age_s=1.5)

    _append(log, "2", 4, AGAIN)  # a line after the clocks: both are shown at once
    assert worker.tick() == 2
    assert is_due(lake, lake.version(), shown, age_s=0.1)
