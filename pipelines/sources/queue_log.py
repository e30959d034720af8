"""Asterisk `queue_log`, epoch|callid|queue|agent|event|data: events of calls, operators' states.

A callid is a contact. Which stay in a queue a line belongs to is decided later, from all lines of
the contact (`conform/stays.py`): a call may span two rotated files, and lines of one second stand
in any order. A line is known by what it says, to the second, so the same line in two files, or in a
file and in the exchange's table (`queue_table.py`), counts once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_rows, shown
from pipelines.sources.asterisk import NOBODY
from pipelines.sources.canonical import UTC_TIME
from pipelines.sources.context import Context
from pipelines.sources.identity import hashed
from pipelines.sources.lineage import of_expressions
from pipelines.sources.queue_events import (
    EVENTS,
    KINDS,
    OPERATORS,
    STATES,
    events_of,
    provided_by,
    states_of,
)
from pipelines.sources.raw import SEAMS_BYTES, decode, head, lines_of, parts
from pipelines.sources.staged import IGNORED, UNREADABLE, Staged, no_unreadable
from pipelines.sources.typed import stage

FIELDS = ("callid", "queue", "agent", "event", "d1", "d2", "d3", "d4", "d5", "d6")
# what people call them, and where they stand in a line
_SHOWN = {"event_at": "epoch"} | {
    f: f.replace("d", "data") if f[1:].isdigit() else f for f in FIELDS
}
_IN_TEXT = {f: f"field {n} ({shown})" for n, (f, shown) in enumerate(_SHOWN.items(), 1)}
NOT_A_ROW = "not a line epoch|callid|queue|agent|event"
_EPOCH = r"^\d{9,10}(?:\.\d+)?$"
_NO_CALL = (*NOBODY, "REALTIME", "MANAGER", "CLI")  # who changed a member, where a callid would be
OF_THE_SERVER = ("QUEUESTART", "CONFIGRELOAD", "RELOAD")


@dataclass(frozen=True)
class Lines:
    """Lines of a part, split: what both forms of the log (text and table) come to."""

    rows: pl.DataFrame  # row_no, event_at, FIELDS, row_key
    torn: pl.DataFrame  # columns of UNREADABLE, masked
    position: int
    n_lines: int
    began_at: int  # epoch of the log's first line: what came before is not lost, but not here
    given: Mapping[str, str] = field(default_factory=lambda: _IN_TEXT)  # field -> what of the file
    unread: tuple[str, ...] = ()  # columns of a table that are no fields of the log


def read(
    path: Path, context: Context, start: int = 0, whole: bool = True, first_row: int = 1
) -> Iterator[Staged]:
    """Yield the events of contacts, and the states of operators, of a queue_log in its text form.

    An ENTERQUEUE is two rows, `received` and `queued`, with one `row_no` and one `row_key`.
    CONFIGRELOAD, QUEUESTART and whatever else names no call are `ignored`; an event of a call that
    is not known here is kept under its own name in lower case.
    """
    done, began_at = first_row - 1, _began(path)
    for part in parts(path, start, whole, SEAMS_BYTES):
        lines = lines_of(decode(part.data))
        n_lines = len(lines)
        lines = lines.filter(pl.col("line").str.strip_chars() != "").select(
            row_no=pl.col("n").cast(pl.Int64) + done + 1, line="line"
        )
        done += n_lines
        rows, torn = _split(lines, context.key)
        yield from staged(Lines(rows, torn, part.end, done, began_at), context)


def _began(path: Path) -> int:
    """Return the earliest epoch at the head of a file; 0 where none can be read."""
    epochs = lines_of(decode(head(path, 1 << 16)))["line"].str.extract(r"^(\d{9,10})[.|]")
    earliest = epochs.cast(pl.Int64, strict=False).min()
    return earliest if isinstance(earliest, int) else 0


def _split(lines: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines into rows and lines that are none."""
    fields = pl.col("line").str.strip_chars().str.splitn("|", len(FIELDS) + 2)
    named = enumerate(("epoch", *FIELDS))
    split = lines.with_columns(fields.struct[i].str.strip_chars().alias(n) for i, n in named)
    epoch = pl.when(pl.col("epoch").str.contains(_EPOCH)).then("epoch")
    split = split.with_columns(
        event_at=(epoch.cast(pl.Float64, strict=False) * 1_000_000).cast(pl.Int64).cast(UTC_TIME)
    )
    return rows_and_torn(split, key)


def rows_and_torn(split: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part split lines (row_no, event_at, FIELDS, line) into rows and lines that are none."""
    is_row = pl.col("event_at").is_not_null() & (pl.col("event").fill_null("") != "")
    torn = split.filter(~is_row).select("row_no", reason=pl.lit(NOT_A_ROW), row="line")
    rows = split.filter(is_row).with_columns(
        pl.col("event").str.to_uppercase(),
        *(pl.col(f).fill_null("") for f in FIELDS if f != "event"),
    )
    said = rows.select(
        pl.concat_str(pl.col("event_at").dt.epoch("s"), *FIELDS, separator="|").str.strip_chars_end(
            "|"
        )
    ).to_series()
    rows = rows.with_columns(row_key=hashed(said, key)).select(
        "row_no", "event_at", *FIELDS, "row_key"
    )
    return rows, torn.with_columns(mask_rows(torn["row"])).cast(pl.Schema(UNREADABLE))


def staged(lines: Lines, context: Context, *, is_copy: bool = False) -> Iterator[Staged]:
    """Yield what a part of the log says: of contacts, then of operators.

    Args:
        lines: one part. context: for the secret key.
        is_copy: the exchange's table of the log, not the log itself.
    """
    rows, event = lines.rows, pl.col("event")
    is_state = event.is_in(list(STATES))
    is_somebody = ~pl.col("agent").is_in(NOBODY)
    has_call = ~(pl.col("callid").str.to_uppercase().is_in(_NO_CALL) | event.is_in(OF_THE_SERVER))
    states, calls = rows.filter(is_state & is_somebody), rows.filter(~is_state & has_call)
    rest = rows.filter(~(is_state & is_somebody) & ~(~is_state & has_call))
    ignored = rest.select(
        "row_no",
        "row_key",
        row_hash="row_key",
        row_at=pl.col("event_at").dt.truncate("1s"),
        reason="queue_log: " + event.str.slice(0, 40),
    ).cast(pl.Schema(IGNORED))
    made = stage(events_of(calls, lines.began_at, context.key), "events", "queue_log", "UTC",
                 context.key, keep=context.keep)  # fmt: skip
    yield Staged(
        "queue_log",
        "events",
        _keep_hash(made, calls),
        lines.torn,
        frozenset(("queue_log", item) for item in provided_by(calls)),
        len(rows) + len(lines.torn) - len(states),
        _note(calls),
        lines.position,
        lines.n_lines,
        ignored,
        is_copy,
        of_expressions(EVENTS, lines.given),
        lines.unread,
    )
    if len(states):
        made = stage(
            states_of(states, context.key), "operators", "queue_log", "UTC", context.key,
            keep=context.keep,
        )  # fmt: skip
        yield Staged(
            "queue_log", "operators", _keep_hash(made, states), no_unreadable(), frozenset(),
            len(states), "", lines.position, lines.n_lines, is_copy=is_copy,
            read_from=of_expressions(OPERATORS, lines.given), unread=lines.unread,
        )  # fmt: skip


def _note(calls: pl.DataFrame) -> str:
    unknown = calls.filter(~pl.col("event").is_in(list(KINDS)))["event"].value_counts(sort=True)
    note = ", ".join(f"{event[:40]} {n}" for event, n in unknown.sort("event").iter_rows())
    return shown(f"unknown events kept: {note}") if note else ""


def _keep_hash(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give staged rows the hash of the line they came from, and its time to the second.

    The table of a log has fractions of seconds, its text none: rows are looked for by their time.
    """
    own = rows.select("row_no", own="row_key")
    joined = frame.join(own, on="row_no", how="left", maintain_order="left")
    second = pl.col("row_at").dt.truncate("1s")
    return joined.with_columns(second, row_key="own", row_hash="own").select(frame.columns)
