"""The state of a clock at a moment: one SQL expression, and the same in plain words of Python."""

from datetime import datetime
from functools import cache
from pathlib import Path

STATES = ("met", "breached", "overdue", "running", "cancelled")


@cache
def _text() -> str:
    # a whole statement, so that it can be read and linted as one; its one expression is taken out
    text = Path(__file__).with_name("state.sql").read_text("utf-8")
    return text[text.index("case\n") : text.index(" as state\n")]


def state_sql(as_of: str = "$as_of", table: str = "clocks") -> str:
    """Return the state expression for the moment `as_of` (an SQL expression) of rows of `table`.

    Give `'infinity'::timestamptz` for days nothing can change any more.
    """
    return _text().replace("$as_of", as_of).replace("clocks.", f"{table}.")


def state(
    kind: str,
    started_at: datetime,
    due_at: datetime | None,
    stopped_at: datetime | None,
    stop_kind: str | None,
    as_of: datetime,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
) -> str | None:
    """Return the state of one clock, as state.sql does; for single contacts and as its check."""
    if started_at > as_of or (since_at and since_at > as_of) or (until_at and until_at <= as_of):
        return None
    if stopped_at is not None and stopped_at <= as_of:
        in_time = due_at is not None and stopped_at <= due_at
        if stop_kind == "gave_up":
            return "cancelled" if in_time else "breached"
        if stop_kind == "failed":
            is_young = kind == "share" and due_at is not None and due_at >= as_of
            return "running" if is_young else "breached"
        is_late = kind in ("clock", "reading") and due_at is not None and not in_time
        return "breached" if is_late else "met"
    if due_at is not None and due_at < as_of:
        return "breached" if kind == "share" else "overdue"
    return "running"
