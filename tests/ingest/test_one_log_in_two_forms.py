"""The same source told by its wide log and by the events log: what either cannot say, alone.

A wide log has no `specialist_contacted`, and an events log says only the holds there were.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.lake.connect import Lake
from pipelines.rebuild import rebuild

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


def _ends(lake: Lake, promise: str) -> dict[str, str | None]:
    rebuild(lake, None, None, lambda *_: None)
    found = lake.frame(
        "select contact_id, stop_kind from lake.clocks where promise = $p", {"p": promise}
    )
    return dict(found.iter_rows())


@pytest.mark.parametrize("is_live_first", [True, False])
def test_the_call_of_a_specialist_has_its_stand_in_where_a_wide_log_is_mixed_in(
    put: Callable[..., Any], lake: Lake, tmp_path: Path, is_live_first: bool
) -> None:
    live = _events(
        tmp_path,
        *_call("live", NIGHT, ("ticket_created", "01"), ("specialist_contacted", "30"),
               menu_choice="technical", category="form_error"),
    )  # fmt: skip
    wide = _wide(
        tmp_path,
        "call_id,dialled_number,received_at,menu_choice,category,ticket_created_at,callback_made_at",
        ",".join(["wide", "88005553535", NIGHT.format("00"), "technical", "form_error",
                  NIGHT.format("01"), NIGHT.format("40")]),
    )  # fmt: skip
    for path in (live, wide) if is_live_first else (wide, live):
        put(path)
    assert _ends(lake, "offhours.specialist") == {"calls:live": "stopped", "calls:wide": "stopped"}


def test_a_call_with_no_hold_was_not_held_where_the_log_tells_holds(
    put: Callable[..., Any], lake: Lake, tmp_path: Path
) -> None:
    put(
        _events(
            tmp_path,
            *_call("none", DAY, ("queued", "00"), ("answered", "01"), ("ended", "09")),
            *_call("long", DAY, ("queued", "00"), ("answered", "01"), ("hold_started", "02"),
                   ("hold_ended", "04"), ("ended", "09")),
            *_call("cut", DAY, ("queued", "00"), ("answered", "01"), ("hold_started", "02"),
                   ("ended", "09")),
        )
    )  # fmt: skip
    assert _ends(lake, "conversation.no_pauses") == {
        "calls:none": "stopped", "calls:long": None,  # how long the third was held nobody knows
    }  # fmt: skip


def test_a_wide_log_without_holds_makes_no_call_free_of_them(
    put: Callable[..., Any], lake: Lake, tmp_path: Path
) -> None:
    put(_wide(tmp_path, "call_id,received_at,queued_at,answered_at,ended_at",
              ",".join(["wide", *(DAY.format(m) for m in ("00", "00", "01", "09"))])))  # fmt: skip
    assert _ends(lake, "conversation.no_pauses") == {}
    held = (("hold_started", "02"), ("hold_ended", "02"))
    put(_events(tmp_path, *_call("live", DAY, ("answered", "01"), *held, ("ended", "09"))))
    assert _ends(lake, "conversation.no_pauses") == {"calls:live": "stopped"}
