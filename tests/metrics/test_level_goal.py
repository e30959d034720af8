"""The goal of the service level and its threshold are facts of the hotline: settings.yml."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines import reference
from pipelines.figures_cli import figures
from pipelines.marts.settled import fingerprint, lake_edges
from pipelines.metrics import board, parse_moment, passport

FOLDER = Path(__file__).parents[2] / "data" / "reference"
NOW = parse_moment("2026-11-18T12:00:00", ZoneInfo("Europe/Moscow"))


@pytest.fixture
def ninety_in_75_s(lake, tmp_path):
    """The lake, by reference files that ask for 90 % within 75 s."""
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    path = folder / "settings.yml"
    text = path.read_text("utf-8")
    text = text.replace("service_level_goal: 0.8", "service_level_goal: 0.9")
    path.write_text(text.replace("within: PT20S", "within: PT75S"), "utf-8")
    before = fingerprint(lake)
    lake.reference = reference.load(folder)
    assert fingerprint(lake) != before  # so marts are made anew
    assert 75.0 in lake_edges(lake)
    return lake


def test_another_goal_and_threshold_are_followed_everywhere(ninety_in_75_s, given):
    lake = ninety_in_75_s
    for n, waited in enumerate([5, 10, 70, 75, 76, 100]):
        given.call(f"c{n}", f"2026-11-18T11:{n * 4:02}:00", "answered", waited, 60)
    told = figures(
        lake, "sla", start="2026-11-18", end="2026-11-19", by="", where=[],
        as_of="2026-11-18T12:00:00", threshold=None, variant="SL-1",
    )  # fmt: skip
    assert told.select("within", "base", "threshold_s").rows() == [(4, 6, 75.0)]
    shown = board(lake, NOW)
    assert (shown["threshold_s"], shown["goal"]) == (75, 0.9)
    today = shown["total"]["level"]["today"]
    assert (today["within"], today["base"]) == (4, 6)
    assert shown["total"]["level"]["half_hour"]["end"] == NOW.replace(hour=11, minute=58, second=45)
    assert shown["recovery"][0]["goal"] == 0.9
    cell = shown["intervals"]["half_hour"][-3]["cells"][None]
    assert cell["deviation"] == pytest.approx(cell["share"] - 0.9)
    stands = passport(lake, "sla")
    assert (stands["target_s"], stands["goal"]) == (75, 0.9)
