"""Asterisk's call detail records: `Master.csv` without a header, or the table cdr with one.

A call is several records (a ring group, a transfer), joined by linkedid. They are no contacts: the
queue log tells of those. They are kept to hold the queue log against (`metrics/reconciliation`).
Times are the exchange's local ones. Column order: docs.asterisk.org, "CSV CDR backend"; uniqueid,
userfield and the last three are there by settings, so records of one file may differ in width.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_rows
from pipelines.sources.asterisk import demand, devices, members, with_columns_of
from pipelines.sources.context import Context
from pipelines.sources.lineage import in_order, of_expressions
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
_PLACES = {name: (n,) for n, name in enumerate(MASTER, 1)} | {
    name: tuple(sorted({len(MASTER) + 1 + m.index(name) for m in _MORE.values() if name in m}))
    for name in _MORE[max(_MORE)]
}
_SHOWN = {
    name: f"field {'-'.join(map(str, dict.fromkeys((at[0], at[-1]))))} ({name})"
    for name, at in _PLACES.items()
}
_POSITIONS = {name: shown for name, shown in _SHOWN.items() if name in _READ}
_UNREAD = tuple(shown for name, shown in _SHOWN.items() if name not in _READ)
REQUIRED = ("src", "dst", "disposition", "start")
_NAME = r'""[^"]*""'  # who called, inside clid: a name no dictionary needs to know
_FIELD = r'"(?:[^"]|"")*",|[^",]*,'
# an extension, a queue or a toll-free line; any other number may be a citizen's
_SERVICE = r"^(?:\D*\d{0,6}\D*|[78]?80\d{8})$"
_UNNAMED = pl.concat_str("start", "channel", separator="/", ignore_nulls=True)
# column of the dataset -> what makes it of a record (devices with their phones already replaced)
_COLUMNS = {
    "record_id": pl.coalesce("uniqueid", "linkedid", _UNNAMED),
    "call_id": pl.coalesce("linkedid", "uniqueid", _UNNAMED),
    "sequence": pl.col("sequence"),
    "started_at": pl.col("start"),
    "answered_at": pl.col("answer"),
    "ended_at": pl.col("end"),
    "talk_s": pl.col("billsec"),
    "disposition": pl.col("disposition"),
    "app": pl.col("lastapp"),
    "queue": pl.when(pl.col("lastapp").str.to_lowercase() == "queue").then(
        pl.col("lastdata").str.extract(r"^([^,|]+)")
    ),
    "dialled_number": pl.coalesce("did", pl.when(pl.col("dst").str.contains(_SERVICE)).then("dst")),
    "caller_number": pl.col("src"),
    "operator_id": pl.col("dstchannel"),
}
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
        yield _staged(raw, {name: name for name in _READ}, context, _POSITIONS, _UNREAD)


def read_table(raws: Iterator[Raw], context: Context, file: str) -> Iterator[Staged]:
    """Yield the records of an export of the table cdr.

    Raises:
        SourceError: the columns are not those of a CDR.
    """
    given: dict[str, str] = {}
    for raw in raws:
        given = given or columns(raw.frame.columns)
        demand(given, raw.frame, file, f"{', '.join(REQUIRED)} (or calldate)")
        unread = (
            *(c for c in raw.frame.columns if c not in ("row_no", *given.values())),
            *raw.unread,
        )
        yield _staged(raw, given, context, in_order(given, raw.frame.columns), unread)


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


def _staged(
    raw: Raw,
    given: dict[str, str],
    context: Context,
    shown: Mapping[str, str],
    unread: tuple[str, ...],
) -> Staged:
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
        read_from=of_expressions(_COLUMNS, shown),
        unread=unread,
    )


def _conform(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the columns of the dataset cdr; names (clid) and notes (userfield) are left out."""
    frame = frame.with_columns(
        # MySQL's way to say that it did not happen
        pl.when(~pl.col(name).str.contains(r"^\s*$|^0000-00-00")).then(name).alias(name)
        for name in _READ
    )
    frame = frame.with_columns(
        members(devices(frame[name]), context.key) for name in ("channel", "dstchannel")
    )
    return frame.select("row_no", **_COLUMNS)
