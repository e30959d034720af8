"""Good files of every format and log, and ways to damage them: for tests and the bench."""

import gzip
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import xlsxwriter

from tests.chatwoot import ANSWER, GREETING, HELLO, WEBHOOKS, conversation, nested
from tests.conftest import SAMPLE

LINES_EACH = 12
# pieces that mean something to one of the readers
PIECES = (
    b'"', b"'", b"\n", b"\r", b"\x00", b",,,", b";" * 40, b"|", b"{", b"}", b"[", b"]", b"\\",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0", b"\xed\xa0\x80", b"\x1f", b"\x1e", "İ".encode(),
    b"null", b"-1e999", b"NaN", b"inf", b"99999999999999999999", b'{"a":' * 50, b'"messages":[{}]',
    b"9999-12-31T23:59:59Z", b"0000-00-00", b"1970-01-01", b"\x1f\x8b", b"PK\x03\x04", b"PAR1",
)  # fmt: skip


def _book(table: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([table.columns, *table.iter_rows()]):
            sheet.write_row(i, 0, ["" if cell is None else cell for cell in row])
    return out.getvalue()


def _parquet(table: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    table.write_parquet(out)
    return out.getvalue()


def _head(name: str) -> bytes:
    return b"\n".join((SAMPLE / name).read_bytes().split(b"\n")[:LINES_EACH]) + b"\n"


def _lines(documents: list[object]) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents).encode()


@cache
def good_files() -> dict[str, tuple[str, bytes]]:
    """Return name -> (source, content) of small files every reader takes."""
    calls = pl.read_csv(io.BytesIO(_head("calls.csv")), infer_schema=False)
    exports = [conversation(messages=[nested(m) for m in (HELLO, GREETING, ANSWER)])]
    petition = {"dt": "2026-03-02T10:00:00", "body": [{"text": "течёт"}]}
    moved = "срок изменен с 01.03.2026 на 10.03.2026"
    portal = {
        "id": 1,
        "district_name": "Невский",
        "reason": {"category": {"name": "Кровля"}},
        "sidebar": {"author_name": "U-1", "expected_answer_dt": "2026-04-01T23:59:59"},
        "feed": [
            {"widget": "public.petition", "payload": petition},
            {
                "widget": "public.answer",
                "payload": {"dt": "2026-03-05T10:00:00"},
                "meta": {"icon_title": "Окончательный ответ"},
            },
            {
                "widget": "public.route",
                "payload": {"dt": "2026-03-03T10:00:00", "comment_html": moved},
            },
        ],
    }
    whole = [line for line in _head("chats.jsonl").split(b"\n") if line.endswith(b"}")]
    samples = Path(__file__).parent / "sources" / "samples"
    files = {
        name: (name.split(".")[0], _head(name))
        for name in sorted(p.name for p in SAMPLE.iterdir() if p.suffix != ".md")
    }
    return files | {
        "calls.xlsx": ("calls", _book(calls)),
        "calls.parquet": ("calls", _parquet(calls)),
        "calls.csv.gz": ("calls", gzip.compress(_head("calls.csv"))),
        "calls_16.csv": ("calls", _head("calls.csv").decode().encode("utf-16")),
        "calls_koi8.csv": ("calls", _head("calls.csv").decode().encode("koi8-r", "replace")),
        "chats.json": ("chats", b"[" + b",".join(whole) + b"]"),
        "hooks.jsonl": ("chatwoot", _lines(list(WEBHOOKS))),
        "export.json": ("chatwoot", json.dumps({"data": {"payload": exports}}, indent=1).encode()),
        "portal.jsonl": ("spb_portal", _lines([portal])),
        "city_311.csv": ("city_311", (samples / "city_311.csv").read_bytes()),
        "nyc_311.csv": ("nyc_311", (samples / "nyc_311.csv").read_bytes()),
    }


def damaged(good: bytes, place: int, length: int, instead: bytes) -> bytes:
    """Put bytes in the place of others; a place past the end counts from the beginning again."""
    at = place % (len(good) + 1)
    return good[:at] + instead + good[at + length :]


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "cut": lambda good, n: good[: n % (len(good) + 1)],
    "doubled": lambda good, n: good + good[n % (len(good) + 1) :],
    "shuffled": lambda good, n: b"\n".join(
        sorted(good.split(b"\n"), key=lambda line: hash((line, n)))
    ),
    "reversed": lambda good, n: good[::-1] if n % 2 else b"\n".join(good.split(b"\n")[::-1]),
    "zeros": lambda good, n: good.replace(bytes([good[n % len(good)]]) if good else b"", b"\x00"),
    "narrow": lambda good, n: b"\n".join(line[: n % 80] for line in good.split(b"\n")),
}
