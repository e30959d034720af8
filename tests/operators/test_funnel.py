"""How far from its expectation a share may lie by chance."""

from math import sqrt

import polars as pl
import pytest

from pipelines.operators.funnel import with_limits


def rows(gaps: list[float], n: int = 100) -> pl.DataFrame:
    return pl.DataFrame(
        {"component": "csat", "n": n, "value": [0.5 + gap for gap in gaps], "gap": gaps}
    )


def test_limits_are_those_of_chance_where_operators_differ_by_no_more():
    alike = [0.05, -0.05] * 6  # one standard deviation of chance each: sqrt(.25 / 100)
    found = with_limits(rows(alike))
    assert found["high_2"].to_list() == pytest.approx([2 * 0.05] * 12, rel=0.05)
    assert found["low_3"].to_list() == pytest.approx([-3 * 0.05] * 12, rel=0.05)
    assert found["outside"].null_count() == 12


def test_operators_who_differ_truly_widen_the_limits_and_the_outlying_do_not():
    differ = [0.15, -0.15] * 10 + [0.9 - 0.5]
    found = with_limits(rows(differ))
    # z is 3 of each and 8 of the last, which is cut to 3: dispersion 9, between operators
    # (21 * 9 - 20) / (21 / chance - 1 / chance) of weights 1 / chance
    chance = 0.5190 * (1 - 0.5190) / 100
    raw = 0.15**2 / chance
    between = (21 * raw - 20) * chance / 20
    assert found["high_2"][0] == pytest.approx(2 * sqrt(chance + between), rel=1e-3)
    assert found["outside"].to_list() == [None] * 20 + ["above_2"]


def test_few_operators_have_no_limits():
    found = with_limits(rows([0.3, -0.3, 0.0]))
    assert found.select("z", "low_2", "outside").null_count().row(0) == (3, 3, 3)
