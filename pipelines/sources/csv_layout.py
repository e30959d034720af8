"""How a CSV file is written: delimiter, quote, encoding, where its header stands.

What the fast reader cannot take (a delimiter of several characters, another quote) changes places
with what it can, and back again in the values.
"""

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.csv_records import LONGEST_RECORD, QUOTED
from pipelines.sources.raw import decode, head, settled

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
    found = cells(line, separator(layout))
    if len(found) > MOST_COLUMNS:
        raise SourceError(
            f"{path.name}: {len(found)} columns in the header, {MOST_COLUMNS} at most. "
            f"Name its delimiter and the line of its header in a profile."
        )
    if layout.header == 0:
        return [str(n) for n in range(1, len(found) + 1)], layout
    names: list[str] = []
    for name in found:
        clean = " ".join(_restored(name or "", layout).split()) or f"column_{len(names) + 1}"
        is_taken = clean in (*names, LINE, "row_no")
        names.append(f"{clean}_{len(names) + 1}" if is_taken else clean)
    return names, replace(layout, header=last)


def _header_record(lines: list[str], first: int, layout: Layout) -> tuple[str, int]:
    """Return the header and the number of its last line: quoted names may hold line ends."""
    for last in range(first, min(first + LONGEST_RECORD, len(lines) + 1)):
        line = plainly("\n".join(lines[first - 1 : last]), layout)
        if line.count('"') % 2 == 0:
            return line, last
    return plainly(lines[first - 1], layout), first


def _delimiter(lines: list[str], layout: Layout) -> str:
    """Return the delimiter that cuts the header, and most lines into as many fields as it."""
    plain = pl.Series([plainly(line, layout) for line in lines if line.strip()])
    bare = plain.str.replace_all(QUOTED, "q")
    counts = {d: bare.str.count_matches(d, literal=True) for d in DELIMITERS}
    alike = {d: float((n == n[0]).mean() or 0) for d, n in counts.items()}
    return max(DELIMITERS, key=lambda d: (counts[d][0] * (alike[d] > 0.5), counts[d][0]))


def separator(layout: Layout) -> str:
    """Return the one byte that parts fields once the text is written `plainly`."""
    return layout.delimiter if len(layout.delimiter.encode()) == 1 else _SEPARATOR


def plainly(text: str, layout: Layout) -> str:
    """Write a text with a one-byte separator and double quotes, which the fast reader takes."""
    if layout.delimiter and separator(layout) != layout.delimiter:
        text = text.replace(layout.delimiter, _SEPARATOR)
    if layout.quote == '"':
        return text
    return text.translate(_swap(_quotes(layout)))


def _restored(text: str, layout: Layout) -> str:
    """Undo `plainly` in a value."""
    if separator(layout) != layout.delimiter:
        text = text.replace(_SEPARATOR, layout.delimiter)
    if layout.quote == '"':
        return text
    return text.translate(_swap({b: a for a, b in _quotes(layout).items()}))


def restored_frame(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Undo `plainly` in every value of a frame."""
    back = {} if separator(layout) == layout.delimiter else {_SEPARATOR: layout.delimiter}
    if layout.quote != '"':
        back |= {b: a for a, b in _quotes(layout).items()}
    return frame.with_columns(pl.col(pl.String).str.replace_many(back)) if back else frame


def _swap(pairs: dict[str, str]) -> dict[int, str]:
    return {ord(a): b for a, b in pairs.items()}


def _quotes(layout: Layout) -> dict[str, str]:
    """Return which characters change places so that the file's quote is a double one."""
    return {layout.quote: '"', '"': layout.quote} if layout.quote else {'"': _MARK}


def cells(line: str, delimiter: str) -> list[str | None]:
    """Split one record; an empty field is null."""
    csv.field_size_limit(1 << 30)
    # a lone carriage return is white space, which Python's csv would refuse
    lines = io.StringIO(line.replace("\r", " "), newline="")
    return [cell or None for cell in next(csv.reader(lines, delimiter=delimiter), [])]
