"""One contact over time: pauses between events, what each leg was made of, the citizen's chain."""

from datetime import datetime
from typing import Any

import polars as pl

SAID = ("message_in", "message_out")


def timeline(found: dict[str, Any]) -> dict[str, Any]:
    """Add to an answer of `contact` what a reader would have to subtract by hand.

    Returns:
        events: those of the contact and after_s (since it was received), pause_s (since the event
        before; null for the first); messages: the events that are messages; legs: and wait_s
        (until answered, left or now); clocks: and left_s (of open ones: until due, negative when
        past); chain: this contact and the related ones of the same case or citizen, oldest first:
        contact_id, received_at, channel, line, category, outcome, operator_id, same (this, case,
        citizen), gap_s (since the one before; null for the first).
    """
    header, at = found["header"], found["as_of"]
    events = found["events"].with_columns(
        after_s=_seconds(pl.col("event_at") - pl.lit(header["received_at"])),
        pause_s=_seconds(pl.col("event_at").diff()),
    )
    return {
        "events": events,
        "messages": events.filter(pl.col("kind").is_in(SAID)),
        "legs": _legs(found["legs"], at),
        "clocks": _clocks(found["clocks"], at),
        "chain": _chain(header, found["related"]),
    }


def _seconds(span: pl.Expr) -> pl.Expr:
    return span.dt.total_microseconds() / 1e6


def _legs(legs: pl.DataFrame, at: datetime) -> pl.DataFrame:
    until = pl.coalesce("answered_at", "left_at", pl.lit(at))
    return legs.with_columns(
        wait_s=_seconds(until.cast(pl.Datetime("us", "UTC")) - pl.col("queued_at"))
    )


def _clocks(clocks: pl.DataFrame, at: datetime) -> pl.DataFrame:
    is_open = pl.col("state").is_in(["running", "overdue"])
    left = _seconds(pl.col("due_at") - pl.lit(at))
    return clocks.with_columns(left_s=pl.when(is_open).then(left))


def _chain(header: dict[str, Any], related: pl.DataFrame) -> pl.DataFrame:
    columns = ["contact_id", "received_at", "channel", "line", "category", "outcome", "operator_id"]
    this = {name: [header[name]] for name in columns} | {"same": ["this"]}
    schema = {name: related.schema[name] for name in [*columns, "same"]}
    rows = pl.concat([related.select(list(schema)), pl.DataFrame(this, schema=schema)])
    return rows.sort("received_at", "contact_id").with_columns(
        gap_s=_seconds(pl.col("received_at").diff())
    )
