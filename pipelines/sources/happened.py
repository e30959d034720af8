"""`events` of a wide row: what happened beside its columns, from a list in it or a table beside it.

Kinds no column holds (a moved deadline), and those that come several times (replies, reopenings).
Columns the row leaves empty are filled from them: the first `replied` is when it was answered.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.cleaning.ids import hide_ids
from pipelines.cleaning.mask import Keep, mask
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.values import mask_values
from pipelines.sources.canonical import COLUMNS, EVENTS, HAPPENED
from pipelines.sources.json_rows import structs
from pipelines.sources.times import read_times

_SHAPE = (
    '[{"event_at":"VARCHAR","at":"VARCHAR","kind":"VARCHAR","line":"VARCHAR",'
    '"operator_id":"VARCHAR","value":"VARCHAR"}]'
)


@dataclass(frozen=True)
class _Fill:
    """A column is the time, or the value, of the first or last event of a kind."""

    kind: str
    field: str = "event_at"
    is_last: bool = False


_TIMES = {
    "received_at": "received",
    "registered_at": "registered",
    "assigned_at": "assigned",
    "ticket_created_at": "ticket_created",
    "ticket_accepted_at": "ticket_accepted",
    "resolved_at": "resolved",
    "reopened_at": "reopened",
    "notified_at": "notified",
    "verified_at": "verified",
    "forwarded_at": "forwarded",
    "confirmation_sent_at": "confirmation_sent",
    "ended_at": "ended",
}
_VALUES = {
    "due_at": _Fill("due_moved", "value", is_last=True),
    "rating": _Fill("rated", "value", is_last=True),
    "text": _Fill("received", "value"),
}
_FILLS = {c: _Fill(kind) for c, kind in _TIMES.items()} | _VALUES
_FILLS_OF = {
    "feedback": {"answered_at": _Fill("replied")},
    "calls": {"queued_at": _Fill("queued"), "answered_at": _Fill("answered")},
}


def fills(dataset: str) -> dict[str, _Fill]:
    """Return the columns of a log its events can fill."""
    known = _FILLS | _FILLS_OF.get(dataset, {})
    return {c: fill for c, fill in known.items() if c in COLUMNS[dataset]}


def read_happened(values: pl.Series, zone: str) -> pl.Series:
    """Read a column of lists of events; null where it is no list. Values are kept raw."""
    lists = values if isinstance(values.dtype, pl.List) else structs(values, _SHAPE)
    if not isinstance(lists.dtype, pl.List) or not isinstance(lists.dtype.inner, pl.Struct):
        return pl.Series(values.name, [None] * len(values), dtype=EVENTS)
    frame = pl.DataFrame({"e": lists}).with_row_index("i")
    one = _exploded(frame)
    one = one.with_columns(
        pl.lit(None, pl.String).alias(c) for c in (*HAPPENED, "at") if c not in one.columns
    )
    when = read_times(one["event_at"], zone).fill_null(read_times(one["at"], zone))
    one = one.with_columns(
        *(pl.col(c).cast(pl.String, strict=False) for c in HAPPENED if c != "event_at"),
        event_at=when,
    )
    return _packed(frame, one).rename(values.name)


def mask_happened(values: pl.Series, key: bytes, keep: Keep) -> pl.Series:
    """Mask the values of a column of typed events, and lines and operators called by a name."""
    frame = pl.DataFrame({"e": values}).with_row_index("i")
    one = _exploded(frame)
    if one.is_empty():
        return values
    safe = one.with_columns(
        mask(one["value"], keep),
        mask_values(one["line"], keep),
        hide_ids(one["operator_id"], key, keep, How.PROSE),
    )
    return _packed(frame, safe).rename(values.name)


def filled(typed: dict[str, pl.Series], dataset: str, zone: str) -> dict[str, pl.Series]:
    """Return the columns with what their events say where they are empty.

    Args:
        typed: typed columns of a wide log, `events` among them. Never modified.
        dataset: calls, chats or feedback. zone: of times in values.
    """
    lists = typed["events"]
    one = _exploded(pl.DataFrame({"e": lists}).with_row_index("i"))
    known = fills(dataset)
    one = one.filter(
        pl.col("kind").is_in([fill.kind for fill in known.values()])
        & pl.col("event_at").is_not_null()
    ).sort("i", "event_at", maintain_order=True)
    rows = pl.DataFrame({"i": pl.int_range(len(lists), dtype=pl.UInt32, eager=True)})
    made = dict(typed)
    for column, fill in known.items():
        mine = one.filter((pl.col("kind") == fill.kind) & pl.col(fill.field).is_not_null())
        if mine.is_empty():
            continue
        mine = mine.unique("i", keep="last" if fill.is_last else "first", maintain_order=True)
        mine = mine.select("i", v=fill.field)
        found = rows.join(mine, on="i", how="left", maintain_order="left")["v"]
        if column == "due_at":
            found = read_times(found, zone, is_due=True)
        elif column == "rating":
            number = found.cast(pl.Float64, strict=False)
            found = number.set(~number.is_finite().fill_null(True), None)
        found = found.rename(column)
        made[column] = made[column].fill_null(found) if column in made else found
    return made


def _exploded(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row an event: i, and the fields of the struct."""
    return (
        frame.filter(pl.col("e").list.len() > 0)
        .explode("e")
        .filter(pl.col("e").is_not_null())
        .unnest("e")
    )


def _packed(frame: pl.DataFrame, one: pl.DataFrame) -> pl.Series:
    """Put events back into one list a row; an empty list stays empty, null stays null."""
    read = one.group_by("i", maintain_order=True).agg(
        m=pl.struct(pl.col(c).cast(t) for c, t in HAPPENED.items())
    )
    joined = frame.join(read, on="i", how="left", maintain_order="left")
    empty = pl.when(pl.col("e").is_not_null()).then(pl.lit([], EVENTS))
    return joined.select(pl.coalesce(pl.col("m").cast(EVENTS), empty)).to_series()
