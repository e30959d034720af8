"""docs/profiles.md tells the truth: every profile in it loads, every key stands in it."""

import re
from pathlib import Path

from pipelines.settings import ROOT
from pipelines.sources.numbers import CLOCKS, UNITS
from pipelines.sources.profile import FORMATS, WHICH
from pipelines.sources.profile_check import CELL_KEYS
from pipelines.sources.profile_load import KEYS, LIST_KEYS, TAKE_KEYS, load_profile
from pipelines.sources.times import FORMATS as TIME_FORMATS

TEXT = (ROOT / "docs" / "profiles.md").read_text("utf-8")


def test_every_profile_of_the_document_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) > 8
    for i, block in enumerate(blocks):
        path = tmp_path / f"block{i}.yml"
        path.write_text(block, "utf-8")
        load_profile(path)


def test_every_key_and_word_of_a_profile_stands_in_the_document() -> None:
    words = {*KEYS, *LIST_KEYS, *TAKE_KEYS, *CELL_KEYS, *FORMATS, *WHICH, *UNITS, *CLOCKS}
    assert not [word for word in (*words, *TIME_FORMATS) if not re.search(rf"\b{word}\b", TEXT)]


def test_every_profile_of_the_tree_is_named_in_the_document() -> None:
    files = {path.name for path in (ROOT / "data" / "sources").glob("*.yml")}
    assert files == {name for name in files if f"data/sources/{name}" in TEXT}
