"""An outage made of a burst begins with its contacts, not with the hour that was counted."""

from datetime import timedelta

import pytest

from pipelines.lake.connect import Lake
from pipelines.metrics import burst_onset, parse_moment
from tests.metrics.test_burst_detail import DAY, MSK, at

CATEGORY = {"category": "account_unavailable"}


@pytest.fixture
def twelve(monkeypatch):
    monkeypatch.setattr(Lake, "now", lambda _: at("12:00"))


def row(excess, **more):
    known = {"kind": "category", "line": None, "menu_choice": None, "started_at": at("11:00")}
    return known | CATEGORY | {"excess": excess} | more


def calls(given, name, first, n, every_s, **more):
    begin = parse_moment(f"{DAY}T{first}", MSK)
    for k in range(n):
        moment = (begin + timedelta(seconds=k * every_s)).astimezone(MSK)
        given.call(f"{name}{k}", moment.strftime("%Y-%m-%dT%H:%M:%S"), **more)


def test_a_burst_that_begins_late_in_its_hour_begins_with_its_first_contact(lake, given, twelve):
    calls(given, "usual", "11:03:00", 5, 600, **CATEGORY)
    calls(given, "more", "11:47:00", 24, 30, **CATEGORY)
    calls(given, "other", "11:00:00", 30, 60, category="passport")
    assert burst_onset(lake, row(24.0)) == at("11:47")


def test_a_burst_of_the_whole_hour_begins_with_it(lake, given, twelve):
    calls(given, "more", "11:00:20", 60, 60, **CATEGORY)
    assert burst_onset(lake, row(50.0)) == at("11:00")


def test_a_burst_nobody_knows_more_of_begins_with_its_hour(lake, given, twelve):
    assert burst_onset(lake, row(None)) == at("11:00")
    assert burst_onset(lake, row(5.0)) == at("11:00")  # its contacts are not there


def test_of_lost_contacts_those_count_that_were_lost(lake, given, twelve):
    calls(given, "served", "11:00:00", 30, 60, line="main")
    for k, clock in enumerate(("11:05:00", "11:50:00", "11:52:00", "11:54:00", "11:56:00")):
        given.call(f"lost{k}", f"{DAY}T{clock}", "abandoned", 40, line="main")
    lost = row(4.0, kind="abandoned", category=None, line="main")
    assert burst_onset(lake, lost) == at("11:50")
