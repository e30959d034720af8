"""Workbooks (XLSX, also XLS, XLSB, ODS): one sheet, its dates as dates.

A sheet is read whole, since its format has no rows to stream; how large it may be is limited.
"""

import contextlib
import logging
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from pipelines.errors import SourceError, nearest
from pipelines.sources.csv_layout import MOST_COLUMNS
from pipelines.sources.raw import Raw
from pipelines.sources.staged import no_unreadable

SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MOST_BYTES = 1 << 30  # of unpacked XML: a million rows of ten columns
_MOST_DEFLATED, _CHUNK = 1032, 1 << 16  # times a byte can grow in deflate; bytes read at once
# cells of a column that is text because some of its cells are
_MIDNIGHT = r"^(\d{4}-\d\d-\d\d) 00:00:00$"
_ANY_MOMENT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_NO_DAY = r"^(1899-12-31|1904-01-01|1900-01-(\d\d)) (\d\d):(\d\d:\d\d)"
_NO_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, ValueError, RuntimeError,
)  # fmt: skip
_FIRST_DAY = date(1904, 1, 3)  # a cell with a time of day only is a day of 1899 or 1904


def rows(path: Path, sheet: str = "", header: int | None = None) -> Iterator[Raw]:
    """Yield the rows of one sheet at once; `row_no` is the row in the sheet.

    Args:
        path: the workbook.
        sheet: its name; empty: the first.
        header: row of the column names; 0: none, columns are `1`, `2`, …; None: the first.

    Columns of dates are Datetime, of numbers Float64, others strings; mixed ones are strings with
    dates in ISO form. Times of day and durations are text `hh:mm:ss`. Empty rows are left out.

    Raises:
        SourceError: it is no workbook, too large, or has no such sheet.
    """
    frame, first = _sheet(path, sheet, header)
    names = [c for c in frame.columns if frame[c].null_count() < len(frame)]
    row_no = pl.int_range(first, first + len(frame), dtype=pl.Int64)
    frame = frame.with_columns(row_no=row_no).filter(
        pl.any_horizontal(pl.col(c).is_not_null() for c in names) if names else pl.lit(False)
    )
    yield Raw(frame, no_unreadable(), len(frame), path.stat().st_size, first - 1 + len(frame))


def names(path: Path, sheet: str = "", header: int | None = None) -> list[str]:
    """Return the column names of a sheet.

    Raises:
        SourceError: see `rows`.
    """
    return _sheet(path, sheet, header, n_rows=1)[0].columns


def _sheet(
    path: Path, sheet: str, header: int | None, n_rows: int | None = None
) -> tuple[pl.DataFrame, int]:
    """Return a sheet's frame and the number of its first row of data."""
    _verify_size(path)
    first = 1 if header is None else header
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of every empty column
    try:
        book = fastexcel.read_excel(path)
        found = book.sheet_names
        if sheet and sheet not in found:
            known = ", ".join(found)
            raise SourceError(f"{path.name}: no sheet '{sheet}'{nearest(sheet, found)}: {known}")
        frame = _load(book, sheet or 0, first - 1 if first else None, n_rows)
    except SourceError:
        raise
    except BaseException as error:
        # the reader's own faults on damaged files come as panics, which are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise SourceError(f"{path.name}: {_why_not(path)}") from None
    if frame.width > MOST_COLUMNS:
        raise SourceError(f"{path.name}: {frame.width} columns, {MOST_COLUMNS} at most")
    if not first:
        frame.columns = [str(n) for n in range(1, frame.width + 1)]
    return frame.select(_column(frame[c]) for c in _named(frame)), first + 1


def _load(
    book: fastexcel.ExcelReader, sheet: str | int, header_row: int | None, n_rows: int | None
) -> pl.DataFrame:
    """Load a sheet; a column of cells that fit no one type (durations and words) is text."""
    texts: dict[str | int, Any] = {}
    while True:
        try:
            return book.load_sheet(
                sheet,
                header_row=header_row,
                n_rows=n_rows,
                schema_sample_rows=None,  # a column is what all its cells are
                dtypes=texts or None,
            ).to_polars()
        except fastexcel.UnsupportedColumnTypeCombinationError as error:
            told = re.search(r"for column (.+)", str(error))
            if not told or told[1] in texts:
                raise
            texts[told[1]] = "string"


def _why_not(path: Path) -> str:
    """Say what to do about a file that is no workbook, though it begins as one."""
    with contextlib.suppress(*_NO_ARCHIVE), zipfile.ZipFile(path) as archive:
        held = archive.namelist()
        if held and not {"[Content_Types].xml", "content.xml"} & set(held):
            return f"a ZIP archive of {len(held)} files, which is not opened. Unpack it first."
    return (
        "not a workbook that can be read, or it is damaged. Nothing was written. "
        "Open it and save it again as XLSX or CSV."
    )


def _named(frame: pl.DataFrame) -> list[str]:
    return [c for c in frame.columns if c != "row_no"]


def _column(values: pl.Series) -> pl.Expr:
    """Write times of day as text; datetimes stay."""
    column = pl.col(values.name)
    if values.dtype == pl.Duration:
        s = column.dt.total_seconds()
        return pl.format(
            "{}:{}:{}",
            (s // 3600).cast(pl.String).str.zfill(2),
            (s // 60 % 60).cast(pl.String).str.zfill(2),
            (s % 60).cast(pl.String).str.zfill(2),
        ).alias(values.name)
    if values.dtype == pl.Time:
        return column.cast(pl.String)
    if values.dtype == pl.String:
        return _cells_as_text(values)
    if isinstance(values.dtype, pl.Datetime) and (values.dt.date() < _FIRST_DAY).any():
        return column.dt.strftime("%H:%M:%S")
    return column


def _cells_as_text(values: pl.Series) -> pl.Expr:
    """Write dates and times of day of a mixed column as people would: no midnight, no year 1899."""
    text = pl.col(values.name)
    is_day = values.str.contains(_MIDNIGHT)
    if is_day.any() and (is_day == values.str.contains(_ANY_MOMENT)).all():
        text = text.str.replace(_MIDNIGHT, "$1")
    if not values.str.contains(_NO_DAY).any():
        return text
    n_days = text.str.extract(_NO_DAY, 2).cast(pl.Int64).fill_null(0)
    hours = text.str.extract(_NO_DAY, 3).cast(pl.Int64) + 24 * n_days
    clock = pl.format("{}:{}", hours.cast(pl.String).str.zfill(2), text.str.extract(_NO_DAY, 4))
    return pl.coalesce(clock, text).alias(values.name)


def _verify_size(path: Path) -> None:
    """Refuse a workbook that unpacks to more than memory should hold."""
    try:
        with zipfile.ZipFile(path) as book:
            size = sum(_unpacked_size(book, part) for part in book.infolist())
    except _NO_ARCHIVE:
        size = path.stat().st_size  # XLS is no archive; a damaged one is refused by the reader
    if size > MOST_BYTES:
        raise SourceError(
            f"{path.name}: unpacks to more than {MOST_BYTES >> 20} MB. Nothing was written. "
            f"Save the sheet as CSV: it is read in parts."
        )


def _unpacked_size(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Return the size of a part; what it says of itself is believed where it cannot be a bomb."""
    if part.compress_size * _MOST_DEFLATED <= MOST_BYTES or part.file_size > MOST_BYTES:
        return part.file_size
    file, size, unpack = book.fp, 0, zlib.decompressobj(-zlib.MAX_WBITS)
    if file is None or part.compress_type != zipfile.ZIP_DEFLATED:
        return part.file_size
    file.seek(part.header_offset + 26)
    n_name, n_extra = struct.unpack("<HH", file.read(4))
    file.seek(n_name + n_extra, 1)
    left = part.compress_size
    while left > 0 and size <= MOST_BYTES and (data := file.read(min(left, _CHUNK))):
        left -= len(data)
        size += len(unpack.decompress(data, MOST_BYTES + 1))
    return size
