"""The events log: the live form of calls, chats and feedback. One line an event, in order of time.

Header fields come with the event that makes them known: identifiers and channel with `received`,
the category of a call with its answer, case number and note when it ends.
"""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.simulator.files import iso
from pipelines.simulator.scene import NUMBERS
from pipelines.simulator.world import Logs

# order of what happens at one instant
_ORDER = (
    "received", "menu_choice", "transferred", "flowed_out", "queued", "ring_no_answer", "answered",
    "first_response", "message_in", "message_out", "abandoned", "self_served", "resolved", "ended",
)  # fmt: skip
_RANK = {kind: i for i, kind in enumerate(_ORDER)}
_LINE_OF = {number: line for line, numbers in NUMBERS.items() for number in numbers}
_MARKS = {  # column of any wide log -> kind
    "ticket_created_at": "ticket_created", "ticket_accepted_at": "ticket_accepted",
    "workaround_at": "workaround_offered", "complex_at": "complex_marked",
    "identity_verified_at": "identity_verified", "resolved_at": "resolved",
    "reopened_at": "reopened", "forwarded_at": "forwarded",
}  # fmt: skip
_VALUED = {  # column -> kind, value
    "verified_at": ("verified", "verification_result"),
    "confirmation_sent_at": ("confirmation_sent", "confirmation_channel"),
}
_WHO = ("caller_number", "citizen_id", "citizen_phone", "citizen_email", "language", "region")
Made = pl.Expr | str | int


def of_day(logs: Logs) -> pl.DataFrame:
    """Return every event of a day's contacts, whenever it happens.

    Returns:
        event_at (epoch seconds), contact_id, channel, kind, leg, line, operator_id, value, and the
        header fields of the events log; null where an event does not tell. In order of time.
    """
    found = pl.concat(
        [*_calls(logs.calls), *_chats(logs.chats, logs.messages), *_feedback(logs.feedback)],
        how="diagonal",
    )
    rank = pl.col("kind").replace_strict(_RANK, default=50, return_dtype=pl.Int64)
    return found.sort("event_at", "contact_id", rank, maintain_order=True)


def lines(frames: Sequence[pl.DataFrame], zone: str) -> list[tuple[float, str]]:
    """Return events as (epoch seconds, JSON line), in order of time; nulls are left out."""
    found = pl.concat(frames, how="diagonal").sort("event_at", maintain_order=True)
    if found.is_empty():
        return []
    at = found["event_at"].to_list()
    times = [c for c in ("event_at", "callback_due_at", "due_at") if c in found.columns]
    shown = found.with_columns(iso(pl.col(c), zone).alias(c) for c in times)
    return [(t, line(row)) for t, row in zip(at, shown.iter_rows(named=True), strict=True)]


def line(row: dict[str, Any]) -> str:
    """Return one JSON line of what is known."""
    return json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False)


def _event(
    frame: pl.DataFrame, kind: str, when: Made, where: pl.Expr | None = None, **fields: Made
) -> pl.DataFrame:
    at = pl.col(when) if isinstance(when, str) else when
    chosen = frame.filter(where) if where is not None else frame
    made = {k: pl.col(v) if isinstance(v, str) else v for k, v in fields.items()}
    found = chosen.select("contact_id", "channel", event_at=at, kind=pl.lit(kind), **made)
    return found.filter(pl.col("event_at").is_not_null())


def _known(rows: pl.DataFrame, *more: str) -> dict[str, Any]:
    """Return the header fields said with `received`."""
    return {c: c for c in (*_WHO, *more) if c in rows.columns}


def _marks(frame: pl.DataFrame) -> list[pl.DataFrame]:
    plain = [_event(frame, kind, at) for at, kind in _MARKS.items() if at in frame.columns]
    valued = []
    for at, (kind, value) in _VALUED.items():
        if at in frame.columns:
            fields: dict[str, Any] = {"value": value, value: value}
            valued.append(_event(frame, kind, at, **fields))
    return plain + valued


def _rated(frame: pl.DataFrame, when: pl.Expr) -> pl.DataFrame:
    return _event(
        frame, "rated", when, pl.col("rating").is_not_null(),
        value=pl.col("rating").cast(pl.Int64).cast(pl.String),
    )  # fmt: skip


def _calls(calls: pl.DataFrame) -> list[pl.DataFrame]:
    rows = calls.with_columns(
        contact_id="calls:" + pl.col("call_id"),
        line=pl.col("dialled_number").replace(_LINE_OF),
        target=pl.col("transferred_to").replace(_LINE_OF),
        is_last=pl.int_range(pl.len()).over("call_id") == pl.len().over("call_id") - 1,
        talked=pl.col("answered_at").is_not_null(),
        any_talk=pl.col("answered_at").is_not_null().any().over("call_id"),
    )
    first = rows.filter(pl.col("leg") == 1)
    last = rows.filter("is_last")
    out = pl.col("outcome")
    lost = (out == "abandoned") & pl.col("queued_at").is_not_null() & ~pl.col("talked")
    who: dict[str, Any] = {
        c: c for c in (*_WHO, "dialled_number", "parent_contact_id") if c in rows.columns
    }
    direct = pl.col("transfer_answered_at").is_not_null()
    ring = pl.col("ring_s").cast(pl.Int64).cast(pl.String)
    due = iso(pl.col("callback_due_at"), "UTC")
    return [
        _event(first, "received", "received_at", line="line", **who),
        _event(first, "menu_choice", "received_at", pl.col("menu_choice").is_not_null(),
               value="menu_choice", menu_choice="menu_choice"),
        _event(rows, "queued", "queued_at", leg="leg", line="line"),
        _event(rows, "ring_no_answer", pl.coalesce("answered_at", "ended_at"),
               pl.col("ring_no_answer") > 0, leg="leg", line="line", operator_id="rang_by"),
        _event(rows, "answered", "answered_at", leg="leg", line="line", operator_id="operator_id",
               value=ring, category="category"),
        *_holds(rows),
        _event(rows, "transferred", "transferred_at", leg="leg", line="line",
               operator_id="operator_id", value="target", transferred_to="target"),
        _event(rows, "queued", "transferred_at", direct, leg=pl.col("leg") + 1, line="target"),
        _event(rows, "answered", "transfer_answered_at", direct, leg=pl.col("leg") + 1,
               line="target", operator_id="transfer_operator_id"),
        _event(rows, "first_response", "first_response_at", operator_id="operator_id", leg="leg",
               line="line"),
        _event(rows, "flowed_out", "ended_at", out.is_in(["flowed_out", "callback"]), leg="leg",
               line="line", value="queue_exit_reason"),
        _event(rows, "abandoned", "ended_at", lost, leg="leg", line="line"),
        _event(rows, "interpreter_requested", "interpreter_requested_at"),
        _event(rows, "interpreter_joined", "interpreter_joined_at"),
        _event(rows, "callback_requested", "callback_requested_at", value=due,
               callback_due_at="callback_due_at"),
        _event(rows, "specialist_contacted", "callback_made_at", out == "ticket",
               operator_id="operator_id"),
        _event(rows, "callback_made", "callback_made_at", operator_id="operator_id",
               value="callback_result", callback_result="callback_result"),
        _event(rows, "notified", "notified_at"),
        *_marks(rows),
        _event(last, "self_served", "ended_at", out == "self_served"),
        _ended_with_text(first, last),
        _rated(last, pl.coalesce("ended_at", "received_at") + 20),
    ]  # fmt: skip


def _ended_with_text(first: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return `ended` of each call with the note that stands in its first row."""
    notes = first.select("call_id", note="text")
    return _event(
        last.join(notes, on="call_id", how="left", maintain_order="left"), "ended", "ended_at",
        value="outcome", outcome="outcome", closed_by="end_side", is_complex="is_complex",
        operator_id=pl.coalesce("transfer_operator_id", "operator_id"),
        case_number="case_number", text="note",
        category=pl.when(~pl.col("any_talk")).then("category"),
    )  # fmt: skip


def _holds(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return hold events: one hold a talk, where it fits before a transfer."""
    talk_end = pl.min_horizontal("ended_at", "transferred_at")
    begins = pl.col("answered_at") + ((pl.col("ended_at") - pl.col("answered_at")) * 0.3).floor()
    fits = (pl.col("hold_s") > 0) & (begins + pl.col("hold_s") <= talk_end)
    fields: dict[str, Any] = {"leg": "leg", "operator_id": "operator_id"}
    return [
        _event(rows, "hold_started", begins, fits, **fields),
        _event(rows, "hold_ended", begins + pl.col("hold_s"), fits, **fields),
    ]


def _chats(chats: pl.DataFrame, messages: pl.DataFrame) -> list[pl.DataFrame]:
    stay: dict[str, Any] = {"leg": pl.lit(1, pl.Int64), "line": pl.lit("chat")}
    rows = chats.with_row_index("chat").with_columns(
        pl.col("chat").cast(pl.Int64),
        contact_id="chats:" + pl.col("chat_id"),
        channel=pl.lit("chat"),
    )
    human = pl.col("sender") == "operator"
    said = messages.with_columns(
        replies=(pl.col("sender") == "citizen")
        & pl.col("sets_waiting").shift(1, fill_value=False).over("chat"),
        handed=human
        & (pl.col("operator_id") != pl.col("operator_id").drop_nulls().first().over("chat")),
    ).join(
        rows.select("chat", "contact_id", "channel", "transferred_to"),
        on="chat",
        maintain_order="left",
    )
    answer = said.filter(human).group_by("chat", maintain_order=True).first()
    moved = said.filter("handed").group_by("chat", maintain_order=True).first()
    lost = ~pl.col("chat").is_in(answer["chat"].implode())
    who: dict[str, Any] = {
        c: c for c in (*_WHO, "platform", "category", "parent_contact_id") if c in rows.columns
    }
    return [
        _event(rows, "received", "received_at", line=pl.lit("chat"), **who),
        _event(rows, "queued", "received_at", **stay),
        _event(said, "message_in", "sent_at", pl.col("sender") == "citizen", value="text"),
        _event(said, "citizen_replied", "sent_at", pl.col("replies")),
        _event(said, "message_out", "sent_at", human, value="text", operator_id="operator_id"),
        _event(said, "waiting_for_citizen", "sent_at", human & pl.col("sets_waiting"),
               operator_id="operator_id"),
        _event(answer, "answered", "sent_at", operator_id="operator_id", **stay),
        _event(answer, "first_response", "sent_at", operator_id="operator_id", **stay),
        _event(moved, "transferred", "sent_at", value="transferred_to",
               transferred_to="transferred_to", operator_id="operator_id"),
        _event(rows, "assigned", "assigned_at"),
        _event(rows, "escalated", "escalated_at", value="escalated_to",
               escalated_to="escalated_to"),
        _event(rows, "abandoned", "ended_at", lost, **stay),
        _event(rows, "notified", "notified_at"),
        *_marks(rows),
        _event(rows, "ended", "ended_at", value="closed_by", closed_by="closed_by",
               case_number="case_number", is_complex="is_complex"),
        _rated(rows, pl.col("ended_at") + 20),
    ]  # fmt: skip


def _feedback(forms: pl.DataFrame) -> list[pl.DataFrame]:
    rows = forms.with_columns(
        contact_id="feedback:" + pl.col("feedback_id"), channel=pl.lit("portal")
    )
    stay: dict[str, Any] = {"leg": pl.lit(1, pl.Int64), "line": pl.lit("portal")}
    who: dict[str, Any] = {
        c: c for c in (*_WHO, "category", "text", "about_contact_id") if c in rows.columns
    }
    return [
        _event(rows, "received", "received_at", line=pl.lit("portal"), feedback_type="type", **who),
        _event(rows, "queued", "received_at", **stay),
        _event(rows, "registered", "registered_at", value="case_number",
               case_number="case_number", due_at="due_at"),
        _event(rows, "assigned", "assigned_at", operator_id="operator_id"),
        _event(rows, "replied", "answered_at", operator_id="operator_id", **stay),
        _event(rows, "notified", "notified_at", value="notified_channel",
               confirmation_channel="notified_channel"),
        *_marks(rows),
        _rated(rows, pl.coalesce("answered_at", "received_at") + 600),
    ]  # fmt: skip


def states(logs: Logs) -> pl.DataFrame:
    """Return operators' logins, pauses and logouts as events that name no contact."""
    return logs.operators.select("event_at", "operator_id", kind="state", value="reason").sort(
        "event_at", "operator_id", maintain_order=True
    )
