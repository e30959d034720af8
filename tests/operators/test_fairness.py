"""Does a score go with circumstances of the work: found where it is there, not where it is not."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.operators.evaluated import evaluate
from pipelines.operators.fairness import dependence, with_own
from pipelines.operators.weights import read_weights
from pipelines.operators.within import contrasts
from pipelines.settings import Settings

WEIGHTS = read_weights(Settings().reference, date(2026, 10, 1))


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


def test_a_circumstance_is_told_from_contacts_of_the_same_operators_not_from_who_works_in_it():
    rng = np.random.default_rng(8)
    who, night = np.repeat(np.arange(60), 200), rng.random(12_000)
    # the good ones have the nights, and at night half of what is kept by day is not
    night = (night < (who + 10) / 80).astype(float)
    p = 1 / (1 + np.exp(-(who - 30) / 30 - 1 + 0.8 * night))
    frame = pl.DataFrame({
        "operator_id": [f"o{j:02d}" for j in who], "sla": rng.random(12_000) < p,
        "channel": "phone", "line": "main", "category": "", "hour_band": 1, "menu_choice": "",
        "is_transferred_in": False,
    })  # fmt: skip
    scored = evaluate(frame, WEIGHTS)
    factors = {"night": night, "written": np.zeros(12_000)}
    made = contrasts(frame, scored.observed, scored.result, WEIGHTS, factors)
    assert made["factor"].to_list() == ["night"]  # nobody did both kinds of the other
    share = np.bincount(who, night) / 200
    by_people = dependence(50 + 10 * scored.result.q, {"night": share}, logs=())
    both = with_own(by_people, {"night": share}, made).row(0, named=True)
    assert both["change"] > 5  # who works at night is better
    assert (both["own_operators"], both["own_verdict"]) == (60, "depends")
    assert both["own_low"] < both["own_change"] < both["own_high"] < 0  # and has it harder there


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
