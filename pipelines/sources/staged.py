"""The staged frame: what every source becomes before it is checked.

The contract between readers, rules and conform (docs/architecture.md, "Staged frame").
"""

from dataclasses import dataclass, field

import polars as pl

from pipelines.sources.canonical import UTC_TIME, frame_schema

UNREADABLE: dict[str, pl.DataType] = {
    "row_no": pl.Int64(),
    "reason": pl.String(),
    "row": pl.String(),
}
IGNORED: dict[str, pl.DataType] = {
    "row_no": pl.Int64(),
    "row_key": pl.UInt64(),
    "row_hash": pl.UInt64(),
    "row_at": UTC_TIME,
    "reason": pl.String(),
}


@dataclass(frozen=True)
class Staged:
    """A part of a file, typed and free of raw identifiers.

    Accounting: `n_read` = distinct `row_no` of `frame` + rows of `unreadable` + rows of `ignored`.
    One line may be two events (a queue_log ENTERQUEUE is `received` and `queued`): both rows carry
    its row_no and row_key.
    """

    source: str
    dataset: str  # calls, chats, feedback, operators, journal, cdr, events
    frame: pl.DataFrame  # columns of canonical.frame_schema(dataset)
    unreadable: pl.DataFrame  # row_no, reason, row (masked): lines that are no row at all
    provides: frozenset[tuple[str, str]]  # (source, item): rows of lake.source_provides
    n_read: int
    note: str = ""  # unknown columns, unknown event kinds with counts
    position: int = 0  # bytes of the file consumed when this part was read
    n_lines: int = 0  # physical lines consumed by then, header included: next first_row - 1
    # lines that say nothing of a contact or an operator (QUEUESTART): accepted, nothing to conform
    ignored: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=IGNORED))
    # rows of a second form of a log (lake/copies.py): they count once with those of the first
    is_copy: bool = False
    # column of the dataset -> what of the file it was read from, for people
    read_from: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()  # columns of the file that are not read


def empty_frame(dataset: str) -> pl.DataFrame:
    """Return a staged frame with no rows."""
    return pl.DataFrame(schema=frame_schema(dataset))


def no_unreadable() -> pl.DataFrame:
    """Return an `unreadable` frame with no rows."""
    return pl.DataFrame(schema=UNREADABLE)
