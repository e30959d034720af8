"""The composite the simulator expects of every operator, and worlds that confound it."""

from datetime import date

import numpy as np
import pytest

from pipelines.simulator.expected import periods
from pipelines.simulator.world import World


def test_true_scores_are_fifty_and_ten_and_follow_the_true_qualities(truth):
    (period,) = truth["scores"]
    assert (period["from"], period["to"]) == (truth["from"], truth["to"])
    scores = np.array([one["score"] for one in period["operators"]])
    assert (scores.mean(), scores.std()) == (pytest.approx(50), pytest.approx(10, abs=0.01))
    people = {one["operator_id"]: one for one in truth["operators"]}
    solve = [people[one["operator_id"]]["quality"]["solve"] for one in period["operators"]]
    resolved = [one["components"]["fcr"] for one in period["operators"]]
    assert np.corrcoef(solve, resolved)[0, 1] > 0.95


def test_on_the_phone_nobody_is_truly_better_at_rings(truth):
    team = {one["operator_id"]: one["team"] for one in truth["operators"]}
    rows = truth["scores"][0]["operators"]
    own = {name: {one["components"]["sla"] for one in rows if team[one["operator_id"]] == name}
           for name in ("first-1", "chat-1")}  # fmt: skip
    assert len(own["first-1"]) == 1 < len(own["chat-1"])


def test_a_history_is_scored_for_trailing_periods_and_full_months():
    assert periods(date(2026, 9, 20), date(2026, 9, 30), 28) == [
        (date(2026, 9, 20), date(2026, 9, 30))
    ]
    assert periods(date(2026, 2, 1), date(2026, 3, 1), 28) == [(date(2026, 2, 1), date(2026, 3, 1))]


@pytest.mark.parametrize(("confounded", "least", "most"), [(False, -0.2, 0.2), (True, 0.25, 1)])
def test_hard_matters_go_to_those_who_solve_most_only_where_asked(confounded, least, most):
    made = World(3, 500, "Europe/Moscow", date(2026, 9, 7), confounded=confounded)
    scene = made.happens(date(2026, 9, 7))
    stays = scene.day.stays
    first = (stays.line == 0) & (stays.operator >= 0)
    first &= made.team.desk[stays.operator] == made.team.desks.index("first")
    hard = -made.params.solve[scene.day.drafts.category[stays.contact[first]]]
    good = made.team.effect("solve")[stays.operator[first]]
    assert least < np.corrcoef(hard, good)[0, 1] < most
