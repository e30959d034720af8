"""The queue_log as a table: what Asterisk writes to a database, exported with a header.

`time,callid,queuename,agent,event,data1..data5` (or one `data`) is Asterisk's own; exchanges and
loaders rename: `uid,date_time,callid,queue_name,type,event,...`. Times are the exchange's local
ones unless they are epochs. The table and the text of one log are one log: see `queue_log.py`.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from pipelines.sources.asterisk import demand, with_columns_of
from pipelines.sources.canonical import UTC_TIME
from pipelines.sources.context import Context
from pipelines.sources.csv_layout import cells, header, plainly, separator
from pipelines.sources.lineage import in_order
from pipelines.sources.queue_events import KINDS, STATES
from pipelines.sources.queue_log import FIELDS, OF_THE_SERVER, Lines, rows_and_torn, staged
from pipelines.sources.raw import Raw, decode, head
from pipelines.sources.staged import Staged
from pipelines.sources.times import read_times

# our name -> theirs, the first that is there; `type` is the member only where nothing better is
NAMES: dict[str, tuple[str, ...]] = {
    "time": ("time", "date_time", "datetime", "eventtime", "event_time", "timestamp", "time_id",
             "epoch", "created", "created_at", "calldate"),
    "callid": ("callid", "call_id", "uniqueid", "unique_id"),
    "queue": ("queuename", "queue_name", "queue", "qname"),
    "event": ("event", "verb", "event_name", "event_type", "qevent"),
    "agent": ("agent", "agent_name", "agentname", "qagent", "member", "interface", "channel",
              "type"),
}  # fmt: skip
REQUIRED = ("time", "callid", "queue", "event")
_DATA = re.compile(r"^(?:data|info|param|arg|value|d)_?([1-6])$")
_DATA_FIELDS = [f"d{n}" for n in range(1, 7)]
_EPOCH = r"^\d{9,10}(?:\.\d+)?$"
_EPOCH_MS = r"^\d{13}$"  # as programs that read the log themselves keep it
_DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}"  # of a spreadsheet: with dots the day comes first
_NULLS = ("NULL", "\\N", "null")
# Asterisk's own order of columns, in a table exported without their names
_ORDER = ("time", "callid", "queue", "agent", "event")
_TIME = re.compile(r"^(?:\d{4}-\d\d-\d\d[ T]\d|\d\d\.\d\d\.\d{4} \d|\d{10}(?:\.\d+)?$)")
_NOBODY = ("", "none", "agent", "member", "operator", "user", "queue", "caller", "system")
_LOOKED_AT = 50  # lines by which such a table is known


def columns(names: Iterable[str]) -> dict[str, str]:
    """Return our name -> the file's own; empty where the columns are not those of a queue_log.

    >>> columns(["Time", "CallID", "QueueName", "Agent", "Event", "Data1"])["d1"]
    'Data1'
    """
    given = {name.strip().lower(): name for name in names}
    found = {
        ours: next(given[name] for name in theirs if name in given)
        for ours, theirs in NAMES.items()
        if not given.keys().isdisjoint(theirs)
    }
    if not set(REQUIRED) <= found.keys():
        return {}
    numbered = {name: _DATA.match(name) for name in given}
    found |= {f"d{match[1]}": given[name] for name, match in numbered.items() if match}
    return found | ({"data": given["data"]} if "data" in given else {})


def places(path: Path) -> dict[str, str]:
    """Return our name -> the number of the column of a CSV without a header; empty: it is none.

    A database's export often leaves the names out. The events tell where the columns stand.

    Raises:
        SourceError: the file cannot be read.
    """
    layout = header(path)[1]
    lines = plainly(decode(head(path), layout.encoding).lstrip("\ufeff"), layout).split("\n")
    rows = [cells(line, separator(layout)) for line in lines[:_LOOKED_AT] if line.strip()]
    found = [_event_at(row) for row in rows]
    at = max(set(found), key=found.count)
    if at < 0 or found.count(at) * 2 <= len(found):
        return {}
    last = max(len(row) for row in rows)
    given = {name: str(at - 3 + n) for n, name in enumerate(_ORDER)}
    data = [str(n) for n in range(at + 2, min(last, at + 1 + len(_DATA_FIELDS)) + 1)]
    return given | (
        {"data": data[0]} if len(data) == 1 else dict(zip(_DATA_FIELDS, data, strict=False))
    )


def _event_at(row: list[str | None]) -> int:
    """Return where a record has its event, from 0; -1 where it is no record of the log."""
    words = {*KINDS, *STATES, *OF_THE_SERVER}
    for at, cell in enumerate(row):
        if at >= len(_ORDER) - 1 and (cell or "") in words and _TIME.match(row[at - 4] or ""):
            return at
    return -1


def read(
    raws: Iterator[Raw], context: Context, file: str, given: dict[str, str] | None = None
) -> Iterator[Staged]:
    """Yield what a table of the log says, as `queue_log.read` does of its text.

    Args:
        raws: its parts. context: zone and key. file: its name, for errors.
        given: `places` of a table without a header; None: its header tells.

    Raises:
        SourceError: the columns are not those of a queue_log.
    """
    began_at: int | None = None
    given = given or {}
    for raw in raws:
        given = given or columns(raw.frame.columns)
        demand(given, raw.frame, file, f"{', '.join(REQUIRED)}, agent and data1 to data5 (or data)")
        split = _split(with_columns_of(raw.frame, given), given, context.zone)
        if began_at is None:
            earliest = split["event_at"].dt.epoch("s").min()
            began_at = earliest if isinstance(earliest, int) else 0
        rows, torn = rows_and_torn(split, context.key)
        torn = pl.concat([torn, raw.unreadable]).sort("row_no")
        named = _named(given, raw.frame.columns, split)
        unread = (
            *(c for c in raw.frame.columns if c not in ("row_no", *given.values())),
            *raw.unread,
        )
        lines = Lines(rows, torn, raw.position, raw.n_lines, began_at, named, unread)
        yield from staged(lines, context, is_copy=True)


def _named(given: dict[str, str], order: list[str], split: pl.DataFrame) -> dict[str, str]:
    """Return field of a line -> the column it is read from, in the order of the file."""
    names = {"event_at" if ours == "time" else ours: own for ours, own in given.items()}
    if "data" in names:
        own = names.pop("data")
        names |= {d: own for d in _DATA_FIELDS if d not in names}
    if split["agent"].null_count() == len(split):
        names.pop("agent", None)  # a `type` that is no member
    return in_order(names, order)


def _split(frame: pl.DataFrame, given: dict[str, str], zone: str) -> pl.DataFrame:
    """Return row_no, event_at, the fields of a line, and the row as one line."""
    texts = {ours: _text(frame[own]) for ours, own in given.items()}
    texts["event_at"] = (
        _times(frame[given["time"]], zone) if given else pl.Series([], dtype=UTC_TIME)
    )
    for name in FIELDS:
        texts.setdefault(name, pl.Series(name, [None] * len(frame), dtype=pl.String))
    made = pl.DataFrame({"row_no": frame["row_no"], **texts})
    if given.get("agent", "").strip().lower() == "type" and not _are_members(made):
        made = made.with_columns(agent=pl.lit(None, pl.String))
    if "data" in given:
        parts = pl.col("data").str.splitn("|", len(_DATA_FIELDS) + 1)
        is_whole = pl.all_horizontal(pl.col(c).fill_null("") == "" for c in _DATA_FIELDS)
        made = made.with_columns(
            pl.when(is_whole).then(parts.struct[i]).otherwise(c).alias(c)
            for i, c in enumerate(_DATA_FIELDS)
        )
    # a program that logs by itself may leave the separator of the text form at the end
    made = made.with_columns(pl.col(c).str.strip_chars_end("|") for c in _DATA_FIELDS)
    shown = [texts[name].alias(name) for name in given]
    line = pl.DataFrame(shown).select(pl.concat_str(pl.all(), separator="|", ignore_nulls=True))
    return made.with_columns(line=line.to_series() if shown else pl.lit(None, pl.String))


def _are_members(made: pl.DataFrame) -> bool:
    """Tell whether a column called `type` holds the member.

    It is nobody's name at an ENTERQUEUE, and more than a word for who the record is of.
    """
    entries = made.filter(pl.col("event").str.to_uppercase() == "ENTERQUEUE")["agent"]
    is_free = bool(entries.fill_null("").is_in(["", "NONE"]).all())
    return is_free and not bool(made["agent"].fill_null("").str.to_lowercase().is_in(_NOBODY).all())


def _text(values: pl.Series) -> pl.Series:
    if values.dtype.is_float():  # an id that Parquet kept as a float: 17.0 is 17
        whole = values.cast(pl.Int64, strict=False)
        values = whole if (whole.cast(pl.Float64) == values).all() else values
    text = values.cast(pl.String, strict=False).str.strip_chars()
    return text.set(text.is_in(_NULLS).fill_null(False), None)


def _times(values: pl.Series, zone: str) -> pl.Series:
    if values.dtype.is_temporal():
        return read_times(values, zone)
    text = _text(values)
    is_ms = text.str.contains(_EPOCH_MS).fill_null(False)
    is_epoch = is_ms | text.str.contains(_EPOCH).fill_null(False)
    number = text.set(~is_epoch, None).cast(pl.Float64, strict=False)
    epoch = (number * 1_000_000.0).zip_with(~is_ms, number * 1_000.0).cast(pl.Int64)
    told = text.set(is_epoch, None)
    local = read_times(told, zone)
    if local.null_count() > told.null_count():
        dotted = told.set(~told.str.contains(_DOTTED).fill_null(False), None)
        local = local.fill_null(read_times(dotted, zone, ("day_first",)))
    return epoch.cast(UTC_TIME).fill_null(local)
