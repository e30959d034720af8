"""CSV files as columns of strings. What a record is, with torn lines about: csv_records.py."""

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.sources.csv_layout import (
    LINE,
    Layout,
    cells,
    header,
    plainly,
    restored_frame,
    separator,
)
from pipelines.sources.csv_records import may_grow, records_of
from pipelines.sources.raw import Raw, decode, lines_of, parts
from pipelines.sources.staged import UNREADABLE


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
        lines = lines_of(plainly(text.lstrip("\ufeff"), layout))
        if has_header:
            n_before = (layout.header or 0) - done
            lines = lines.filter(pl.col("n") >= n_before)
            has_header = n_before > text.count("\n")
        records = records_of(lines, len(names), separator(layout), part.is_last)
        records, n_open = _hold_open(records, is_last=part.is_last)
        held = _last_lines(data, n_open)
        good, bad = _parse(records, names, separator(layout))
        first = done + 1
        n_seen = text.count("\n") + (bool(text) and not text.endswith("\n"))
        done += n_seen - n_open
        yield Raw(
            restored_frame(good, layout).with_columns(row_no=pl.col(LINE) + first).drop(LINE),
            restored_frame(
                bad.select(row_no=pl.col("n") + first, reason="reason", row="line").cast(
                    pl.Schema(UNREADABLE)
                ),
                layout,
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
    found = [[n, *cells(line, delimiter)] for n, line in stray.select("n", "line").iter_rows()]
    fitting = _table([row for row in found if len(row) == len(names) + 1], names)
    spoilt = stray.join(fitting, left_on="n", right_on=LINE, how="anti").select(
        "n", "line", reason=reason
    )
    return pl.concat([table, fitting]).sort(LINE), pl.concat([bad, spoilt]).sort("n")


def _table(rows: list[list[object]], names: list[str]) -> pl.DataFrame:
    schema = {LINE: pl.Int64, **dict.fromkeys(names, pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


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
