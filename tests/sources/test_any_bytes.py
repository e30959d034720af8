"""Whatever a file holds, readers raise our errors only and lose no row."""

import json
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import LiniyaError
from pipelines.settings import Settings
from pipelines.sources import Context, detect, read
from tests.conftest import SAMPLE

SOURCES = (
    "calls",
    "chats",
    "feedback",
    "operators",
    "journal",
    "events",
    "queue_log",
    "asterisk_cdr",
    "spb_appeals",
)


@cache
def _context() -> Context:
    return Context.of(Settings(home=Path(tempfile.mkdtemp())))


def _reads_or_raises_ours(data: bytes, source: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(data)
        try:
            parts = list(read(path, source or detect(path, _context()), _context()))
        except LiniyaError:
            return
    for part in parts:
        n_rows = part.frame["row_no"].n_unique()
        assert part.n_read == n_rows + len(part.unreadable) + len(part.ignored)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.sampled_from(("", *SOURCES)))
def test_any_bytes_are_read_or_refused(data: bytes, source: str) -> None:
    _reads_or_raises_ours(data, source)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(p.name for p in SAMPLE.iterdir() if p.suffix != ".md")),
    st.integers(0, 3000),
    st.integers(0, 40),
    st.binary(max_size=12)
    | st.sampled_from([b'"', b"\n", b"\x00", b",,,", b"\r", b"|", b"{", b"\\"]),
)
def test_any_damage_to_a_log_is_read_or_refused(
    name: str, place: int, length: int, instead: bytes
) -> None:
    good = (SAMPLE / name).read_bytes()
    _reads_or_raises_ours(good[:place] + instead + good[place + length :], name.split(".")[0])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        [
            ("call_id,received_at", "calls"),
            ("time,callid,queuename,agent,event,data1", "queue_log"),
            ("calldate,src,dst,disposition,uniqueid", "asterisk_cdr"),
        ]
    ),
    st.text(alphabet='ab1,"\n', max_size=60),
)
def test_any_csv_body_is_accounted_for(log: tuple[str, str], body: str) -> None:
    _reads_or_raises_ours(f"{log[0]}\n{body}".encode(), log[1])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(alphabet='a1",\n -:', max_size=12), min_size=14, max_size=23))
def test_any_call_record_is_accounted_for(cells: list[str]) -> None:
    whole = ",".join(f'"{cell}"' for cell in cells)
    _reads_or_raises_ours(f"{whole}\n{','.join(cells)}\n".encode(), "asterisk_cdr")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80))
def test_any_text_value_is_masked_without_harm(text: str) -> None:
    row = {"chat_id": text, "received_at": text, "rating": text, "region": text,
           "messages": [{"sent_at": "2026-03-02", "sender": "citizen", "text": text}]}  # fmt: skip
    _reads_or_raises_ours(json.dumps(row).encode() + b"\n", "chats")
