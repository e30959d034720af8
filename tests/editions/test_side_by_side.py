"""Parts of an answer asked for over two connections are of one version, and say the same."""

from dataclasses import replace

import pytest

from pipelines.editions.frozen import substance
from pipelines.metrics import week
from pipelines.metrics.side_by_side import side_by_side
from tests.editions.conftest import pass_time


def test_two_connections_give_the_figures_one_gives(weeks):
    wide = replace(weeks, is_wide=True)
    assert substance(week(wide, "2026-W46")) == substance(week(weeks, "2026-W46"))


def test_who_asks_beside_sees_the_version_of_the_lake_the_other_sees_or_nothing(weeks):
    seen = {}

    def part(lake, _):
        seen[id(lake)] = lake.snapshot()

    wide, parts = replace(weeks, is_wide=True), dict.fromkeys(map(str, range(40)), part)
    with wide.transaction():
        was = wide.snapshot()
        other = weeks.cursor()
        pass_time(other, other.now())  # a commit in between: the second connection would see it
        side_by_side(wide, parts)
        assert set(seen.values()) == {was}


def test_a_part_that_fails_is_the_error_of_the_whole_and_nobody_waits_for_it(weeks):
    def fails(*_):
        raise ValueError("no such thing")

    parts = {"first": fails, "second": lambda _, told: told("first"), "third": lambda *_: 3}
    for is_wide in (False, True):
        with pytest.raises(ValueError, match="no such thing"):
            side_by_side(replace(weeks, is_wide=is_wide), parts)
    done = []
    parts = {"first": lambda *_: 1, "second": lambda _, told: told("first") + 1}
    assert side_by_side(weeks, parts, lambda *n: done.append(n)) == {"first": 1, "second": 2}
    assert done == [(0, 2), (1, 2)]
