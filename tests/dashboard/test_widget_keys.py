"""Keys of widgets and figures: unique on a page, filters included."""

import re
from pathlib import Path

DASHBOARD = Path(__file__).parents[2] / "dashboard"
FILTERS = ("period", "days", "line", "channel", "category")  # components/filters.py: <page>_<name>


def test_no_element_takes_the_key_of_a_filter():
    taken = re.compile(rf'key=f?"[a-z]+_({"|".join(FILTERS)})"')
    found = {
        f"{path.name}: {match.group()}"
        for path in DASHBOARD.rglob("*.py")
        for match in taken.finditer(path.read_text("utf-8"))
    }
    assert found == set()
