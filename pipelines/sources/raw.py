"""Files as parts of bounded size: bytes, encoding, lines. Nothing here knows a dataset."""

import codecs
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.encodings import encoding_of, is_wide
from pipelines.sources.streams import Reader, encoding_on_disk, is_gzip, open_stream

# each MB of a part takes up to 50 MB of memory on the way; a smaller part costs as much again
PART_BYTES = 8 << 20
PART_LINES = 100_000  # short lines take far more memory than their bytes
# of logs whose lines say more beside the lines before them: a part ends what is known of a call
SEAMS_BYTES, SEAMS_LINES = 16 << 20, 1 << 20
LONGEST_LINE = 16 << 20  # a chat of a thousand long messages has 1 MB


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
    unread: tuple[str, ...] = ()  # some of the keys nobody asked for (JSON)


@dataclass(frozen=True)
class Part:
    """Whole lines of a file; `end` is the byte after them."""

    data: bytes
    end: int
    is_last: bool


def head(path: Path, size: int = 1 << 18, encoding: str = "") -> bytes:
    """Return the first bytes of a file, unpacked; a line cut at the end is left out.

    UTF-16 comes as UTF-8, here and in `parts`: a line end must be one byte.

    Raises:
        SourceError: the file cannot be read or unpacked.
    """
    with open_stream(path, encoding) as stream:
        data = b""
        while len(data) < size and (more := stream.read(size - len(data))):
            data += more
    if len(data) >= size and b"\n" in data:
        data = data[: data.rfind(b"\n") + 1]
    return data


def settled(path: Path, encoding: str = "") -> str:
    """Return the encoding of what `parts` yields of a file; empty where each part must tell.

    Raises:
        SourceError: the file cannot be read or unpacked.
    """
    if is_wide(encoding):
        return "utf-8"
    if encoding:
        return encoding
    found = encoding_of(head(path))
    return "" if found == "ascii" else found


def parts(
    path: Path, start: int = 0, whole: bool = True, size: int = 0, encoding: str = ""
) -> Iterator[Part]:
    """Cut a file at line ends into parts of about PART_BYTES.

    Args:
        path: the file, plain or gzip (gzip and UTF-16 are always read whole, from their start).
        start: byte to begin at, a line's first.
        whole: False leaves a last line without its line end for later.
        size: bytes a part; 0 = PART_BYTES, of PART_LINES at most.
        encoding: of the file, where a profile names it.

    Raises:
        SourceError: the file cannot be read, is cut off (gzip), or has no line ends.
    """
    can_seek = is_growable(path, encoding)
    with open_stream(path, encoding) as stream:
        if start and can_seek:
            stream.seek(start)
        begin, most = (start if can_seek else 0), (SEAMS_LINES if size else PART_LINES)
        yield from _cut(path, stream, begin, whole, size or PART_BYTES, most)


def recode(path: Path, to: Path, encoding: str, codec: str) -> None:
    """Write a file unpacked and as UTF-8; `codec` is what `settled` found.

    Raises:
        SourceError: the file cannot be read or unpacked.
    """
    decoder = codecs.getincrementaldecoder(codec or "utf-8")(errors="replace")
    with open_stream(path, encoding) as stream, to.open("wb") as out:
        while data := stream.read(PART_BYTES):
            out.write(decoder.decode(data).encode())
        out.write(decoder.decode(b"", final=True).encode())


def is_growable(path: Path, encoding: str = "") -> bool:
    """Tell whether reading can go on from a byte: not in gzip, nor where a character is two."""
    return not is_gzip(path) and not is_wide(encoding or encoding_on_disk(path))


def _cut(
    path: Path, stream: Reader, end: int, whole: bool, size: int, most_lines: int
) -> Iterator[Part]:
    held = b""
    while data := stream.read(size):
        cut = data.rfind(b"\n") + 1
        if not cut:
            held += data
            if len(held) > LONGEST_LINE:
                raise SourceError(
                    f"{path.name}: a line longer than {LONGEST_LINE >> 20} MB, which no log has. "
                    f"Check that it is a text with line ends. Nothing was written."
                )
            continue
        ready, held = held + data[:cut], data[cut:]
        for piece in _few_lines(ready, most_lines):
            end += len(piece)
            yield Part(piece, end, is_last=False)
    if whole:
        yield Part(held, end + len(held), is_last=True)


def _few_lines(data: bytes, most: int) -> Iterator[bytes]:
    """Cut a part that holds too many lines into smaller ones."""
    n_pieces = data.count(b"\n") // most + 1
    step, at = len(data) // n_pieces, 0
    while at < len(data):
        cut = data.find(b"\n", min(at + step, len(data) - 1)) + 1 or len(data)
        yield data[at:cut]
        at = cut


def decode(data: bytes, encoding: str = "") -> str:
    """Return text of a part, its line ends single; without a name the likeliest encoding.

    Damaged bytes of a UTF-8 part become U+FFFD: the row stays, its damage is seen.
    """
    if not encoding:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        encoding = encoding_of(data)
    codec = "utf-8-sig" if encoding in ("utf-8", "ascii") or is_wide(encoding) else encoding
    return data.decode(codec, errors="replace").replace("\r\n", "\n")


def lines_of(text: str) -> pl.DataFrame:
    """Return `line` of a text, in order, with `n` its number from 0; no line after the last end."""
    lines = pl.Series("line", [text]).str.split("\n").explode()
    if text.endswith("\n") or not text:
        lines = lines.head(-1)
    return pl.DataFrame({"n": pl.int_range(len(lines), eager=True), "line": lines})
