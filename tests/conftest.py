"""Fixtures of the whole suite: a real lake in a folder of its own; no mocks of our own code."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# the same examples every time: what a run of CI finds shall be of the change it runs on; to look
# for more, LINIYA_RANDOM=1
hypothesis.settings.register_profile("same", derandomize=True)
if not os.environ.get("LINIYA_RANDOM"):
    hypothesis.settings.load_profile("same")

# tests of several workers share the cores; Polars and NumPy read these as they are imported
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pipelines.ahead import cores  # noqa: E402
from pipelines.lake.connect import Lake, open_lake  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

# folders whose files take long, first: else one worker ends minutes after the others
LONG = ("browser", "ingest", "worker", "cli", "alerts", "conform")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample"
SHARED = ROOT.parent / "shared" / "data"


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """Say how many workers `-n auto` is: one more than there are cores, for one waits mostly."""
    return min(cores() + 1, 5)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal tests to workers by files, those of the browser to one: it has a server and Chromium."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return "tests/browser" if file.startswith("tests/browser/") else file

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of LONG folders first, in that order; the others stay as they are."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Let the search for garbage leave out what is imported by now, which stays: .3 s each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home."""
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a lake just made: copied, it spares half a second a test."""
    home = tmp_path_factory.mktemp("new") / "home"
    open_lake(Settings(home=home)).close()
    return home


@pytest.fixture
def lake(settings: Settings, new_home: Path) -> Iterator[Lake]:
    """An empty lake, open for writing."""
    shutil.copytree(new_home, settings.home)
    lake = open_lake(settings)
    yield lake
    lake.close()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real logs; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real logs (../shared/data) are not here")
    return SHARED
