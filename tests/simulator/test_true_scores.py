"""The composite the simulator expects of every operator, and worlds that confound it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.operators.weights import Weights, read_weights
from pipelines.settings import ROOT
from pipelines.simulator.exchanges import exchanges, handed_on
from pipelines.simulator.expected import Mix, base_of, composites, mix, periods, scale
from pipelines.simulator.parameters import CHAT
from pipelines.simulator.scene import Scene
from pipelines.simulator.staff import QUALITIES, Staff
from pipelines.simulator.world import World

MONDAY = date(2026, 9, 7)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A Monday of some 900 contacts."""
    return World(5, 900, "Europe/Moscow", MONDAY).happens(MONDAY)


@pytest.fixture(scope="module")
def days(scene: Scene) -> dict[date, Mix]:
    made = mix(scene.team, scene.day, scene.course, scene.forms)
    return {MONDAY: made, MONDAY + timedelta(days=1): made}


def weights() -> Weights:
    return read_weights(ROOT / "data" / "reference", MONDAY)


def better(team: Staff, quality: str, by: float) -> Staff:
    """Everybody's effect raised by so much."""
    made = team.quality.copy()
    made[:, QUALITIES.index(quality)] += by / team.params.raw["quality_sd"][quality]
    return replace(team, quality=made)


def test_true_scores_are_fifty_and_ten_and_follow_the_true_qualities(truth):
    (period,) = truth["scores"]
    assert period["base_from"] is None  # no full month in five days: a scale of its own
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


def test_who_responds_twice_as_fast_lets_a_citizen_wait_half_as_long_in_a_chat(scene):
    c, day = scene.course, scene.day
    who = np.flatnonzero(day.drafts.stream == CHAT)
    moved = handed_on(day, c, who)
    usual, quick = (
        exchanges(scene.params, team, day, c, who, moved)
        for team in (scene.team, better(scene.team, "response", 1.0))
    )
    waits = usual.replied_s - usual.asked_s
    span = (c.ended_s - c.answered_s)[who][usual.chat]
    is_room = np.bincount(usual.chat, waits)[usual.chat] < 0.74 * span
    assert is_room.mean() > 0.9
    assert (quick.replied_s - quick.asked_s)[is_room] == pytest.approx(waits[is_room] / 2)
    # one after another, after the first word and before the end
    assert (usual.asked_s > c.answered_s[who][usual.chat]).all()
    assert (usual.replied_s < c.ended_s[who][usual.chat]).all()
    goes_on = usual.step > 0
    assert (usual.asked_s[goes_on] > usual.replied_s[np.flatnonzero(goes_on) - 1]).all()


def test_chats_are_late_as_often_as_the_truth_expects(scene, days):
    # of nobody but the chat desk, with the own part alone, the composite is that of replies
    alone = replace(weights(), components={"sla": 1.0})
    late = replace(alone, own_part=alone.own_part | {"chat_reply_s": 1e9, "chat_next_s": 60})
    told = {
        one["operator_id"]: one["score"]
        for one in composites(
            scene.params, scene.team, days, MONDAY, MONDAY + timedelta(days=1), late
        )
    }
    desk = scene.team.members[scene.team.desks.index("chat")]
    quick = scene.team.effect("response")
    ranked = [told[scene.team.ids[o]] for o in sorted(desk, key=lambda o: quick[o])
              if scene.team.ids[o] in told]  # fmt: skip
    assert len(ranked) > 3
    assert ranked == sorted(ranked)


def test_scores_are_told_on_the_scale_of_the_base_period(scene, days):
    tuesday, end = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    parts = scene.params, scene.team
    # without the band of handle time, whose middle stays the period's own
    w = replace(weights(), components={"sla": 0.3, "fcr": 0.4, "csat": 0.3})
    held = scale(*parts, days, MONDAY, tuesday, w)
    own = composites(*parts, days, MONDAY, tuesday, w)
    assert own == composites(*parts, days, tuesday, end, w, held)
    # on Tuesday only the better half of Monday's people is there, for contacts like Monday's
    found = {one["operator_id"]: one["score"] for one in own}
    best = [i for i, name in enumerate(scene.team.ids) if found.get(name, 0) > 50]
    people = days[tuesday].people.filter(pl.col("operator").is_in(best))
    fewer = days | {tuesday: replace(days[tuesday], people=people)}
    risen = composites(*parts, fewer, tuesday, end, w, held)
    assert {one["operator_id"]: one["score"] for one in risen} == {
        name: score for name, score in found.items() if score > 50
    }
    alone = [one["score"] for one in composites(*parts, fewer, tuesday, end, w)]
    assert np.mean(alone) == pytest.approx(50, abs=0.01)


def test_who_waits_for_an_agency_is_in_nobodys_true_resolution(scene, days):
    def resolution(pending: tuple[str, ...]) -> dict[str, float]:
        asked = replace(weights(), pending=pending)
        rows = composites(scene.params, scene.team, days, MONDAY, MONDAY + timedelta(days=1), asked)
        return {one["operator_id"]: one["components"].get("fcr") for one in rows}

    assert set(resolution(scene.params.categories).values()) == {None}
    some, none = resolution(weights().pending), resolution(())
    assert None not in some.values()
    assert some != none


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, (date(2026, 10, 1), date(2026, 11, 1))),
        ((date(2026, 9, 22), date(2026, 10, 1)), (date(2026, 9, 22), date(2026, 10, 1))),
        ((date(2026, 8, 1), date(2026, 9, 1)), None),  # before the history
    ],
)
def test_the_base_is_that_of_the_file_or_the_last_full_month(given, found):
    first, end = date(2026, 8, 20), date(2026, 11, 15)
    asked = periods(first, end, 28)
    assert base_of(first, end, asked, replace(weights(), base=given)) == found
    assert base_of(first, end, asked[:2], replace(weights(), base=None)) is None


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
