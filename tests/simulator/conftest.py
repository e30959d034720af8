"""One small simulated world for all tests of the simulator."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import simulate

END = date(2026, 11, 22)


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """Five days of about 400 contacts, a twentieth of the rows dirty."""
    out = tmp_path_factory.mktemp("small")
    simulate(out / "logs", 5, 400, 11, end=END, dirt=0.05, truth=out / "truth.json")
    return out


@pytest.fixture(scope="session")
def truth(small: Path) -> dict[str, Any]:
    return json.loads((small / "truth.json").read_text("utf-8"))
