"""Does a score go with circumstances of the work: found where it is there, not where it is not."""

import numpy as np
import pytest

from pipelines.operators.fairness import dependence


def told(outcome, **factors):
    rows = dependence(outcome, factors, logs=("contacts",))
    return {row["factor"]: row for row in rows.iter_rows(named=True)}


def test_a_score_that_falls_with_nights_is_found_and_by_how_much():
    rng = np.random.default_rng(4)
    night, contacts = rng.random(400), np.exp(rng.normal(5, 0.6, 400))
    found = told(50 - 20 * night + 4 * rng.normal(size=400), night=night, contacts=contacts)
    assert found["night"]["verdict"] == "depends"
    # from the 10th to the 90th percentile operator: .8 of the range, 16 points
    assert found["night"]["change"] == pytest.approx(-16, abs=2)
    assert found["night"]["change_high"] < 0
    assert found["contacts"]["verdict"] == "no_trace"


def test_factors_that_go_together_are_told_apart():
    rng = np.random.default_rng(5)
    night = rng.random(500)
    tenure = 60 * (1 - night) + 12 * rng.random(500)  # the new ones work at night
    found = told(50 - 0.4 * tenure + rng.normal(size=500), night=night, tenure=tenure)
    assert found["tenure"]["verdict"] == "depends"
    assert found["night"]["change"] == pytest.approx(0, abs=2)


def test_with_fewer_than_ten_operators_a_factor_nothing_is_said():
    rng = np.random.default_rng(6)
    found = told(rng.normal(50, 10, 19), night=rng.random(19), contacts=rng.random(19) + 1)
    assert [(row["verdict"], row["reason"], row["change"]) for row in found.values()] == [
        ("cannot_tell", "few", None)
    ] * 2


def test_a_factor_alike_or_unknown_for_most_is_left_out_and_the_rest_still_judged():
    rng = np.random.default_rng(7)
    found = told(
        50 + rng.normal(size=60),
        night=np.zeros(60),
        tenure=np.where(np.arange(60) < 40, np.nan, 12.0),
        contacts=np.exp(rng.normal(5, 0.5, 60)),
    )
    assert {name: row["reason"] for name, row in found.items()} == {
        "night": "same", "tenure": "unknown", "contacts": None,
    }  # fmt: skip
    assert found["contacts"]["operators"] == 60
