"""Next replies in chats: which wait is whose, in the mart and in the judged own part."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.marts.build import build
from pipelines.operators.observations import observations
from pipelines.operators.weights import OWN_PART, read_weights
from pipelines.settings import Settings
from tests.lakes import tables

DAY = date(2026, 10, 5)
BEGAN = datetime(2026, 10, 5, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IN, OUT = "message_in", "message_out"
Said = tuple[float, str] | tuple[float, str, str | None]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    opened = tables(Settings(home=tmp_path / "home", clock="data"))
    put(opened, "events", [{"event_at": NOW}])  # product time
    put(opened, "source_provides", [{"source": "s", "item": "ended"}])
    yield opened
    opened.close()


def put(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lake.con.register("given", pl.DataFrame([{n: row.get(n) for n in names} for row in rows]))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def chat(lake: Lake, name: str, *said: Said, source: str = "s", channel: str = "chat") -> None:
    """Anna answers ten seconds after the first message; then what is given: (s, kind, operator)."""
    shared = {"contact_id": name, "source": source, "received_at": BEGAN, "received_date": DAY}
    put(lake, "contacts", [shared | {"channel": channel, "line": "chat", "operator_id": "anna"}])
    put(lake, "legs", [shared | {
        "leg": 1, "channel": channel, "line": "chat", "operator_id": "anna", "left_as": "answered",
        "queued_at": BEGAN, "answered_at": BEGAN + timedelta(seconds=10),
    }])  # fmt: skip
    first = [(0.0, IN, None), (0.0, "assigned", None), (10.0, OUT, "anna")]
    put(lake, "events", [
        shared | {"seq": i + 1, "kind": row[1], "operator_id": (*row, None)[2],
                  "event_at": BEGAN + timedelta(seconds=row[0])}
        for i, row in enumerate([*first, *said])
    ])  # fmt: skip


def waits(lake: Lake) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
    """Longest next reply, longest run left without one, and since when one goes on (seconds)."""
    build(lake, [DAY])
    rows = lake.frame(
        "select contact_id, operator_id, next_reply_s, unanswered_s, unanswered_at"
        " from lake.mart_operator_parts"
    ).rows()
    return {
        (name, who): (next_s, left_s, since and (since - BEGAN).total_seconds())
        for name, who, next_s, left_s, since in rows
    }


def own_part(lake: Lake, column: str = "sla", **own: float) -> dict[tuple[str, str], Any]:
    weights = read_weights(lake.settings.reference, DAY)
    weights = replace(weights, own_part=weights.own_part | own)
    rows = observations(lake, DAY, DAY + timedelta(days=1), weights)
    keys = rows.select("contact_id", "operator_id").rows()
    return dict(zip(keys, rows[column].to_list(), strict=True))


def test_the_longest_of_the_next_replies_counts_from_the_first_message_of_a_run(lake):
    chat(
        lake, "a", (60, IN), (90, IN), (180, OUT, "anna"), (181, OUT, "anna"),
        (200, IN), (230, OUT, "anna"), (300, "ended"),
    )  # fmt: skip
    assert waits(lake) == {("a", "anna"): (120.0, None, None)}
    assert own_part(lake) == {("a", "anna"): True}


def test_a_reply_a_second_late_is_late_however_quick_the_others_were(lake):
    chat(lake, "a", (20, IN), (21, OUT, "anna"), (60, IN), (181, OUT, "anna"), (300, "ended"))
    assert waits(lake) == {("a", "anna"): (121.0, None, None)}
    assert own_part(lake) == {("a", "anna"): False}
    assert own_part(lake, chat_next_s=121) == {("a", "anna"): True}
    assert own_part(lake, "missed", chat_reply_s=9) == {
        ("a", "anna"): [
            {"part": "reply", "took_s": 10.0, "target_s": 9.0, "is_kept": False},
            {"part": "next_reply", "took_s": 121.0, "target_s": 120.0, "is_kept": False},
        ]
    }


def test_messages_before_the_first_answer_belong_to_the_first_reply(lake):
    more = {"contact_id": "a", "seq": 0, "kind": IN, "received_at": BEGAN, "received_date": DAY}
    put(lake, "events", [more | {"event_at": BEGAN + timedelta(seconds=5)}])
    chat(lake, "a", (300, "ended"))
    assert waits(lake) == {("a", "anna"): (None, None, None)}
    assert own_part(lake) == {("a", "anna"): True}  # the first reply alone


def test_a_run_the_operator_never_answered_counts_only_where_it_waited_longer(lake):
    chat(lake, "thanks", (60, IN), (180, "ended"))
    chat(lake, "left", (60, IN), (181, "ended"), (182, OUT, "anna"))
    chat(lake, "both", (20, IN), (30, OUT, "anna"), (60, IN), (100, "ended"))
    assert waits(lake) == {
        ("thanks", "anna"): (None, 120.0, None),
        ("left", "anna"): (None, 121.0, None),
        ("both", "anna"): (10.0, 40.0, None),
    }
    assert own_part(lake) == {
        ("thanks", "anna"): True, ("left", "anna"): False, ("both", "anna"): True,
    }  # fmt: skip


def test_what_comes_after_the_end_is_nobodys_until_somebody_writes_again(lake):
    chat(
        lake, "a", (60, "ended"), (70, IN), (900, OUT, "anna"), (910, IN), (960, OUT, "anna"),
        (961, "ended"),
    )  # fmt: skip
    assert waits(lake) == {("a", "anna"): (50.0, None, None)}


def test_a_run_begun_with_one_and_answered_by_another_is_of_neither(lake):
    # the log dates the handover by the first word of who took over
    chat(
        lake, "a", (60, IN), (400, "transferred"), (400, OUT, "boris"), (410, IN),
        (440, OUT, "boris"), (450, IN), (460, OUT, None), (500, "ended"),
    )  # fmt: skip
    assert waits(lake) == {
        ("a", "anna"): (None, None, None),
        ("a", "boris"): (30.0, None, None),
    }
    assert own_part(lake) == {("a", "anna"): True, ("a", "boris"): True}


@pytest.mark.parametrize("moved", [(400, "transferred"), (400, "assigned", "boris")])
def test_who_kept_a_citizen_waiting_before_handing_on_answers_for_it(lake, moved):
    chat(lake, "a", (60, IN), moved, (401, IN), (700, OUT, "boris"), (800, "ended"))
    assert waits(lake)["a", "anna"] == (None, 340.0, None)
    assert waits(lake)["a", "boris"] == (None, None, None)
    assert own_part(lake)["a", "anna"] is False


def test_assigned_once_more_to_the_same_operator_hands_nothing_on(lake):
    chat(lake, "a", (60, IN), (70, "assigned", "anna"), (90, OUT, "anna"), (95, "ended"))
    assert waits(lake) == {("a", "anna"): (30.0, None, None)}


def test_a_chat_that_comes_back_goes_on_counting(lake):
    chat(
        lake, "a", (60, "assigned", "boris"), (70, OUT, "boris"), (80, "assigned", "anna"),
        (100, IN), (250, OUT, "anna"), (300, "ended"),
    )  # fmt: skip
    assert waits(lake)["a", "anna"] == (150.0, None, None)


def test_a_citizen_still_waiting_is_late_where_the_log_would_know_the_end(lake):
    chat(lake, "a", (60, IN))
    chat(lake, "b", (60, IN), source="no ends")
    assert waits(lake) == {("a", "anna"): (None, None, 60.0), ("b", "anna"): (None, None, 60.0)}
    assert own_part(lake) == {("a", "anna"): False, ("b", "anna"): True}
    lake.con.execute("update lake.events set event_at = $at where kind is null",
                     {"at": BEGAN + timedelta(seconds=100)})  # fmt: skip
    assert own_part(lake) == {("a", "anna"): True, ("b", "anna"): True}


def test_a_log_without_messages_and_other_channels_say_nothing_of_next_replies(lake):
    chat(lake, "a", (300, "ended"))
    lake.con.execute(f"delete from lake.events where kind in ('{IN}', '{OUT}', 'assigned')")
    chat(lake, "b", (60, IN), (900, OUT, "anna"), channel="portal")
    assert waits(lake) == {
        ("a", "anna"): (None, None, None),
        ("b", "anna"): (None, None, None),
    }
    assert own_part(lake)["a", "anna"] is None


def test_the_targets_of_chats_are_those_of_their_promises(lake):
    targets = {one.id: one.target_s for one in lake.reference.promises}
    assert OWN_PART["chat_reply_s"] == targets["chat.first_response"]
    assert OWN_PART["chat_next_s"] == targets["chat.next_response"]
