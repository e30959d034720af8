"""Ingest as the command does it, and the questions tests ask most."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.lake.connect import Lake
from pipelines.stage import FileResult

Account = tuple[int, int, int, int, int]


@pytest.fixture
def put(lake: Lake) -> Iterator[Callable[..., FileResult]]:
    """Ingest one file and return its account."""

    def one(path: Path, source: str | None = None) -> FileResult:
        (result,) = ingest(lake, [path], source)
        return result

    yield one


def account(result: FileResult) -> Account:
    """Return read, accepted, updated, duplicate, quarantined."""
    return (result.read, result.accepted, result.updated, result.duplicate, result.quarantined)
