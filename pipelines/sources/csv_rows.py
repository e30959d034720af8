"""CSV files as columns of strings. What a record is, with torn lines about: csv_records.py."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.csv_records import LONGEST_RECORD, QUOTED, may_grow, records_of
from pipelines.sources.raw import Raw, decode, head, lines_of, parts, settled
from pipelines.sources.staged import UNREADABLE

LINE = "\x00line"  # our column beside the file's own, which may have any name
DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 4096
_SEPARATOR, _MARK = "\x1f", "\x1e"  # stand in for what the fast reader cannot take
_LOOKED_AT = 20  # lines the delimiter is found in


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written; a profile may name what its own header does not tell."""

    delimiter: str = ""  # any string; empty: found in the first lines
    encoding: str = ""  # empty: found
    quote: str = '"'  # empty: quotes are characters like any other
    header: int | None = None  # line of the column names; 0: none; None: the first that is filled


def header(path: Path, layout: Layout | None = None) -> tuple[list[str], Layout]:
    """Return the column names of a CSV file, and its layout with nothing left to find.

    Columns of a file without a header are `1`, `2`, ….

    Raises:
        SourceError: there is no header line, or it has more columns than any log.
    """
    layout = layout or Layout()
    encoding = settled(path, layout.encoding)
    text = decode(head(path, encoding=layout.encoding), encoding).lstrip("\ufeff")
    lines = text.split("\n")
    first = layout.header or next((n for n, line in enumerate(lines, 1) if line.strip()), 0)
    if not first or first > len(lines) or not lines[first - 1].strip():
        where = f"line {first} is empty" if first else "empty"
        raise SourceError(f"{path.name}: {where}, there is no header line")
    layout = replace(layout, encoding=encoding)
    if not layout.delimiter:
        layout = replace(layout, delimiter=_delimiter(lines[first - 1 :][:_LOOKED_AT], layout))
    line, last = _header_record(lines, first, layout)
    cells = _cells(line, _separator(layout))
    if len(cells) > MOST_COLUMNS:
        raise SourceError(
            f"{path.name}: {len(cells)} columns in the header, {MOST_COLUMNS} at most. "
            f"Name its delimiter and the line of its header in a profile."
        )
    if layout.header == 0:
        return [str(n) for n in range(1, len(cells) + 1)], layout
    names: list[str] = []
    for name in cells:
        clean = " ".join(_restored(name or "", layout).split()) or f"column_{len(names) + 1}"
        is_taken = clean in (*names, LINE, "row_no")
        names.append(f"{clean}_{len(names) + 1}" if is_taken else clean)
    return names, replace(layout, header=last)


def _header_record(lines: list[str], first: int, layout: Layout) -> tuple[str, int]:
    """Return the header and the number of its last line: quoted names may hold line ends."""
    for last in range(first, min(first + LONGEST_RECORD, len(lines) + 1)):
        line = _plainly("\n".join(lines[first - 1 : last]), layout)
        if line.count('"') % 2 == 0:
            return line, last
    return _plainly(lines[first - 1], layout), first


def _delimiter(lines: list[str], layout: Layout) -> str:
    """Return the delimiter that cuts the header, and most lines into as many fields as it."""
    plain = pl.Series([_plainly(line, layout) for line in lines if line.strip()])
    bare = plain.str.replace_all(QUOTED, "q")
    counts = {d: bare.str.count_matches(d, literal=True) for d in DELIMITERS}
    alike = {d: float((n == n[0]).mean() or 0) for d, n in counts.items()}
    return max(DELIMITERS, key=lambda d: (counts[d][0] * (alike[d] > 0.5), counts[d][0]))


def rows(
    path: Path,
    start: int = 0,
    whole: bool = True,
    first_row: int = 1,
    layout: Layout | None = None,
    size: int = 0,
) -> Iterator[Raw]:
    """Yield the records of a CSV file as strings; `row_no` is the line a record begins on.

    Args:
        path: the file; its header names the columns, also when `start` is past it.
        start, whole, size: as `raw.parts`. first_row: number of the line at `start`.
        layout: how it is written; what it leaves empty is found.
    """
    named = (layout or Layout()).encoding
    names, layout = header(path, layout)
    done, held, has_header = first_row - 1, b"", start == 0
    for part in parts(path, start, whole, size, named):
        data = held + part.data
        text = decode(data, layout.encoding)
        lines = lines_of(_plainly(text.lstrip("\ufeff"), layout))
        if has_header:
            n_before = (layout.header or 0) - done
            lines = lines.filter(pl.col("n") >= n_before)
            has_header = n_before > text.count("\n")
        records = records_of(lines, len(names), _separator(layout), part.is_last)
        records, n_open = _hold_open(records, is_last=part.is_last)
        held = _last_lines(data, n_open)
        good, bad = _parse(records, names, _separator(layout))
        first = done + 1
        n_seen = text.count("\n") + (bool(text) and not text.endswith("\n"))
        done += n_seen - n_open
        yield Raw(
            _restored_frame(good, layout).with_columns(row_no=pl.col(LINE) + first).drop(LINE),
            _restored_frame(
                bad.select(row_no=pl.col("n") + first, reason="reason", row="line").cast(
                    pl.Schema(UNREADABLE)
                ),
                layout,
            ),
            len(good) + len(bad),
            part.end - len(held),
            done,
        )


def _separator(layout: Layout) -> str:
    return layout.delimiter if len(layout.delimiter.encode()) == 1 else _SEPARATOR


def _plainly(text: str, layout: Layout) -> str:
    """Write a text with a one-byte separator and double quotes, which the fast reader takes."""
    if layout.delimiter and _separator(layout) != layout.delimiter:
        text = text.replace(layout.delimiter, _SEPARATOR)
    if layout.quote == '"':
        return text
    return text.translate(str.maketrans(_quotes(layout)))


def _restored(text: str, layout: Layout) -> str:
    """Undo `_plainly` in a value."""
    if _separator(layout) != layout.delimiter:
        text = text.replace(_SEPARATOR, layout.delimiter)
    if layout.quote == '"':
        return text
    return text.translate(str.maketrans({b: a for a, b in _quotes(layout).items()}))


def _restored_frame(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    back = {} if _separator(layout) == layout.delimiter else {_SEPARATOR: layout.delimiter}
    if layout.quote != '"':
        back |= {b: a for a, b in _quotes(layout).items()}
    return frame.with_columns(pl.col(pl.String).str.replace_many(back)) if back else frame


def _quotes(layout: Layout) -> dict[str, str]:
    """Return which characters change places so that the file's quote is a double one."""
    return {layout.quote: '"', '"': layout.quote} if layout.quote else {'"': _MARK}


def _hold_open(records: pl.DataFrame, is_last: bool) -> tuple[pl.DataFrame, int]:
    """Leave a record whose quote is still open at the end of a part to the next part."""
    if is_last or records.is_empty() or records["is_whole"][-1] or not may_grow(records):
        return records, 0
    return records.head(-1), int(records["n_lines"][-1])


def _last_lines(data: bytes, n_lines: int) -> bytes:
    if not n_lines:
        return b""
    at = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(n_lines):
        at = data.rfind(b"\n", 0, at)
    return data[at + 1 :]


def _parse(
    records: pl.DataFrame, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split whole records into columns; return them with LINE, and the others with a reason."""
    records = records.filter(pl.col("line").str.strip_chars(" \t\r") != "")
    good = records.filter("is_whole")
    reason = pl.lit(f"wrong number of fields, {len(names)} wanted")
    bad = records.filter(~pl.col("is_whole")).select("n", "line", reason=reason)
    plain, stray = good.filter("is_plain"), good.filter(~pl.col("is_plain"))
    table = _split(plain, names, delimiter)
    if table is None:  # the fast reader saw other records than we did
        table, stray = _table([], names), good
    cells = [[n, *_cells(line, delimiter)] for n, line in stray.select("n", "line").iter_rows()]
    fitting = _table([row for row in cells if len(row) == len(names) + 1], names)
    spoilt = stray.join(fitting, left_on="n", right_on=LINE, how="anti").select(
        "n", "line", reason=reason
    )
    return pl.concat([table, fitting]).sort(LINE), pl.concat([bad, spoilt]).sort("n")


def _cells(line: str, delimiter: str) -> list[str | None]:
    csv.field_size_limit(1 << 30)
    # a lone carriage return is white space, which Python's csv would refuse
    lines = io.StringIO(line.replace("\r", " "), newline="")
    return [cell or None for cell in next(csv.reader(lines, delimiter=delimiter), [])]


def _table(cells: list[list[object]], names: list[str]) -> pl.DataFrame:
    schema = {LINE: pl.Int64, **dict.fromkeys(names, pl.String)}
    return pl.DataFrame(cells, schema=schema, orient="row")


def _split(good: pl.DataFrame, names: list[str], delimiter: str) -> pl.DataFrame | None:
    if good.is_empty():
        return _table([], names)
    try:
        table = pl.read_csv(
            io.BytesIO(good["line"].str.join("\n")[0].encode()),
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=delimiter,
            quote_char='"' if good["n_quotes"].sum() else None,
        )
    except pl.exceptions.PolarsError:
        return None
    return table.insert_column(0, good["n"].alias(LINE)) if len(table) == len(good) else None
