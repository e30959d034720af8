"""Files made to fill the memory are refused with a clear word, and take little of it."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pipelines.errors import SourceError
from pipelines.settings import Settings
from pipelines.sources import Context, read, xlsx_rows
from tests.command import call

MB = 1 << 20


def _sheet(size: int, told: int | None = None) -> bytes:
    """A workbook of one sheet of so many bytes, which may say it has fewer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(bytes(size))
        book.writestr("xl/workbook.xml", "<workbook/>")
    data = out.getvalue()
    if told is not None:
        real = struct.pack("<L", size)
        assert data.count(real) >= 1
        data = data.replace(real, struct.pack("<L", told))
    return data


HEAD = b"call_id,received_at\n"


def _many_keys() -> bytes:
    return b"{" + b",".join(b'"k%d":1' % n for n in range(300_000)) + b"}\n"


# name -> source, content, what the refusal says (empty: it is read)
BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "line": ("calls", lambda: HEAD + b"x" * (40 * MB), "longer than 16 MB"),
    "packed line": ("chats", lambda: gzip.compress(bytes(100 * MB), 1), "longer than 16 MB"),
    "packed lines": ("calls", lambda: gzip.compress(HEAD + b"\n" * (20 * MB)), "500 times"),
    "object": ("chats", lambda: b'["' + b"x" * (40 * MB) + b'"]', "larger than 16 MB"),
    "keys": ("chats", _many_keys, ""),
    "deep": ("chats", lambda: b'{"chat_id":' + b"[" * MB + b"]" * MB + b"}\n", ""),
    "columns": ("calls", lambda: b"," * 200_000 + b"\n1\n", "columns in the header"),
    "empty lines": ("calls", lambda: HEAD + b"\n" * (4 * MB), ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_in_little_memory(name: str, tmp_path: Path) -> None:
    source, make, says = BOMBS[name]
    path, said = tmp_path / "log", tmp_path / "said"
    path.write_bytes(make())
    call(partial(_alone, source, path, tmp_path / "home", said)).wait(120)
    told, peak_mb = said.read_text("utf-8").rsplit(" ", 1)
    assert says in told
    assert int(peak_mb) < 1500


def test_a_workbook_that_unpacks_too_far_is_refused_also_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_rows, "MOST_BYTES", 8 * MB)
    context = Context.of(Settings(home=tmp_path / "home"))
    size = 16 * MB + 0x123456  # bytes that stand nowhere else
    for data in (_sheet(size), _sheet(size, told=1000)):
        (tmp_path / "x.xlsx").write_bytes(data)
        with pytest.raises(SourceError, match="more than 8 MB"):
            list(read(tmp_path / "x.xlsx", "calls", context))


def _alone(source: str, path: Path, home: Path, said: Path) -> None:
    """Read a file in a process of its own and write what was said, and its peak memory."""
    told = ""
    try:
        for part in read(path, source, Context.of(Settings(home=home))):
            assert part.n_read == part.frame.height + part.unreadable.height
    except SourceError as error:
        told = str(error)
    # Not getrusage: its peak is inherited through fork and exec, so it would be the test runner's.
    status = Path("/proc/self/status").read_text()
    peak_kb = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    said.write_text(f"{told} {int(peak_kb) >> 10}", "utf-8")
