"""Chatwoot: webhooks as they came, and conversations as its API gives them, become events of chats.

A message has an ISO time and the word `incoming` at the top of its own webhook, epoch seconds and
the number 0 inside a conversation. Times are cut to the second, so both are the same event and it
counts once, in whatever order, shape and file it comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_rows
from pipelines.sources.canonical import COLUMNS, KEYED
from pipelines.sources.chatwoot_shapes import records_of
from pipelines.sources.context import Context
from pipelines.sources.formats import JSON, Tail, file_format, sample
from pipelines.sources.identity import hashed
from pipelines.sources.json_docs import elements
from pipelines.sources.json_rows import split_objects
from pipelines.sources.lineage import of_json_sql
from pipelines.sources.raw import SEAMS_BYTES, decode, lines_of, parts, settled
from pipelines.sources.scratch import scratch
from pipelines.sources.staged import IGNORED, Staged
from pipelines.sources.typed import stage

_ALWAYS = (
    "received", "queued", "answered", "message_in", "message_out", "n_messages", "channel", "line",
    "citizen_key", "operator_id", "text",
)  # fmt: skip
# what a kind of document can tell, whether or not it did
_LIFE = ("resolved", "ended", "reopened")
_TOLD = {
    "status": (*_LIFE, "waiting_for_citizen"),
    "changes": ("assigned", "transferred", "recategorised", "category"),
    "export": _LIFE,
    "rating": ("rated", "rating"),
}
_FIELDS = ("platform", "case_number", "language", "region", "category")
# column of the queries that holds an object -> where in a conversation it stands
_INSIDE = {"c": "", "j": "", "m": "messages[].", "item": "changed_attributes[]."}
_NO_TIME = pl.datetime(2000, 1, 1, time_zone="UTC", time_unit="us")  # a line that names none

# a time as epoch seconds (whole or not), epoch milliseconds, or ISO 8601 (also `… UTC`), to the
# second; a text without blanks around; the items of a list, or the one that stands instead of it
MACROS = (
    r"""moment(t) as date_trunc('second', case
        when regexp_full_match(t, '\d{9,11}(\.\d+)?') then to_timestamp(cast(t as double))
        when regexp_full_match(t, '\d{12,14}') then to_timestamp(cast(t as double) / 1000)
        when regexp_matches(t, '^\d{4}-\d{2}-\d{2}[T ]\d{2}:')
            then try_cast(replace(t, ' UTC', 'Z') as timestamptz)
    end)""",
    "txt(j, path) as nullif(trim(json_extract_string(j, path)), '')",
    """each(j) as case
        when json_type(j) = 'ARRAY' then from_json(j, '["JSON"]')
        when json_type(j) = 'OBJECT' then [j]
        else []
    end""",
)


@cache
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"chatwoot_{name}.sql").read_text("utf-8")


@cache
def _read_from() -> dict[str, str]:
    """Return column of the events -> the fields of a conversation its query takes it from."""
    with scratch() as con:
        return of_json_sql(con, _sql("events"), _INSIDE) | {"channel": "= chat"}


def read(path: Path, context: Context, tail: Tail) -> Iterator[Staged]:
    """Yield the events of conversations in a file of webhooks or an export.

    A row is a line of JSON Lines, or an object of a JSON document. Lines that say nothing of a
    conversation (somebody types) are `ignored`.
    """
    file = _File(context)
    for lines, position, n_lines in _lines(path, tail):
        yield file.staged(lines, position, n_lines)


def _lines(path: Path, tail: Tail) -> Iterator[tuple[pl.DataFrame, int, int]]:
    """Yield lines (row_no, line), the byte after them, and how many there were so far."""
    if file_format(path) == JSON:
        done = 0
        for found in elements(path, records_of(sample(path, JSON))):
            done += len(found)
            yield found, path.stat().st_size, done
        return
    done, codec = tail.first_row - 1, settled(path)
    for part in parts(path, tail.start, tail.whole, SEAMS_BYTES):
        lines = lines_of(decode(part.data, codec))
        filled = lines.filter(pl.col("line").str.strip_chars() != "").select(
            row_no=pl.col("n").cast(pl.Int64) + done + 1, line="line"
        )
        done += len(lines)
        yield filled, part.end, done


@dataclass
class _File:
    """What one reading of a file remembers: the events it has told already."""

    context: Context
    seen: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"same_key": pl.UInt64, "row_key": pl.UInt64})
    )

    def staged(self, lines: pl.DataFrame, position: int, n_lines: int) -> Staged:
        with scratch() as con:
            good, torn = split_objects(con, lines, "the line is not a JSON object")
            con.register("good", good)
            for macro in MACROS:
                con.execute(f"create temp macro {macro}")
            con.execute(f"create temp table documents as {_sql('documents')}")
            events, rows = con.sql(_sql("events")).pl(), con.sql(_sql("lines")).pl()
        rows = rows.with_columns(
            row_key=hashed(rows["identity"], self.context.key),
            row_hash=hashed(rows["content"], self.context.key),
            row_at=pl.col("row_at").cast(pl.Datetime("us", "UTC")).fill_null(_NO_TIME),
        )
        events = self._news(events, rows)
        frame = stage(events, "events", "chatwoot", "UTC", self.context.key, keep=self.context.keep)
        frame = (
            frame.drop("row_key", "row_hash", "row_at")
            .join(rows.select("row_no", "row_key", "row_hash", "row_at"), on="row_no", how="left")
            .select(frame.columns)
        )
        silent = rows.join(frame, on="row_no", how="anti")
        return Staged(
            "chatwoot",
            "events",
            frame,
            torn.with_columns(mask_rows(torn["row"])) if len(torn) else torn,
            frozenset(("chatwoot", item) for item in _told(rows, frame)),
            len(lines),
            "",
            position,
            n_lines,
            silent.select(
                "row_no", "row_key", "row_hash", "row_at", reason=pl.lit("chatwoot: nothing new")
            ).cast(pl.Schema(IGNORED)),
            read_from={
                column: fields
                for column, fields in _read_from().items()
                if column in COLUMNS["events"]
                and frame[KEYED.get(column, column)].null_count() < len(frame)
            },
        )

    def _news(self, events: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the events no other line told before; of `received` those that say other things.

        A line that cannot be read whole goes to quarantine, so what it says is told again.
        """
        is_message = pl.col("kind").is_in(["message_in", "message_out"])
        same = events.select(
            "contact_id",
            "kind",
            pl.col("event_at").cast(pl.String),
            value=pl.when(is_message).then("value"),
            header=pl.when(pl.col("kind") == "received").then(
                pl.struct(pl.exclude("row_no")).struct.json_encode()
            ),
        )
        content = same.select(pl.concat_str(pl.all().fill_null(""), separator="\x1f")).to_series()
        events = events.with_columns(same_key=hashed(content, b"")).join(
            rows.select("row_no", "row_key"), on="row_no", how="left", maintain_order="left"
        )
        is_bad = pl.col("event_at").is_null() | pl.col("contact_id").is_null()
        bad_rows = events.filter(is_bad)["row_no"].unique()
        events = events.unique(["row_no", "same_key"], keep="first", maintain_order=True)
        whole = events.filter(~pl.col("row_no").is_in(bad_rows.implode()))
        # who told it first; a line repeated to the letter tells it with the same row_key
        told = pl.concat([self.seen, whole.select("same_key", "row_key")])
        self.seen = told.unique("same_key", keep="first", maintain_order=True)
        whole = whole.join(self.seen, on=["same_key", "row_key"], how="semi")
        again = events.filter(pl.col("row_no").is_in(bad_rows.implode()))
        return pl.concat([whole, again]).sort("row_no", maintain_order=True)


def _told(rows: pl.DataFrame, frame: pl.DataFrame) -> set[str]:
    """Return what the documents of a part let the source know."""
    if rows.is_empty():
        return set()
    items = {*_ALWAYS, *frame["kind"].drop_nulls().unique()}
    for tells in rows["tells"].drop_nulls().unique():
        items.update(_TOLD.get(tells, ()))
    return items | {c for c in _FIELDS if frame[c].null_count() < len(frame)}
