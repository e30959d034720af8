"""Which format a file has, its column names, and its rows before any meaning."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.ahead import ahead
from pipelines.sources import csv_rows, json_docs, json_rows, parquet_rows, raw, xlsx_rows
from pipelines.sources.csv_layout import Layout, header
from pipelines.sources.json_rows import ALL, Wanted
from pipelines.sources.raw import Raw, decode, head

PARQUET, QUEUE_LOG, CDR, XLSX, JSONL, JSON, CSV, EMPTY = (
    "parquet", "queue_log", "asterisk_cdr", "xlsx", "jsonl", "json", "csv", "empty"
)  # fmt: skip
NESTED = (JSONL, JSON)  # formats whose values have paths
TABLES = (PARQUET, XLSX, CSV, *NESTED)  # formats that name their columns
_QUEUE_LOG = re.compile(r"^\d{9,11}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z]+")
# ...,start,answer,end,duration,billsec,disposition,... of a Master.csv, which has no header
_MASTER = re.compile(
    r'(?:^|,)"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,(?:"?[-\d: ]*"?,){2}"?\d+"?,"?\d+"?,'
    r'"?[A-Z ]+"?,"?[A-Z\d]*"?(?:,|\s*$)'
)
_SAMPLE_LINES = 200


@dataclass(frozen=True)
class Way:
    """How to read a file: what a profile says of it; all else is found."""

    format: str = ""
    layout: Layout = field(default_factory=Layout)  # CSV; encoding and header of others too
    sheet: str = ""  # of a workbook
    records: str = ""  # of a JSON document
    wanted: Wanted = ALL  # of JSON

    @property
    def is_plain(self) -> bool:
        """Tell whether nothing is said that changes the names of columns."""
        return (self.layout, self.sheet, self.records) == (Layout(), "", "")


@dataclass(frozen=True)
class Tail:
    """From where to read: a byte, whether the file is whole, the number of the line there."""

    start: int = 0
    whole: bool = True
    first_row: int = 1


def file_format(path: Path, encoding: str = "") -> str:
    """Return the format of a file, by its content; `empty` for no content.

    Raises:
        SourceError: the file cannot be read.
    """
    data = head(path, encoding=encoding)
    if data[:4] == b"PAR1":
        return PARQUET
    if data.startswith(xlsx_rows.SIGNATURES):
        return XLSX
    lines = [line for line in decode(data).split("\n") if line.strip()][:_SAMPLE_LINES]
    if not lines:
        return EMPTY
    if lines[0].lstrip("\ufeff \t").startswith("["):
        return JSON
    if sum(bool(_QUEUE_LOG.match(line)) for line in lines) * 2 > len(lines):
        return QUEUE_LOG
    if sum(bool(_MASTER.search(line)) for line in lines) * 2 > len(lines):
        return CDR
    if sum(line.lstrip().startswith("{") for line in lines) * 2 > len(lines):
        return JSONL if len(lines) > 1 or lines[0].rstrip() != "{" else JSON
    return JSON if lines[0].startswith("{") and _is_opening(lines[0]) else CSV


def _is_opening(line: str) -> bool:
    """Tell whether a line opens a JSON object that goes on in the next lines."""
    return bool(re.match(r'^\{\s*(?:"[^"]*"\s*:.*)?$', line))


def is_growable(path: Path) -> bool:
    """Tell whether a log can be read on as it grows: line by line, from a byte.

    Raises:
        SourceError: the file cannot be read.
    """
    return raw.is_growable(path) and file_format(path) in (CSV, JSONL, QUEUE_LOG)


def raw_rows(path: Path, way: Way, tail: Tail | None = None) -> Iterator[Raw]:
    """Yield the rows of a file in parts; of a large one the next is read while one is in use.

    Raises:
        SourceError: the file cannot be read, or not in this format.
    """
    rows = _rows(path, way, tail or Tail())
    yield from ahead(rows) if is_large(path) else rows


def is_large(path: Path) -> bool:
    """Tell whether a file comes in several parts: worth threads of its own."""
    return path.stat().st_size > raw.PART_BYTES


def _rows(path: Path, way: Way, tail: Tail) -> Iterator[Raw]:
    form = way.format or file_format(path, way.layout.encoding)
    if form == PARQUET:
        return parquet_rows.rows(path)
    if form == XLSX:
        return xlsx_rows.rows(path, way.sheet, way.layout.header)
    if form == JSON or (form == JSONL and way.records):
        return json_docs.rows(path, way.wanted, way.records, way.layout.encoding)
    if form == JSONL:
        return json_rows.rows(
            path, tail.start, tail.whole, tail.first_row, way.wanted, way.layout.encoding
        )
    return csv_rows.rows(path, tail.start, tail.whole, tail.first_row, way.layout)


def names(path: Path, form: str, way: Way | None = None) -> set[str]:
    """Return the column names of a file, or the keys of its first JSON objects.

    Raises:
        SourceError: the file cannot be read, or not in this format.
    """
    way = way or Way()
    if form == PARQUET:
        return set(parquet_rows.names(path))
    if form == XLSX:
        return set(xlsx_rows.names(path, way.sheet, way.layout.header))
    if form == CSV:
        return set(header(path, way.layout)[0])
    return {key for row in sample(path, form, way) for key in row}


def sample(path: Path, form: str, way: Way | None = None) -> list[dict[str, object]]:
    """Return the first objects of a JSON file.

    Raises:
        SourceError: the file cannot be read, or is no whole document.
    """
    way = way or Way()
    if form == JSON or way.records:
        first = next(json_docs.elements(path, way.records, way.layout.encoding), None)
        lines = [] if first is None else first["line"].head(_SAMPLE_LINES).to_list()
    else:
        lines = decode(head(path, encoding=way.layout.encoding)).split("\n")[:_SAMPLE_LINES]
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
