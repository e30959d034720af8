"""Files made to fill the memory are refused with a clear word, and take little of it."""

import gzip
import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import SourceError
from pipelines.settings import Settings
from pipelines.sources import Context, read, xlsx_rows
from tests.conftest import ROOT

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
    return b"{" + b",".join(b'"k%d":1' % n for n in range(500_000)) + b"}\n"


# name -> source, content, what the refusal says (empty: it is read)
BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "line": ("calls", lambda: HEAD + b"x" * (40 * MB), "longer than 16 MB"),
    "packed line": ("chats", lambda: gzip.compress(bytes(100 * MB), 1), "longer than 16 MB"),
    "packed lines": ("calls", lambda: gzip.compress(HEAD + b"\n" * (30 * MB)), "500 times"),
    "object": ("chats", lambda: b'["' + b"x" * (40 * MB) + b'"]', "larger than 16 MB"),
    "keys": ("chats", _many_keys, ""),
    "deep": ("chats", lambda: b'{"chat_id":' + b"[" * MB + b"]" * MB + b"}\n", ""),
    "columns": ("calls", lambda: b"," * 200_000 + b"\n1\n", "columns in the header"),
    "empty lines": ("calls", lambda: HEAD + b"\n" * (8 * MB), ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_in_little_memory(name: str, tmp_path: Path) -> None:
    source, make, says = BOMBS[name]
    path = tmp_path / "log"
    path.write_bytes(make())
    found = subprocess.run(
        [sys.executable, "-m", "tests.sources.test_bombs", source, str(path), str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    told, peak_mb = found.stdout.rsplit(" ", 1)
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


def _alone(source: str, path: str, home: str) -> None:
    """Read a file in a process of its own and print what was said, and its peak memory."""
    told = ""
    try:
        for part in read(Path(path), source, Context.of(Settings(home=Path(home) / "home"))):
            assert part.n_read == part.frame.height + part.unreadable.height
    except SourceError as error:
        told = str(error)
    # Not getrusage: its peak is inherited through fork and exec, so it would be the test runner's.
    status = Path("/proc/self/status").read_text()
    peak_kb = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    print(told.replace("\n", " "), int(peak_kb) >> 10)


if __name__ == "__main__":
    _alone(*sys.argv[1:4])
