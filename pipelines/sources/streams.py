"""Files as streams of bytes: unpacked, and with one byte a line end whatever their encoding."""

import codecs
import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from pipelines.errors import SourceError
from pipelines.sources.encodings import encoding_of, is_wide

# gzip packs logs 10 to 30 times, the same line over and over 200; only a bomb reaches 1000
MOST_PACKED, FREE_BYTES = 500, 16 << 20


def is_gzip(path: Path) -> bool:
    """Tell whether a file is gzip by its first bytes."""
    with _opened(path) as file:
        return file.read(2) == b"\x1f\x8b"


class Reader(Protocol):
    """What is read of a file: bytes, some at a time."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""

    def seek(self, offset: int, /) -> int:
        """Go to a byte of a plain file."""


class _Unpacked:
    """A gzip stream that refuses to become absurdly larger than its file."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream = path, stream
        self._left = max(FREE_BYTES, path.stat().st_size * MOST_PACKED)

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise SourceError(
                f"{self._path.name}: unpacks to more than {MOST_PACKED} times its size, which no "
                f"log does. Nothing was written. Unpack it yourself if it is what it should be."
            )
        return data

    def seek(self, offset: int, /) -> int:
        raise NotImplementedError(offset)


class _Recoded:
    """A stream of UTF-16 or UTF-32 read as UTF-8."""

    def __init__(self, stream: "Reader", encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def read(self, size: int, /) -> bytes:
        while True:
            data = self._stream.read(size)
            if text := self._decoder.decode(data, final=not data):
                return text.encode()
            if not data:
                return b""

    def seek(self, offset: int, /) -> int:
        raise NotImplementedError(offset)


@contextlib.contextmanager
def open_stream(path: Path, encoding: str) -> Iterator[Reader]:
    """Open a file, unpacked and with one byte a line end."""
    packed = is_gzip(path)
    wide = encoding if is_wide(encoding) else encoding_on_disk(path)
    try:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(_opened(path))
            stream: Reader = file
            if packed:
                unpacked = stack.enter_context(gzip.GzipFile(fileobj=file))
                stream = _Unpacked(path, unpacked)  # type: ignore[arg-type]
            yield _Recoded(stream, wide) if is_wide(wide) else stream
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def encoding_on_disk(path: Path) -> str:
    """Return the encoding the first bytes of a file tell of."""
    packed = is_gzip(path)
    try:
        with _opened(path) as file:
            if not packed:
                return encoding_of(file.read(1 << 12))
            with gzip.GzipFile(fileobj=file) as unpacked:
                return encoding_of(unpacked.read(1 << 12))
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SourceError:
    why = getattr(error, "strerror", None) or "the archive is cut off or damaged"
    return SourceError(f"{path}: cannot be read ({why}). Nothing was written.")
