"""The operator score against worlds whose truth is known."""

import time
from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.operators.base import Days, reading
from pipelines.operators.composite import Z80
from pipelines.operators.evaluated import Scored, evaluate
from pipelines.operators.help import help_rows
from pipelines.operators.level import Base
from pipelines.operators.model import fit
from pipelines.operators.standing import between, shrink, standing
from pipelines.operators.weights import Weights

WEIGHTS = Weights(
    components={
        "sla": 0.25,
        "fcr": 0.25,
        "csat": 0.15,
        "confirmation": 0.1,
        "aht": 0.05,
        "review": 0.2,
    },
    own_part={},
    minimum=-1.0,
    min_contacts=20,
    min_reliability=0.3,
    new_operator_days=90,
    period_days=28,
    fcr_days=7,
    prior_m=20,
    gap=0.05,
    flag_attention=0.8,
    flag_watch=0.5,
)
SHARES = {"sla": 1.4, "fcr": 1.0, "csat": 1.2, "confirmation": 1.8}  # component -> usual logit


def world(
    seed: int, *, operators: int = 200, confounded: bool, luck: int | None = None, more: float = 0
) -> tuple[pl.DataFrame, np.ndarray]:
    """Contacts of one period, and the true quality of every operator in standard units.

    luck: seed of another period of the same people, who keep `more` logits of everything. Good
    operators get the hard categories when confounded; the components of an operator go together
    (correlation .5), and a bad contact is bad in all of them.
    """
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(operators, 1))
    quality = np.sqrt(0.5) * common + np.sqrt(0.5) * rng.normal(size=(operators, 4))
    n = np.exp(rng.uniform(np.log(60), np.log(500), operators)).astype(int)
    who = np.repeat(np.arange(operators), n)
    pace = rng.normal(size=operators)
    rng = np.random.default_rng(luck) if luck else rng
    hardness = np.linspace(-0.8, 0.8, 12)
    preferred = np.argsort(np.argsort(common[:, 0])) / operators * 11
    category = (
        np.clip(np.rint(rng.normal(preferred[who], 2.5)), 0, 11).astype(int)
        if confounded
        else rng.integers(0, 12, len(who))
    )
    channel, hour = rng.integers(0, 3, len(who)), rng.integers(0, 4, len(who))
    shared = rng.normal(size=len(who)) * 0.5
    columns = {}
    for k, (name, usual) in enumerate(SHARES.items()):
        logit = (
            usual
            - hardness[category]
            + 0.2 * (channel - 1)
            + shared
            + 0.35 * quality[who, k]
            + more
        )
        y = rng.random(len(who)) < 1 / (1 + np.exp(-logit))
        asked = rng.random(len(who)) < (0.3 if name == "csat" else 1)
        columns[name] = pl.Series(y).set(pl.Series(~asked), None)
    frame = pl.DataFrame(
        {
            "operator_id": [f"op{i:03d}" for i in who],
            "category": category,
            "channel": channel,
            "hour_band": hour,
            "line": "main",
            "menu_choice": "",
            "is_transferred_in": False,
            **columns,
            "aht": 6
            + 0.1 * hardness[category]
            + 0.15 * pace[who]
            + 0.5 * rng.normal(size=len(who)),
            "transfers": rng.random(len(who)) < 0.1,
        }
    )
    return frame, np.column_stack([quality, pace])


def read(scored: Scored) -> Base:
    """The reading of a period as a base."""
    days = Days(date(2026, 1, 1), date(2026, 2, 1))
    return reading(days, scored.observed, scored.result, scored.strata, scored.where)


def points(scored: Scored) -> np.ndarray:
    return 50 + 10 * scored.result.q / scored.result.scale


def true_score(scored: Scored, truth: np.ndarray) -> np.ndarray:
    """What the composite would be were every effect known exactly; 0 = the average operator."""
    w = WEIGHTS.components
    total = sum(w[k] for k in scored.result.parts)
    score = sum(w[k] * truth[:, i] for i, k in enumerate(SHARES) if k in scored.result.parts)
    pace = -np.maximum(0, np.abs(truth[:, 4]) - 1) + 0.1666
    true = (score + w["aht"] * pace) / total
    return true - true.mean()


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])


def raw_score(frame: pl.DataFrame) -> np.ndarray:
    means = frame.group_by("operator_id").agg(pl.col(*SHARES).mean()).sort("operator_id")
    return sum(
        WEIGHTS.components[k] * ((means[k] - means[k].mean()) / means[k].std()).to_numpy()
        for k in SHARES
    )


def test_confounded_routing_fools_the_raw_mean_and_not_the_score():
    raw, adjusted = [], []
    for seed in range(4):
        frame, truth = world(seed, confounded=True)
        scored = evaluate(frame, WEIGHTS)
        true = true_score(scored, truth)
        raw.append(spearman(raw_score(frame), true))
        adjusted.append(spearman(scored.result.q, true))
    assert np.mean(raw) < 0.3
    assert np.mean(adjusted) > 0.7


def test_with_random_routing_the_score_is_at_least_as_good_as_the_raw_mean():
    frame, truth = world(11, confounded=False)
    scored = evaluate(frame, WEIGHTS)
    true = true_score(scored, truth)
    assert spearman(scored.result.q, true) > spearman(raw_score(frame), true) > 0.7


@pytest.mark.parametrize("confounded", [False, True])
def test_eighty_percent_intervals_hold_the_truth_about_eighty_times_in_a_hundred(confounded):
    inside = []
    for seed in range(20, 26):
        frame, truth = world(seed, confounded=confounded)
        scored = evaluate(frame, WEIGHTS)
        error = scored.result.q - true_score(scored, truth)
        inside.append(np.abs(error) <= Z80 * scored.result.sd)
    assert 0.76 < np.mean(inside) < 0.84


def test_where_nobody_differs_nobody_is_told_apart():
    frame, _ = world(3, confounded=False)
    rng = np.random.default_rng(0)
    same = frame.with_columns(
        *(pl.Series(k, rng.random(len(frame)) < 0.8) for k in SHARES),
        aht=pl.Series(6 + rng.normal(size=len(frame))),
    )
    scored = evaluate(same, WEIGHTS)
    assert scored.result.reliability.mean() < 0.3


def test_effect_of_an_operator_is_observed_less_expected_over_information():
    # one stratum, 3 operators of 10 contacts: 4, 6 and 8 kept; the usual rate is .6
    y = np.array([1.0] * 4 + [0.0] * 6 + [1.0] * 6 + [0.0] * 4 + [1.0] * 8 + [0.0] * 2)
    made = fit(y, np.repeat([0, 1, 2], 10), 3, [np.zeros(30, dtype=np.int64)], 20, binary=True)
    assert made.value.tolist() == [0.4, 0.6, 0.8]
    assert made.expected == pytest.approx([0.6, 0.6, 0.6], abs=0.01)
    # logit(.4) - logit(.6), logit(.8) - logit(.6), to the accuracy of one step
    assert made.effect - made.effect[1] == pytest.approx([-0.811, 0, 0.981], abs=0.05)


def test_a_stratum_with_few_contacts_is_expected_like_its_parent_with_twenty_more():
    # parent: 380 contacts at .5 beside a stratum of 20 contacts that all failed
    y = np.array([1.0] * 190 + [0.0] * 190 + [0.0] * 20)
    strata = np.repeat([0, 1], [380, 20])
    pool = np.zeros(400, dtype=np.int64)
    made = fit(y, np.arange(400) % 40, 40, [pool, strata], 20, binary=True)
    p = y - made.residual
    # (0 + 20 * .475) / (20 + 20), on the logit scale a little lower
    assert p[strata == 1].mean() == pytest.approx(0.2, abs=0.05)


def test_an_operator_alone_in_a_pool_is_compared_with_nobody():
    rng = np.random.default_rng(1)
    operator = np.repeat(np.arange(11), 100)
    pool = np.where(operator == 10, 1, 0)
    y = (rng.random(1100) < np.where(operator == 10, 0.1, 0.5 + 0.04 * operator)).astype(float)
    made = fit(y, operator, 11, [pool], 20, binary=True)
    assert made.reliability[10] == 0
    assert made.reliability[:10].min() > 0.5


def test_a_hard_pool_says_nothing_against_its_people():
    rng = np.random.default_rng(1)
    operator = np.repeat(np.arange(20), 200)
    pool = (operator >= 10).astype(np.int64)
    y = (rng.random(4000) < np.where(pool == 1, 0.1, 0.9)).astype(float)
    category = pool * 30 + np.arange(4000) % 30
    made = fit(y, operator, 20, [pool, category], 20, binary=True)
    assert abs(made.posterior[:10].mean() - made.posterior[10:].mean()) < 0.05


def test_handle_time_is_compared_in_logarithms():
    y = np.log([100.0, 100, 400, 400])
    made = fit(y, np.array([0, 0, 1, 1]), 2, [np.zeros(4, dtype=np.int64)], 20, binary=False)
    assert np.exp(made.value) == pytest.approx([100, 400])
    assert np.exp(made.expected) == pytest.approx([200, 200])


def test_dersimonian_laird_by_hand():
    # w = 4, 4, 1; mu = (0 + 4 + 2) / 9; Q = 4(2/3)^2 + 4(1/3)^2 + (4/3)^2 = 4
    mu, tau2 = between(np.array([0.0, 1.0, 2.0]), np.array([0.25, 0.25, 1.0]))
    assert mu == pytest.approx(2 / 3)
    assert tau2 == pytest.approx((4 - 2) / (9 - 33 / 9))


def test_an_operator_without_observations_stands_at_the_mean_with_all_its_uncertainty():
    reliability, posterior, sd = shrink(np.array([0.0]), np.array([np.inf]), 0.2, 0.09)
    assert (reliability[0], posterior[0], sd[0]) == (0, 0.2, pytest.approx(0.3))


def test_an_improvement_of_everybody_is_seen_on_the_scale_of_the_base_period():
    # one component, one stratum: 40 of 100 or 60 of 100 kept in the base, later 60 or 80
    def kept(shares: list[float]) -> pl.DataFrame:
        y = [i < 100 * share for share in shares for i in range(100)]
        who = [f"op{j:02d}" for j in range(len(shares)) for _ in range(100)]
        same = dict.fromkeys(("channel", "line", "category", "menu_choice"), "")
        return pl.DataFrame({"operator_id": who, "sla": y}).with_columns(
            hour_band=0, is_transferred_in=False, **{k: pl.lit(v) for k, v in same.items()}
        )

    first = evaluate(kept([0.4, 0.6] * 10), WEIGHTS)
    base = read(first)
    same = evaluate(kept([0.4, 0.6] * 10), WEIGHTS, base)
    better = evaluate(kept([0.6, 0.8] * 10), WEIGHTS, base)
    assert points(same) == pytest.approx(points(first), abs=0.01)
    # logits -0.405 and 0.405 in the base, 0.405 and 1.386 later: a rise of 0.896 at the middle
    risen = 0.896 / base.parts["sla"].unit * 10 / base.scale
    assert np.mean(points(better)) == pytest.approx(50 + risen, abs=1)  # shrunk a little
    assert base.parts["sla"].unit == pytest.approx(0.4, abs=0.05)  # they were 0.405 off the middle
    assert points(better)[0] > 50 > points(first)[0]
    alike = evaluate(kept([0.7] * 20), WEIGHTS, base)  # nobody differs any more
    risen = 0.847 / base.parts["sla"].unit * 10 / base.scale
    assert points(alike) == pytest.approx(np.full(20, 50 + risen), abs=0.5)
    told = help_rows(
        kept([0.7] * 20), alike.operators["operator_id"], alike.observed, alike.result, WEIGHTS
    )
    assert told["points"].abs().max() < 0.01
    # of peers in the same period nothing is lost: who kept 0.6 of 0.7 is still behind them
    assert better.observed["sla"].fit.gap[0] < -0.05


def test_a_later_period_keeps_the_scale_whatever_its_mix_and_its_intervals_hold():
    inside, off = [], []
    for seed, confounded in ((40, False), (41, True)):
        frame, truth = world(seed, confounded=confounded)
        base = read(evaluate(frame, WEIGHTS))
        # the same people, other contacts, and everybody keeps more of each component
        again, _ = world(seed, confounded=confounded, luck=seed + 100, more=0.35)
        scored = evaluate(again.filter(confounded | (pl.col("category") > 2)), WEIGHTS, base)
        shares = sum(WEIGHTS.components[k] for k in SHARES)
        risen = 1.0 * shares / sum(WEIGHTS.components[k] for k in scored.result.parts)
        error = scored.result.q - risen - true_score(scored, truth)
        inside.append(np.abs(error) <= Z80 * scored.result.sd)
        off.append(np.mean(error))
    assert 0.74 < np.mean(inside) < 0.86
    assert abs(np.mean(off)) < 0.06  # of a rise of one standard unit


def test_a_month_of_a_hundred_thousand_contacts_is_fitted_in_seconds():
    frame, _ = world(5, operators=500, confounded=True)
    big = pl.concat([frame, frame]).head(100_000) if len(frame) < 100_000 else frame.head(100_000)
    began = time.process_time()
    evaluate(big, WEIGHTS)
    assert time.process_time() - began < 4


def test_an_act_all_do_alike_tells_nobody_apart_though_another_act_does():
    rng = np.random.default_rng(8)
    variance = np.full(44, 0.04)
    kind = np.repeat([0, 1], [34, 10])
    true = np.where(kind == 1, rng.normal(size=44), 0)
    found = standing(true + 0.2 * rng.normal(size=44), variance, kind=kind)
    assert not found.at[kind == 0].any()
    assert np.corrcoef(found.at[kind == 1], true[kind == 1])[0, 1] > 0.9
    # taken together, luck of the first kind counts
    assert standing(true, variance).tau == pytest.approx(found.tau, abs=0.15)
    assert standing(true + 0.2 * rng.normal(size=44), variance).at[kind == 0].any()


def test_how_far_a_pool_of_few_is_from_the_rest_stays_in_doubt():
    effect, variance = np.array([0.5, -0.5, 0.6, -0.6]), np.full(4, 0.01)
    sure = standing(effect, variance, np.full(4, 0.05))
    few = standing(effect, variance, np.full(4, 0.5))
    assert few.reliability[0] == pytest.approx(sure.reliability[0] * 0.5 / 0.95, abs=0.02)
    assert few.sd[0] > 1.7 * sure.sd[0]
