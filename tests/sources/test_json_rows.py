"""JSON Lines: what is read fast is what any parser reads."""

import json
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.json_rows import rows

KEYS = st.sampled_from(["a", "b", "kind", "дата", "a.b"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**19), 10**19),
    st.text(max_size=6),
    st.sampled_from(["", " ", "},", '"', "\\", '":', "null", "1", "\u2028", "\x7f"]),
    st.sampled_from([0.5, -1.25]),
    st.integers(-20, 20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(KEYS, st.integers(), max_size=2),
)
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=4)
TORN = st.sampled_from(
    ['{"a":1,', '{"a":1}}', '{"a":"x"', '{"a" "x"}', '{"a":01}', "[1]", "{}", "{,}", '{"a":1 2}']
)


def line_of(pairs: list[tuple[str, object]], spaced: bool, is_ascii: bool) -> str:
    colon, comma = (": ", ", ") if spaced else (":", ",")
    dump = {"ensure_ascii": is_ascii, "separators": (",", ":")}
    said = (f"{json.dumps(k, **dump)}{colon}{json.dumps(v, **dump)}" for k, v in pairs)
    return "{" + comma.join(said) + "}"


def expected(line: str) -> dict[str, str] | None:
    """What a slow reader says: of a key told twice the first; null is absent; None: no object."""

    def first(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value in pairs:
            made.setdefault(key, value)
        return made

    try:
        read = json.loads(line, object_pairs_hook=first, parse_int=str, parse_float=str)
    except ValueError:
        return None
    if not isinstance(read, dict):
        return None
    words = {True: "true", False: "false"}
    return {
        k: words[v] if isinstance(v, bool) else v
        for k, v in read.items()
        if v is not None and not isinstance(v, list | dict)
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(line_of, PAIRS, st.booleans(), st.booleans()) | TORN, min_size=1, max_size=12
    )
)
def test_lines_are_read_as_any_json_parser_reads_them(tmp_path_factory, lines: list[str]) -> None:
    path: Path = tmp_path_factory.mktemp("json") / "a.jsonl"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))
    raw = next(rows(path))
    assert raw.n_read == len(lines)
    found = {row.pop("row_no"): row for row in raw.frame.to_dicts()}
    torn = set(raw.unreadable["row_no"])
    for number, line in enumerate(lines, 1):
        said = expected(line)
        assert (said is None) == (number in torn), line
        if said is not None:
            row = {k: v for k, v in found[number].items() if v is not None}
            assert {
                k: v for k, v in row.items() if not v.startswith(("[", "{")) or k in said
            } == said, line
    assert raw.frame["row_no"].is_sorted()


def test_a_key_first_seen_late_in_the_file_is_a_column_too(tmp_path) -> None:
    lines = [f'{{"a":"{n}"}}' for n in range(1000)] + ['{"a":"last","late":"x"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    raw = next(rows(tmp_path / "a.jsonl"))
    assert raw.frame.height == 1001
    assert raw.frame.filter(pl.col("late") == "x").rows() == [(1001, "last", "x")]
