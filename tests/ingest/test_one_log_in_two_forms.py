"""The same source told by its wide log and by the events log: what either cannot say, alone.

A wide log has no `specialist_contacted`, and an events log says only the holds there were.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.lake.connect import Lake
from pipelines.settle import settle

NIGHT = "2026-11-19T22:{}:00+03:00"  # the single line is closed
DAY = "2026-11-20T12:{}:00+03:00"


def _events(folder: Path, *events: dict[str, Any]) -> Path:
    path = folder / "events.jsonl"
    path.write_text("".join(f"{json.dumps(e)}\n" for e in events), "utf-8")
    return path


def _call(name: str, when: str, *told: tuple[str, str], **header: str) -> list[dict[str, Any]]:
    received = {"event_at": when.format("00"), "kind": "received", "channel": "phone",
                "line": "main", **header}  # fmt: skip
    rest = [{"event_at": when.format(minute), "kind": kind} for kind, minute in told]
    return [{"contact_id": f"calls:{name}", **event} for event in (received, *rest)]


def _wide(folder: Path, header: str, *rows: str) -> Path:
    path = folder / "calls.csv"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def _judged(lake: Lake, promise: str) -> dict[str, str | None]:
    found = lake.frame(
        "select contact_id, stop_kind from lake.clocks where promise = $p", {"p": promise}
    )
    return dict(found.iter_rows())


LIVE = (
    *_call("live", NIGHT, ("ticket_created", "01"), ("specialist_contacted", "30"),
           menu_choice="technical", category="form_error"),
    *_call("none", DAY, ("queued", "00"), ("answered", "01"), ("ended", "09")),
    *_call("short", DAY, ("answered", "01"), ("hold_started", "02"), ("hold_ended", "02"),
           ("ended", "09")),
    *_call("long", DAY, ("queued", "00"), ("answered", "01"), ("hold_started", "02"),
           ("hold_ended", "04"), ("ended", "09")),
    *_call("cut", DAY, ("queued", "00"), ("answered", "01"), ("hold_started", "02"),
           ("ended", "09")),
)  # fmt: skip
WIDE = (
    "call_id,dialled_number,received_at,menu_choice,category,ticket_created_at,callback_made_at,"
    "queued_at,answered_at,ended_at",
    ",".join(["wide", "88005553535", NIGHT.format("00"), "technical", "form_error",
              NIGHT.format("01"), NIGHT.format("40"), "", "", ""]),
    ",".join(["by_day", "88005553535", DAY.format("00"), "", "", "", "",
              *(DAY.format(m) for m in ("00", "01", "09"))]),
)  # fmt: skip


# how long the call "cut" was held nobody knows
TOLD_OF_HOLDS = {"calls:short": "stopped", "calls:long": None}


@pytest.mark.parametrize("is_live_first", [True, False])
def test_what_only_one_of_the_logs_tells_is_not_asked_of_calls_of_the_other(
    put: Callable[..., Any], lake: Lake, tmp_path: Path, is_live_first: bool
) -> None:
    live, wide = _events(tmp_path, *LIVE), _wide(tmp_path, *WIDE)
    put(live if is_live_first else wide)
    settle(lake)
    # a call with no hold was not held where the log tells holds; of a wide log nobody knows
    assert _judged(lake, "conversation.no_pauses") == (
        {"calls:none": "stopped"} | TOLD_OF_HOLDS if is_live_first else {}
    )
    put(wide if is_live_first else live)
    settle(lake)
    assert _judged(lake, "conversation.no_pauses") == TOLD_OF_HOLDS
    # the call of a specialist has its stand-in where a wide log is mixed in
    assert _judged(lake, "offhours.specialist") == {
        "calls:live": "stopped", "calls:wide": "stopped",
    }  # fmt: skip
