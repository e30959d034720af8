"""Ingest as the command does it, and the questions tests ask most."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest import attempt, sources_of
from pipelines.lake.connect import Lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.sources import Context
from pipelines.stage import FileResult


@pytest.fixture
def put(lake: Lake) -> Callable[..., FileResult]:
    """Ingest one file and return its account; its days stay dirty until a test settles them."""

    def one(path: Path, source: str | None = None) -> FileResult:
        context = Context.of(lake.settings)
        hold_to_key(lake, context.key)
        ((file, chosen),) = sources_of([path], source, context)
        return attempt(lake, file, context, chosen)

    return one
