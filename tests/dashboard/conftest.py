"""Pages run against a real lake in a folder of their own, through Streamlit's AppTest."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings, load

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
Open = Callable[..., AppTest]

# AppTest looks through every installed package for components before each run (.3 s of CPU), where
# a server does so once; none is installed meanwhile
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)


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


@pytest.fixture
def open_page() -> Open:
    """Open a page as a person: `open_page("week", person="analyst", lang="en", line="main")`."""

    def opened(page: str, *, person: str | None = "supervisor", **address: object) -> AppTest:
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
