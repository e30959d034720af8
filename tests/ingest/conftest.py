"""Ingest as the command does it, and the questions tests ask most."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.ingest import attempt, sources_of
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.settings import Settings
from pipelines.sources import Context
from pipelines.stage import FileResult

Put = Callable[..., FileResult]


def putting(lake: Lake) -> Put:
    """Return what ingests one file; its days stay dirty until a test settles them."""

    def one(path: Path, source: str | None = None) -> FileResult:
        context = Context.of(lake.settings)
        hold_to_key(lake, context.key)
        ((file, chosen),) = sources_of([path], source, context)
        return attempt(lake, file, context, chosen)

    return one


@pytest.fixture
def put(lake: Lake) -> Put:
    """Ingest one file into the test's own lake and return its account."""
    return putting(lake)


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Iterator[Lake]:
    """One lake for the tests of a module that ingest once and then only read."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home))
    yield lake
    lake.close()
