"""Files as parts of bounded size: bytes, encoding, lines. Nothing here knows a dataset."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from pipelines.errors import SourceError

PART_BYTES = 32 << 20  # about 200,000 wide rows; memory is some ten times that
LONGEST_LINE = 64 << 20
_CYRILLIC = r"[А-Яа-яЁё]"


@dataclass(frozen=True)
class Raw:
    """A part of a file before any meaning: columns as strings (Parquet: as they are).

    `frame` has `row_no` beside the file's own columns; `unreadable` holds raw lines and must be
    masked before it goes anywhere.
    """

    frame: pl.DataFrame
    unreadable: pl.DataFrame
    n_read: int
    position: int
    n_lines: int


@dataclass(frozen=True)
class Part:
    """Whole lines of a file; `end` is the byte after them."""

    data: bytes
    end: int
    is_last: bool


def is_gzip(path: Path) -> bool:
    """Tell whether a file is gzip by its first bytes."""
    with _opened(path) as file:
        return file.read(2) == b"\x1f\x8b"


def head(path: Path, size: int = 1 << 18) -> bytes:
    """Return the first bytes of a file, unpacked; a line cut at the end is left out.

    Raises:
        SourceError: the file cannot be read or unpacked.
    """
    packed = is_gzip(path)
    try:
        with _opened(path) as file:
            if not packed:
                data = file.read(size)
            else:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    data = unpacked.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error
    if len(data) == size and b"\n" in data:
        data = data[: data.rfind(b"\n") + 1]
    return data


def parts(path: Path, start: int = 0, whole: bool = True, size: int = 0) -> Iterator[Part]:
    """Cut a file at line ends into parts of about PART_BYTES.

    Args:
        path: the file, plain or gzip (a gzip file is always read whole, from its start).
        start: byte to begin at, a line's first.
        whole: False leaves a last line without its line end for later.
        size: bytes a part; 0 = PART_BYTES.

    Raises:
        SourceError: the file cannot be read, is cut off (gzip), or has no line ends.
    """
    size = size or PART_BYTES
    packed = is_gzip(path)
    try:
        with _opened(path) as file:
            stream: IO[bytes] = gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
            if start and not packed:
                stream.seek(start)
            yield from _cut(path, stream, 0 if packed else start, whole, size)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _cut(path: Path, stream: IO[bytes], end: int, whole: bool, size: int) -> Iterator[Part]:
    held = b""
    while True:
        data = stream.read(size)
        if not data:
            break
        cut = data.rfind(b"\n") + 1
        if not cut:
            held += data
            if len(held) > LONGEST_LINE:
                raise SourceError(f"{path.name}: a line longer than {LONGEST_LINE >> 20} MB")
            continue
        ready, held = held + data[:cut], data[cut:]
        end += len(ready)
        yield Part(ready, end, is_last=False)
    if whole:
        yield Part(held, end + len(held), is_last=True)


def decode(data: bytes) -> str:
    """Return text of a part: UTF-8, else Windows-1251 where that gives more letters.

    Damaged bytes of a UTF-8 part become U+FFFD: the row stays, its damage is seen.
    """
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", errors="replace")
    letters = pl.Series([text]).str.count_matches(_CYRILLIC)[0]
    if text.count("\ufffd") > letters:
        text = data.decode("cp1251", errors="replace")
    return text.replace("\r\n", "\n")


def lines_of(text: str) -> pl.DataFrame:
    """Return `line` of a text, in order, with `n` its number from 0; no line after the last end."""
    lines = pl.Series("line", [text]).str.split("\n").explode()
    if text.endswith("\n") or not text:
        lines = lines.head(-1)
    return pl.DataFrame({"n": pl.int_range(len(lines), eager=True), "line": lines})


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SourceError:
    why = getattr(error, "strerror", None) or "the archive is cut off or damaged"
    return SourceError(f"{path}: cannot be read ({why}). Nothing was written.")
