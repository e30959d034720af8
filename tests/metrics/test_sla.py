"""sla: five formulas over the same legs, and the worked example of docs/metrics.md."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.errors import QueryError
from pipelines.metrics import Query, parse_moment, sla

MSK = ZoneInfo("Europe/Moscow")
DAY = "2026-11-16"


def day(**more: Any) -> Query:
    start, end = parse_moment(DAY, MSK), parse_moment("2026-11-17", MSK)
    return Query(start, end, **({"as_of": parse_moment("2026-12-01", MSK)} | more))


@pytest.fixture
def hundred(given):
    """100 offered: 70 answered within 20 s, 15 later, 15 abandoned (5 under 5 s, 8 under 20 s)."""
    waits = [("answered", 20)] * 70 + [("answered", 21)] * 15
    waits += [("abandoned", 4)] * 5 + [("abandoned", 19)] * 3 + [("abandoned", 60)] * 7
    for n, (left_as, wait) in enumerate(waits):
        given.leg(f"c{n}", f"{DAY}T10:00:00", left_as, wait)
    return given


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(
    ("variant", "within", "base", "percent"),
    [
        ("SL-1", 70, 100, 70.0),
        ("SL-2", 70, 95, 73.7),
        ("SL-3", 70, 92, 76.1),
        ("SL-4", 78, 100, 78.0),
        ("SL-5", 70, 85, 82.4),
    ],
)
def test_the_worked_example(lake, hundred, variant, within, base, percent, settled):
    """The example's short abandons are under 5 s; with the 10 s of the settings the same five."""
    if settled:
        hundred.marts(DAY)
    (row,) = sla(lake, day(), 20, variant).to_dicts()
    assert (row["within"], row["base"], round(100 * row["share"], 1)) == (within, base, percent)
    assert row["threshold_s"] == 20.0
    assert row["formula"].startswith(variant)


def test_without_a_threshold_it_is_that_of_the_settings_and_the_strict_formula(lake, hundred):
    assert sla(lake, day(), None).to_dicts() == sla(lake, day(), 20, "SL-1").to_dicts()


def test_an_empty_base_is_no_share(lake):
    assert sla(lake, day()).select("within", "base", "share").rows() == [(0, 0, None)]


@pytest.mark.parametrize("settled", [False, True])
def test_a_flow_out_counts_in_the_base_and_is_met_only_by_the_fourth_formula(lake, given, settled):
    given.leg("a", f"{DAY}T10:00:00", "answered", 5)
    given.leg("b", f"{DAY}T10:00:00", "flowed_out", 5)
    if settled:
        given.marts(DAY)
    got = {v: sla(lake, day(), 20, v).row(0)[:2] for v in ("SL-1", "SL-2", "SL-3", "SL-4", "SL-5")}
    assert got == {
        "SL-1": (1, 2),
        "SL-2": (1, 2),
        "SL-3": (1, 2),
        "SL-4": (2, 2),
        "SL-5": (1, 1),
    }


def test_a_waiting_leg_counts_only_once_it_waited_longer_than_the_threshold(lake, given):
    given.leg("a", f"{DAY}T10:00:00", "open", None)

    def at(text):
        return sla(lake, day(as_of=parse_moment(text, MSK)), 20).row(0)[:2]

    assert at(f"{DAY}T10:00:20") == (0, 0)
    assert at(f"{DAY}T10:00:21") == (0, 1)


def test_a_threshold_between_the_edges_of_the_histogram_is_answered_from_rows(lake, given):
    given.leg("a", f"{DAY}T10:00:00", "answered", 7.2)
    given.leg("b", f"{DAY}T10:00:00", "answered", 7.4)
    given.marts(DAY)
    assert sla(lake, day(), 7.3).row(0)[:2] == (1, 2)
    assert sla(lake, day(), 7).row(0)[:2] == (0, 2)
    assert sla(lake, day(), 8).row(0)[:2] == (2, 2)


def test_an_unknown_formula_names_the_nearest(lake):
    with pytest.raises(QueryError, match="did you mean 'SL-1'"):
        sla(lake, day(), 20, "SL1")
