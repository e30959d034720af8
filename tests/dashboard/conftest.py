"""Pages run against a real lake in a folder of their own, through Streamlit's AppTest."""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner

from dashboard import data
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings, load
from tests.lakes import Fresh

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
Open = Callable[..., AppTest]

# AppTest looks through every installed package for components before each run (.3 s of CPU), where
# a server does so once; none is installed meanwhile
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)


def _ended(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
    """Wait for the end of a run: AppTest looks a thousand times a second, a tenth of its CPU."""
    thread = runner._script_thread
    assert thread
    thread.join(timeout)
    if thread.is_alive():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"the page took over {timeout} s")


local_script_runner.require_widgets_deltas = _ended
# as our server's config.toml has it, which is read beside the script of a server only
config.set_option("runner.magicEnabled", False)
config.set_option("browser.gatherUsageStats", False)


@pytest.fixture
def no_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The program's own settings point at a folder with no lake in it."""
    monkeypatch.setenv("LINIYA_HOME", str(tmp_path / "home"))
    return load()


@pytest.fixture
def home_lake(no_lake: Settings, new_home: Path) -> Lake:
    """An empty lake where the program looks for one; writing to it shows on pages."""
    shutil.copytree(new_home, no_lake.home)
    lake = open_lake(no_lake)
    yield lake
    lake.close()


Fill = Callable[[Lake], None]


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, new_home: Path
) -> Iterator[Callable[[Fill], Fresh]]:
    """Make a lake the tests of a module look at: pages find what one before them has asked."""
    made = []

    def make(fill: Fill) -> Fresh:
        folder = tmp_path_factory.mktemp("filled")
        shutil.copytree(new_home, folder / "home")
        lake = open_lake(Settings(home=folder / "home"))
        fill(lake)
        lake.close()
        made.append(Fresh(folder / "home", folder))
        return made[-1]

    yield make
    for fresh in made:
        fresh.close()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fresh], Lake]:
    """Let the program find such a lake as it was filled; a test may write to it."""

    def found(fresh: Fresh) -> Lake:
        lake = fresh.lake()
        monkeypatch.setenv("LINIYA_HOME", str(lake.settings.home))
        return lake

    return found


@pytest.fixture
def open_page() -> Open:
    """Open a page as a person: `open_page("week", person="analyst", lang="en", line="main")`."""

    def opened(page: str, *, person: str | None = "supervisor", **address: object) -> AppTest:
        data.settings.cache_clear()  # this test's own
        at = AppTest.from_file(str(APP), default_timeout=30)
        if person:
            at.session_state["person"] = person
        if address.get("lang"):
            at.session_state["lang"] = address["lang"]
        at.switch_page(f"app_pages/{page}.py")
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return opened
