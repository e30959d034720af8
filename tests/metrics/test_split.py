"""The parts of a change add up to it to the last digit, and each says what it should."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.metrics.split import closed, split_parts

COUNTS = st.integers(0, 9)
CELL = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), COUNTS, COUNTS)


def fractions(values) -> np.ndarray:
    return np.array([Fraction(n) for n in values], dtype=object)


def split(cells, *, is_mean=False):
    """Cells of (line, category, hour, base before, base after): a share of base mod 3, or a mean.

    Seconds of a mean are any fractions, not few of the base.
    """
    cells = sorted({cell[:3]: cell for cell in cells if cell[3] or cell[4]}.values())
    keys = [[cell[:n] for cell in cells] for n in (1, 2, 3)]
    levels = [np.array([sorted(set(k)).index(one) for one in k]) for k in keys]
    base = tuple(fractions(cell[n] for cell in cells) for n in (3, 4))
    top = tuple(
        np.array([Fraction(cell[n] * (700 + 13 * cell[0]), n + 4) for cell in cells], dtype=object)
        if is_mean
        else fractions(cell[n] % 3 for cell in cells)
        for n in (3, 4)
    )
    return levels, base, top


@given(st.lists(CELL, min_size=1, max_size=12), st.booleans())
@example([(0, 0, 0, 1, 0), (1, 0, 0, 0, 2)], False)  # a line went, another came
@example([(0, 0, 0, 1, 0), (1, 0, 0, 0, 2)], True)
@settings(deadline=None)
def test_the_parts_of_a_share_or_mean_add_up_to_the_change_to_the_last_digit(cells, is_mean):
    levels, base, top = split(cells, is_mean=is_mean)
    if not len(base[0]) or not sum(base[0]) or not sum(base[1]):
        return
    parts = split_parts(levels, base, top)
    change = sum(top[1]) / sum(base[1]) - sum(top[0]) / sum(base[0])
    assert sum(sum(part) for part in parts) == change
    back = split_parts(levels, base[::-1], top[::-1])
    assert [sum(part) for part in back] == [-sum(part) for part in parts]


def test_the_same_calls_answered_better_are_all_within():
    one = np.array([0, 1])
    parts = split_parts(
        [one], (fractions([60, 40]),) * 2, (fractions([30, 20]), fractions([36, 20]))
    )
    assert [list(part) for part in parts] == [[0, 0], [Fraction(6, 100), 0]]


def test_more_calls_on_the_worse_line_are_all_mix():
    one = np.array([0, 1])
    base = (fractions([80, 20]), fractions([50, 50]))
    top = (fractions([80, 0]), fractions([50, 0]))
    mix, within = split_parts([one], base, top)
    assert (sum(mix), sum(within)) == (Fraction(-3, 10), 0)


def test_the_mix_of_hours_is_told_from_the_mix_of_lines():
    """Line 0 moved its calls from its good hour to its bad one; lines kept their share."""
    lines, hours = np.array([0, 0, 1]), np.array([0, 1, 2])
    base = (fractions([40, 10, 50]), fractions([10, 40, 50]))
    top = (fractions([40, 0, 25]), fractions([10, 0, 25]))
    line, hour, within = (sum(part) for part in split_parts([lines, hours], base, top))
    assert (line, hour, within) == (0, Fraction(-3, 10), 0)


@given(
    st.lists(st.floats(-0.3, 0.3, allow_nan=False), min_size=1, max_size=8),
    st.floats(0, 1, allow_nan=False),
)
def test_shown_parts_add_up_to_the_difference_of_the_shown_shares(parts, before):
    now = before + sum(parts)
    shown = closed(parts, before, now)
    assert sum(shown) == round(now * 1000) - round(before * 1000)
    assert all(abs(n - 1000 * part) < 2 for n, part in zip(shown, parts, strict=True))
