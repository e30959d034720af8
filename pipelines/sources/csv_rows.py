"""CSV files as columns of strings. What a record is, with torn lines about: csv_records.py."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.csv_records import QUOTED, may_grow, records_of
from pipelines.sources.raw import Raw, decode, head, lines_of, parts
from pipelines.sources.staged import UNREADABLE

LINE = "\x00line"  # our column beside the file's own, which may have any name
DELIMITERS = (",", ";", "\t", "|")


def header(path: Path, delimiter: str = "", encoding: str = "") -> tuple[list[str], str]:
    """Return the column names of a CSV file and its delimiter.

    Raises:
        SourceError: there is no header line.
    """
    data = head(path)
    text = data.decode(encoding, errors="replace") if encoding else decode(data)
    first = next((line for line in text.lstrip("\ufeff").split("\n") if line.strip()), "")
    if not first:
        raise SourceError(f"{path.name}: empty, there is no header line")
    if not delimiter:
        bare = pl.Series([first]).str.replace_all(QUOTED, "q")[0]
        delimiter = max(DELIMITERS, key=bare.count)
    names: list[str] = []
    for name in _cells(first, delimiter):
        clean = (name or "").strip() or f"column_{len(names) + 1}"
        is_taken = clean in (*names, LINE, "row_no")
        names.append(f"{clean}_{len(names) + 1}" if is_taken else clean)
    return names, delimiter


def rows(
    path: Path,
    start: int = 0,
    whole: bool = True,
    first_row: int = 1,
    delimiter: str = "",
    encoding: str = "",
    size: int = 0,
) -> Iterator[Raw]:
    """Yield the records of a CSV file as strings; `row_no` is the line a record begins on.

    Args:
        path: the file; its first line names the columns, also when `start` is past it.
        start, whole, size: as `raw.parts`. first_row: number of the line at `start`.
        delimiter: found in the header when empty. encoding: UTF-8 or Windows-1251 when empty.
    """
    names, delimiter = header(path, delimiter, encoding)
    done, held, has_header = first_row - 1, b"", start == 0
    for part in parts(path, start, whole, size):
        data = held + part.data
        text = data.decode(encoding, errors="replace") if encoding else decode(data)
        lines = lines_of(text.replace("\r\n", "\n").lstrip("\ufeff"))
        if has_header:
            filled = lines.filter(pl.col("line").str.strip_chars() != "")
            has_header = filled.is_empty()
            if not has_header:
                lines = lines.filter(pl.col("n") > filled["n"][0])
        records = records_of(lines, len(names), delimiter, part.is_last)
        records, n_open = _hold_open(records, is_last=part.is_last)
        held = _last_lines(data, n_open)
        good, bad = _parse(records, names, delimiter)
        first = done + 1
        n_seen = text.count("\n") + (bool(text) and not text.endswith("\n"))
        done += n_seen - n_open
        yield Raw(
            good.with_columns(row_no=pl.col(LINE) + first).drop(LINE),
            bad.select(row_no=pl.col("n") + first, reason="reason", row="line").cast(
                pl.Schema(UNREADABLE)
            ),
            len(good) + len(bad),
            part.end - len(held),
            done,
        )


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
