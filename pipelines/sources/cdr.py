"""Asterisk's call detail records: `Master.csv` without a header, or the table cdr with one.

A call is several records (a ring group, a transfer), joined by linkedid. They are no contacts: the
queue log tells of those. They are kept to hold the queue log against (`metrics/reconciliation`).
Times are the exchange's local ones. Column order: docs.asterisk.org, "CSV CDR backend"; uniqueid,
userfield and the last three are there by settings, so records of one file may differ in width.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_rows
from pipelines.sources.asterisk import demand, devices, members, with_columns_of
from pipelines.sources.context import Context
from pipelines.sources.raw import Raw, decode, lines_of, parts
from pipelines.sources.staged import UNREADABLE, Staged
from pipelines.sources.typed import stage

SOURCE = "asterisk_cdr"
MASTER = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
# what follows amaflags, by how many columns a record has
_MORE: dict[int, tuple[str, ...]] = {
    17: ("uniqueid",),
    18: ("uniqueid", "userfield"),
    19: ("peeraccount", "linkedid", "sequence"),
    20: ("uniqueid", "peeraccount", "linkedid", "sequence"),
    21: ("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
}
_READ = (
    "src", "dst", "did", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "billsec", "disposition", "uniqueid", "linkedid", "sequence",
)  # fmt: skip
_ALIASES = {"start": ("start", "calldate", "starttime"), "answer": ("answer", "answertime"),
            "end": ("end", "endtime")}  # fmt: skip
REQUIRED = ("src", "dst", "disposition", "start")
_NAME = r'""[^"]*""'  # who called, inside clid: a name no dictionary needs to know
_FIELD = r'"(?:[^"]|"")*",|[^",]*,'
# an extension, a queue or a toll-free line; any other number may be a citizen's
_SERVICE = r"^(?:\D*\d{0,6}\D*|[78]?80\d{8})$"
NOT_A_ROW = "not a call detail record: 16 to 21 columns are wanted"


def columns(names: Iterable[str]) -> dict[str, str]:
    """Return our name -> the file's own; empty where the columns are not those of a CDR."""
    given = {name.strip().lower(): name for name in names}
    found = {
        ours: next(given[name] for name in theirs if name in given)
        for ours in _READ
        if not given.keys().isdisjoint(theirs := _ALIASES.get(ours, (ours,)))
    }
    return found if set(REQUIRED) <= found.keys() else {}


def read_master(
    path: Path, context: Context, start: int = 0, whole: bool = True, first_row: int = 1
) -> Iterator[Staged]:
    """Yield the records of a `Master.csv`, one a line."""
    done = first_row - 1
    for part in parts(path, start, whole):
        lines = lines_of(decode(part.data))
        n_lines = len(lines)
        lines = lines.filter(pl.col("line").str.strip_chars() != "").select(
            row_no=pl.col("n").cast(pl.Int64) + done + 1, line=pl.col("line").str.strip_chars("\r")
        )
        done += n_lines
        records, torn = _split(lines)
        named = torn["row"].str.replace_all(_NAME, '""[ФИО]""')
        torn = torn.with_columns(mask_rows(named).alias("row"))
        raw = Raw(records, torn, len(lines), part.end, done)
        yield _staged(raw, {name: name for name in _READ}, context)


def read_table(raws: Iterator[Raw], context: Context, file: str) -> Iterator[Staged]:
    """Yield the records of an export of the table cdr.

    Raises:
        SourceError: the columns are not those of a CDR.
    """
    given: dict[str, str] = {}
    for raw in raws:
        given = given or columns(raw.frame.columns)
        demand(given, raw.frame, file, f"{', '.join(REQUIRED)} (or calldate)")
        yield _staged(raw, given, context)


def _split(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines into records (row_no and _READ) and lines that are none (UNREADABLE, raw)."""
    cut = lines.with_columns(cells=(pl.col("line") + ",").str.extract_all(_FIELD))
    n_cells = pl.col("cells").list.len()
    is_whole = pl.col("cells").list.join("").str.len_bytes() == pl.col("line").str.len_bytes() + 1
    is_row = is_whole & n_cells.is_between(len(MASTER), max(_MORE))
    torn = cut.filter(~is_row).select("row_no", reason=pl.lit(NOT_A_ROW), row="line")
    rows = cut.filter(is_row)

    def cell(at: pl.Expr | int) -> pl.Expr:
        text = pl.col("cells").list.get(at, null_on_oob=True).str.strip_suffix(",")
        inner = text.str.strip_prefix('"').str.strip_suffix('"')
        return inner.str.replace_all('""', '"', literal=True)

    named = {name: cell(i) for i, name in enumerate(MASTER) if name in _READ}
    for name in ("uniqueid", "linkedid", "sequence"):
        at = {n: len(MASTER) + m.index(name) for n, m in _MORE.items() if name in m}
        named[name] = cell(n_cells.replace_strict(at, default=None, return_dtype=pl.Int64))
    absent = [pl.lit(None, pl.String).alias(name) for name in _READ if name not in named]
    records = rows.select("row_no", *(value.alias(name) for name, value in named.items()), *absent)
    return records, torn.cast(pl.Schema(UNREADABLE))


def _staged(raw: Raw, given: dict[str, str], context: Context) -> Staged:
    frame = with_columns_of(raw.frame, given).select(
        "row_no",
        *(pl.col(own).cast(pl.String, strict=False).alias(ours) for ours, own in given.items()),
        *(pl.lit(None, pl.String).alias(name) for name in _READ if name not in given),
    )
    record = stage(
        _conform(frame, context), "cdr", SOURCE, context.zone, context.key, keep=context.keep
    )
    return Staged(
        SOURCE,
        "cdr",
        record,
        raw.unreadable,
        frozenset(),
        raw.n_read,
        "",
        raw.position,
        raw.n_lines,
    )


def _conform(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the columns of the dataset cdr; names (clid) and notes (userfield) are left out."""
    frame = frame.with_columns(
        # MySQL's way to say that it did not happen
        pl.when(~pl.col(name).str.contains(r"^\s*$|^0000-00-00")).then(name).alias(name)
        for name in _READ
    )
    caller = members(devices(frame["channel"]), context.key)
    unnamed = pl.concat_str("start", caller, separator="/", ignore_nulls=True)
    is_queue = pl.col("lastapp").str.to_lowercase() == "queue"
    dialled = pl.when(pl.col("dst").str.contains(_SERVICE)).then("dst")
    return frame.select(
        "row_no",
        "disposition",
        "sequence",
        members(devices(frame["dstchannel"]), context.key).alias("operator_id"),
        record_id=pl.coalesce("uniqueid", "linkedid", unnamed),
        call_id=pl.coalesce("linkedid", "uniqueid", unnamed),
        started_at="start",
        answered_at="answer",
        ended_at="end",
        talk_s="billsec",
        app="lastapp",
        queue=pl.when(is_queue).then(pl.col("lastdata").str.extract(r"^([^,|]+)")),
        dialled_number=pl.coalesce("did", dialled),
        caller_number="src",
    )
