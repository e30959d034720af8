"""Log files: days put together, times written as ISO 8601 with the zone's offset, rows as lines.

Nothing that lies after the moment of writing (`cut_s`) is in a log: a form still to be answered
has no answer, whatever the simulation already knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.simulator.world import Logs

DATASETS = ("calls", "chats", "feedback", "journal", "operators")
# known to the events log alone: a row of the calls log has one operator, who answered
UNTOLD = ("rang_by",)
DEADLINES = ("due_at", "callback_due_at")  # may lie ahead
# what says something about a time: empty when the time is
_ABOUT = {
    "ended_at": ("outcome", "end_side", "closed_by", "wrap_s", "hold_s"),
    "resolved_at": (),
    "confirmation_sent_at": ("confirmation_channel",),
    "verified_at": ("verification_result",),
    "callback_made_at": ("callback_result",),
    "callback_requested_at": ("callback_due_at",),
    "transferred_at": ("transferred_to",),
    "transfer_answered_at": ("transfer_operator_id",),
    "notified_at": ("notified_channel",),
    "escalated_at": ("escalated_to",),
}


@dataclass
class File:
    """One log file: header line (CSV) or none (JSON Lines), and its rows as lines."""

    name: str
    dataset: str
    header: str | None
    lines: list[str]

    @property
    def text(self) -> str:
        """The file's content."""
        return "\n".join([*([self.header] if self.header else []), *self.lines]) + "\n"


def together(days: Sequence[Logs], dataset: str) -> pl.DataFrame:
    """Return the rows of several days; chats get their messages as a list."""
    if dataset != "chats":
        frames: list[pl.DataFrame] = [getattr(d, dataset) for d in days]
        return pl.concat(frames).drop(UNTOLD, strict=False)
    return pl.concat([_with_messages(d.chats, d.messages) for d in days])


def _with_messages(chats: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    fields = ("sent_at", "sender", "operator_id", "text", "attachments", "sets_waiting")
    nested = messages.group_by("chat", maintain_order=True).agg(messages=pl.struct(fields))
    return chats.with_row_index("chat").with_columns(pl.col("chat").cast(pl.Int64)).join(
        nested, on="chat", how="left", maintain_order="left"
    ).drop("chat")  # fmt: skip


def times(frame: pl.DataFrame) -> list[str]:
    """Return the columns that hold times."""
    return [c for c in frame.columns if c.endswith("_at")]


def cut(frame: pl.DataFrame, cut_s: float) -> pl.DataFrame:
    """Empty everything later than a moment; rows received later are left out."""
    key = "event_at" if "event_at" in frame.columns else "received_at"
    frame = frame.filter(pl.col(key) <= cut_s)
    facts = [c for c in times(frame) if c not in (key, *DEADLINES)]
    frame = frame.with_columns(pl.when(pl.col(c) <= cut_s).then(c).alias(c) for c in facts)
    empty = {
        about: pl.when(pl.col(c).is_not_null()).then(about).alias(about)
        for c, abouts in _ABOUT.items() if c in frame.columns
        for about in abouts if about in frame.columns
    }  # fmt: skip
    frame = frame.with_columns(empty.values())
    last = "ended_at" if "ended_at" in frame.columns else "answered_at"
    if "rating" in frame.columns:
        frame = frame.with_columns(rating=pl.when(pl.col(last).is_not_null()).then("rating"))
    if "call_id" in frame.columns:
        had = pl.col("answered_at").is_not_null() | pl.col("callback_made_at").is_not_null()
        frame = frame.with_columns(operator_id=pl.when(had).then("operator_id"))
    if "messages" in frame.columns:
        frame = frame.with_columns(
            messages=pl.col("messages").list.filter(pl.element().struct["sent_at"] <= cut_s)
        )
    return frame


def iso(column: pl.Expr, zone: str) -> pl.Expr:
    """Write epoch seconds as ISO 8601 with the offset of the zone."""
    instant = (column * 1000).cast(pl.Int64).cast(pl.Datetime("ms", "UTC"))
    return instant.dt.convert_time_zone(zone).dt.to_string("%Y-%m-%dT%H:%M:%S%:z")


def written(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return the frame as it is written: times, ratings and durations as text people expect."""
    frame = frame.with_columns(iso(pl.col(c), zone).alias(c) for c in times(frame))
    whole = [c for c in ("rating", "hold_s", "wrap_s", "ring_s") if c in frame.columns]
    frame = frame.with_columns(pl.col(whole).cast(pl.Int64))
    if "messages" not in frame.columns:
        return frame
    flat = frame.select("chat_id", "messages").explode("messages").unnest("messages")
    flat = flat.with_columns(sent_at=iso(pl.col("sent_at"), zone))
    nested = flat.group_by("chat_id", maintain_order=True).agg(
        messages=pl.struct(pl.exclude("chat_id"))
    )
    return frame.drop("messages").join(nested, on="chat_id", how="left", maintain_order="left")


def csv(name: str, dataset: str, frame: pl.DataFrame) -> File:
    """Return a CSV file; empty cells are nulls."""
    header, *lines = frame.write_csv().split("\n")
    return File(f"{name}.csv", dataset, header, lines[:-1])


def json_lines(name: str, dataset: str, frame: pl.DataFrame) -> File:
    """Return a JSON Lines file."""
    return File(f"{name}.jsonl", dataset, None, frame.write_ndjson().split("\n")[:-1])


def file_of(name: str, dataset: str, frame: pl.DataFrame) -> File:
    """Return the file a dataset is written as."""
    return (json_lines if dataset == "chats" else csv)(name, dataset, frame)
