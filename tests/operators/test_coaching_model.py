"""Where help would move a score, and what help did, against worlds whose truth is known."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.operators.effects import effects
from pipelines.operators.evaluated import evaluate
from pipelines.operators.help import help_rows
from tests.operators.test_score_model import WEIGHTS

START = date(2026, 9, 1)
DAYS, DONE, PEOPLE = 112, START + timedelta(days=84), 60
TODAY = START + timedelta(days=DAYS)


def world(seed: int, *, each: int = 400, helped: float = 0.0, poor: float = 0.0) -> pl.DataFrame:
    """Contacts of 60 operators over 16 weeks, one share measured, six categories of two kinds.

    op00 is below peers by `poor` logits in category c0 alone, and better by `helped` logits in
    all of them after DONE.
    """
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(PEOPLE), each)
    category = rng.integers(0, 6, len(who))
    day = rng.integers(0, DAYS, len(who))
    quality = 0.5 * rng.normal(size=PEOPLE)
    matter = 0.5 * rng.normal(size=(PEOPLE, 6))  # people differ in what they are good at
    quality[0], matter[0] = 0.0, 0.0
    logit = 1.0 - 0.4 * (category - 2.5) / 2 + quality[who] + matter[who, category]
    logit -= poor * ((who == 0) & (category == 0))
    logit += helped * ((who == 0) & (day > 84))
    y = rng.random(len(who)) < 1 / (1 + np.exp(-logit))
    return pl.DataFrame(
        {
            "operator_id": [f"op{i:02d}" for i in who],
            "received_date": [START + timedelta(days=int(n)) for n in day],
            "channel": "phone",
            "line": "main",
            "category": [f"c{n}" for n in category],
            "hour_band": 1,
            "menu_choice": "",
            "is_transferred_in": False,
            "sla": y,
        }
    )


def helps(frame: pl.DataFrame) -> pl.DataFrame:
    made = evaluate(frame, WEIGHTS)
    return help_rows(frame, made.operators["operator_id"], made.observed, made.result, WEIGHTS)


def test_the_one_matter_an_operator_is_poor_at_stands_out_by_what_the_score_would_gain():
    rows = helps(world(3, poor=2.0))
    mine = rows.filter(operator_id="op00").drop_nulls("category").sort("points", descending=True)
    worst = mine.row(0, named=True)
    assert (worst["category"], worst["probability"] > 0.99) == ("c0", True)
    assert worst["value"] < worst["expected"] - 0.2
    assert worst["points"] > 1


def test_the_gain_of_a_component_is_what_it_took_from_the_score():
    frame = world(4)
    made = evaluate(frame, WEIGHTS)
    rows = helps(frame)
    whole = rows.filter(pl.col("category").is_null()).sort("operator_id")["points"].to_numpy()
    assert whole == pytest.approx(-10 * made.result.parts["sla"] / made.result.scale)
    of_matters = rows.drop_nulls("category").group_by("operator_id").agg(pl.col("points").sum())
    both = of_matters.join(rows.filter(pl.col("category").is_null()), on="operator_id")
    assert np.corrcoef(both["points"], both["points_right"])[0, 1] > 0.8


def measured(frame: pl.DataFrame, operators: list[str], **more: str) -> list[dict]:
    done = [
        {"coaching_id": op, "operator_id": op, "component": "sla", "category": None}
        | {"done_on": DONE}
        | more
        for op in operators
    ]
    return effects(frame, evaluate(frame, WEIGHTS), done, TODAY, 8)


def test_an_improvement_after_the_talk_is_told_from_chance():
    (found,) = measured(world(5, each=600, helped=1.2), ["op00"])
    assert (found["since"], found["days"]) == (DONE + timedelta(days=1), 27)
    assert not found["is_final"]
    assert found["low"] > 0
    assert found["value"] - found["expected"] == pytest.approx(0.15, abs=0.08)


def test_who_was_picked_for_a_bad_spell_is_not_called_helped_when_it_passes():
    better, inside, n = 0, 0, 0
    for seed in range(3):
        frame = world(100 + seed)
        spell = frame.filter(pl.col("received_date").is_between(DONE - timedelta(28), DONE))
        worst = spell.group_by("operator_id").agg(pl.col("sla").mean()).sort("sla")
        rows = measured(frame, worst["operator_id"].head(12).to_list())
        better += sum(row["low"] > 0 for row in rows)
        inside += sum(row["low"] <= 0 <= row["high"] for row in rows)
        n += len(rows)
    assert (n, better <= 3) == (36, True)
    assert inside >= 0.9 * n


def test_too_few_contacts_and_nobody_to_hold_them_against_say_nothing():
    frame = world(7, each=60)
    (of_category,) = measured(frame, ["op00"], category="c0")
    assert set(of_category) == {"coaching_id", "since", "days", "is_final", "n_before", "n_after"}
    alone = frame.filter(pl.col("operator_id").is_in(["op00", "op01"]))
    assert "value" not in measured(alone, ["op00"])[0]
    assert measured(frame, ["nobody"])[0]["n_after"] == 0
