"""Ingest as the command does it, and the questions tests ask most."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.lake.connect import Lake
from pipelines.stage import FileResult


@pytest.fixture
def put(lake: Lake) -> Callable[..., FileResult]:
    """Ingest one file and return its account."""

    def one(path: Path, source: str | None = None) -> FileResult:
        (result,) = ingest(lake, [path], source)
        return result

    return one
