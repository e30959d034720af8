"""Random reviews enter the score, without leniency; risky, upheld and contested ones never do."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.operators import score
from pipelines.operators.observations import observations
from pipelines.operators.reviewed import fit_means, leniency, reviewed
from pipelines.operators.weights import read_weights
from tests.operators.test_scores_from_the_lake import (
    DAY,
    END,
    MSK,
    START,
    contact,
    lake,
    leg,
    moment,
    month,
    put,
)  # fmt: skip

__all__ = ["lake"]


def review(n: int, contact_id: str, points: float | None, **more: Any) -> dict[str, Any]:
    return {
        "review_id": f"r{n}",
        "contact_id": contact_id,
        "operator_id": "anna",
        "reviewer": "analyst",
        "how": "random",
        "received_date": START,
        "reviewed_at": moment(DAY),
        "state": "submitted",
        "score": points,
    } | more


def shares(lake) -> dict[str, float]:
    found = reviewed(lake, START, END).sort("contact_id")
    return dict(zip(found["contact_id"], found["review"].round(6), strict=True))


def test_only_counted_reviews_enter_and_two_of_one_contact_are_one(lake):
    put(lake, "reviews", [
        review(1, "a", 80.0),
        review(2, "a", 60.0, reviewer="supervisor"),
        review(3, "b", 10.0, how="risky"),
        review(4, "c", 10.0, state="upheld"),
        review(5, "d", 50.0, state="rejected"),
        review(6, "e", 10.0, reviewed_at=None, state="draft"),
        review(7, "f", None),
        review(8, "g", 10.0, received_date=END),
    ])  # fmt: skip
    assert shares(lake).keys() == {"a", "d"}
    assert shares(lake)["a"] == pytest.approx(0.7, abs=0.02)


def test_a_lenient_reviewer_gives_nobody_more(lake):
    """The analyst gives 20 points more on the same kind of contacts: 40 reviews each."""
    rows = []
    for n in range(80):
        is_analyst = n % 2 == 0
        points = 60.0 + 10 * (n // 2 % 2) + (20 if is_analyst else 0)
        rows.append(
            review(n, f"c{n:02}", points, reviewer="analyst" if is_analyst else "supervisor")
        )
    put(lake, "reviews", rows)
    found = shares(lake)
    assert found["c00"] - found["c01"] == pytest.approx(0, abs=0.003)
    assert found["c02"] - found["c01"] == pytest.approx(0.1, abs=0.003)
    assert np.mean(list(found.values())) == pytest.approx(0.75)


def test_leniency_of_few_reviews_is_near_nothing():
    scores = pl.DataFrame({"reviewer": ["a", "a", "b", "b"], "score": [0.9, 0.5, 0.6, 0.7]})
    found = leniency(scores)
    assert found.columns == ["reviewer", "n", "mean", "leniency"]
    assert found["n"].to_list() == [2, 2]
    assert found["leniency"].abs().max() < 0.02
    assert leniency(scores.head(0)).is_empty()


def test_means_of_one_observation_each_tell_nobody_apart():
    made = fit_means(np.array([0.1, 0.5, 0.9]), np.array([0, 1, 2]), 4)
    assert made.tau == 0
    assert made.reliability.tolist() == [0, 0, 0, 0]
    assert made.n.tolist() == [1, 1, 1, 0]
    assert np.isnan(made.value[3])


def test_means_find_the_spread_between_people():
    rng = np.random.default_rng(4)
    truth = rng.normal(0, 0.08, 200)
    group = np.repeat(np.arange(200), 8)
    y = 0.8 + truth[group] + rng.normal(0, 0.15, len(group))
    made = fit_means(y, group, 200)
    assert made.tau == pytest.approx(0.08, rel=0.25)
    covered = np.abs(made.posterior - made.mu - truth) < 1.2816 * made.sd
    assert covered.mean() == pytest.approx(0.8, abs=0.07)


def reviews_of_a_month(*, poor: str | None = None) -> list[dict[str, Any]]:
    """Six reviews of each of eleven operators of `month`; of one operator 40 points lower."""
    rng = np.random.default_rng(1)
    rows = []
    for j in range(11):
        operator = f"op{j:02d}"
        for i in range(6):
            points = 80 + rng.normal(0, 10) + 2 * j - (40 if operator == poor else 0)
            at = date(2026, 10, 1) + timedelta(days=1)
            rows.append(
                review(10 * j + i, f"{START}-{j}-{i}", float(np.clip(points, 0, 100)),
                       operator_id=operator, received_date=at,
                       reviewer="analyst" if i % 2 else "supervisor")
            )  # fmt: skip
    return rows


def test_reviews_move_a_score_and_say_how_many_they_are(lake):
    month(lake)
    before = score(lake, START, END)
    put(lake, "reviews", reviews_of_a_month(poor="op10"))
    after = score(lake, START, END)
    was, now = (f.filter(operator_id="op10").row(0, named=True) for f in (before, after))
    assert now["score"] < was["score"] - 3
    parts = json.loads(now["components"])
    assert parts["review"]["n"] == 6
    assert parts["review"]["weight"] > 0
    assert parts["review"]["value"] < parts["review"]["expected"] - 0.2
    assert sum(p["weight"] for p in parts.values()) == pytest.approx(1)
    none = json.loads(after.filter(operator_id="op11").row(0, named=True)["components"])
    assert none["review"]["n"] == 0


def test_an_upheld_appeal_takes_the_contact_out_of_every_component(lake):
    for name in ("a", "b"):
        contact(lake, name, DAY)
        leg(lake, name, DAY)
    leg(lake, "a", DAY, leg=2, operator_id="boris")
    put(lake, "reviews", [review(1, "a", 50.0), review(2, "b", 50.0)])
    appeal = {"about": "contact", "operator_id": "anna", "appealed_at": moment(DAY)}
    put(lake, "appeals", [
        appeal | {"appeal_id": "1", "contact_id": "a", "state": "upheld"},
        appeal | {"appeal_id": "2", "contact_id": "b", "state": "rejected"},
    ])  # fmt: skip
    weights = read_weights(lake.settings.reference, END)
    rows = observations(lake, START, END, weights)
    assert rows.sort("contact_id", "operator_id").select("contact_id", "operator_id").rows() == [
        ("a", "boris"), ("b", "anna"),
    ]  # fmt: skip
    assert rows.filter(contact_id="b")["review"].to_list() == [0.5]
    assert MSK.key == lake.settings.zone
