"""Whatever a file holds, readers raise our errors only and lose no row."""

import json
import tempfile
from copy import deepcopy
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import LiniyaError
from pipelines.settings import Settings
from pipelines.sources import Context, detect, read
from tests.damage import DAMAGES, PIECES, damaged, good_files

SOURCES = sorted({source for source, _ in good_files().values()} | {"asterisk_cdr", "spb_appeals"})
OFTEN = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
BYTES = st.binary(max_size=12) | st.sampled_from(PIECES)


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


def test_every_good_file_is_read_by_its_content_and_whole() -> None:
    for name, (source, data) in good_files().items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            assert detect(path, _context()) == source, name
            parts = list(read(path, source, _context()))
            assert sum(p.n_read for p in parts) > 0, name


@settings(max_examples=9, **OFTEN)
@given(st.binary(max_size=400), st.sampled_from(("", *SOURCES)))
def test_any_bytes_are_read_or_refused(data: bytes, source: str) -> None:
    _reads_or_raises_ours(data, source)


@settings(max_examples=9, **OFTEN)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(("", *SOURCES)))
def test_any_pieces_of_formats_are_read_or_refused(pieces: list[bytes], source: str) -> None:
    _reads_or_raises_ours(b"".join(pieces), source)


@settings(max_examples=36, **OFTEN)
@given(
    st.sampled_from(sorted(good_files())),
    st.none() | st.sampled_from(sorted(DAMAGES)),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 60), BYTES), max_size=4),
    st.none() | st.sampled_from(SOURCES),
    st.integers(0, 1 << 16),
)
def test_any_damage_to_a_log_is_read_or_refused_also_by_another_source(
    name: str, how: str | None, faults: list[tuple[int, int, bytes]], other: str | None, n: int
) -> None:
    source, data = good_files()[name]
    data = DAMAGES[how](data, n) if how else data
    for place, length, instead in faults:
        data = damaged(data, place, length, instead)
    _reads_or_raises_ours(data, other or source)


@settings(max_examples=9, **OFTEN)
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


@settings(max_examples=9, **OFTEN)
@given(st.lists(st.text(alphabet='a1",\n -:', max_size=12), min_size=14, max_size=23))
def test_any_call_record_is_accounted_for(cells: list[str]) -> None:
    whole = ",".join(f'"{cell}"' for cell in cells)
    _reads_or_raises_ours(f"{whole}\n{','.join(cells)}\n".encode(), "asterisk_cdr")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=9, **OFTEN)
@given(
    st.sampled_from(["chats.jsonl", "events.jsonl", "hooks.jsonl", "portal.jsonl"]),
    st.integers(0, 30),
    st.integers(0, 30),
    ANY_JSON,
)
def test_any_value_in_the_place_of_another_is_read_or_refused(
    name: str, line: int, key: int, value: object
) -> None:
    source, data = good_files()[name]
    rows = [json.loads(row) for row in data.decode().splitlines() if row.endswith("}")]
    row = rows[line % len(rows)]
    for inner in [row, *row.values()]:
        if isinstance(inner, dict) and inner:
            inner[sorted(inner)[key % len(inner)]] = deepcopy(value)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    _reads_or_raises_ours(text.encode("utf-8", "surrogatepass"), source)


@settings(max_examples=9, **OFTEN)
@given(st.text(max_size=80))
def test_any_text_value_is_masked_without_harm(text: str) -> None:
    row = {"chat_id": text, "received_at": text, "rating": text, "region": text,
           "messages": [{"sent_at": "2026-03-02", "sender": "citizen", "text": text}],
           "events": [{"event_at": "2026-03-02", "kind": text, "value": text}]}  # fmt: skip
    _reads_or_raises_ours(json.dumps(row).encode() + b"\n", "chats")
