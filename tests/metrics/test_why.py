"""What is news of a share, and which steps its change is told in."""

import polars as pl
import pytest

from pipelines.metrics.why import parts, usual_change


def test_a_change_within_chance_is_usual_however_calm_the_weeks_before():
    calm = [(1000, 800)] * 8
    assert usual_change(calm, (1000, 800), (1000, 800)) == pytest.approx(1.96 * 0.01789, abs=1e-4)
    assert usual_change(calm, (10, 8), (10, 8)) > 0.3  # ten calls say little


def test_a_change_no_larger_than_weeks_usually_differ_is_usual():
    wild = [(100_000, n) for n in (80_000, 75_000, 81_000, 74_000, 80_000)]  # 5 to 7 points
    assert usual_change(wild, wild[-1], (100_000, 70_000)) == pytest.approx(2 * 0.06)
    few = wild[:3]  # two changes say nothing of what is usual
    assert usual_change(few, wild[-1], (100_000, 70_000)) < 0.01


def cells(*rows: tuple[str | None, int, int, int, int, int]) -> pl.DataFrame:
    names = ["line", "hour_of_day", "n_before", "top_before", "n", "top"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_steps_name_the_three_lines_that_moved_most_and_leave_out_mixes_there_are_none_of():
    rows = cells(
        ("a", 9, 100, 80, 100, 60), ("b", 9, 100, 80, 100, 75), ("c", 9, 100, 80, 100, 82),
        ("d", 9, 100, 80, 100, 81), (None, 9, 100, 80, 100, 80),
    )  # fmt: skip
    found = parts(rows, ("line", "hour_of_day"), 400 / 500, 378 / 500)
    assert found.select("step", "line", "shown").rows() == [
        ("mix_line", None, 0),
        ("within", "a", -40),
        ("within", "b", -10),
        ("within", "c", 4),
        ("within_rest", None, 2),
    ]
    one = parts(cells(("a", 9, 50, 50, 10, 10), ("a", 10, 50, 0, 90, 0)), ("line", "hour_of_day"),
                0.5, 0.1)  # fmt: skip
    assert one.select("step", "shown").rows() == [("mix_hour", -400), ("within", 0)]
