"""Fixtures of the readers: a context with its own key, and one call to read a literal file."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.sources import Context, Staged, read


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A reader changes nothing of it: one for all of them."""
    return Context.of(Settings(home=tmp_path_factory.mktemp("readers") / "home"))


@pytest.fixture
def read_text(tmp_path: Path, context: Context) -> Callable[..., list[Staged]]:
    """Write a text to a file and read it as a source."""

    def run(text: str | bytes, source: str, name: str = "log.csv") -> list[Staged]:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return list(read(path, source, context))

    return run


@pytest.fixture
def rows() -> Callable[..., list[tuple[object, ...]]]:
    """Return some columns of all parts of one dataset as rows."""

    def run(parts: list[Staged], *columns: str, dataset: str = "") -> list[tuple[object, ...]]:
        frames = [p.frame for p in parts if not dataset or p.dataset == dataset]
        return pl.concat(frames).select(columns).rows()

    return run
