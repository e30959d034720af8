"""Marts and rows are two ways to the same figures: whatever the days settled, they agree."""

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.marts import build as builder
from pipelines.metrics import Query, parse_moment, problems, promises, sla, volume
from pipelines.metrics import volume as volume_function
from pipelines.metrics.promised import kept_counts

MSK = ZoneInfo("Europe/Moscow")
FIRST = date(2026, 11, 9)
DAYS = [FIRST + timedelta(days=n) for n in range(7)]
PROMISES = {
    "phone.wait_max": "clock",
    "phone.answered": "share",
    "phone.wait_mean": "mean",
    "feedback.answer_hours": "reading",
}
DUE_S = (300, 86400, 30 * 86400)


@pytest.fixture
def busy(given):
    """300 contacts over a week, of every kind: open, lost, two legs, unknown citizens."""
    chance = random.Random(7)
    contacts, legs = [], []
    for n in range(300):
        at = parse_moment(FIRST.isoformat(), MSK) + timedelta(seconds=chance.uniform(0, 7 * 86400))
        line, channel = chance.choice([("main", "phone"), ("faults", "phone"), ("chat", "chat")])
        own = {"contact_id": f"c{n}", "source": "calls", "channel": channel, "line": line}
        own |= {"received_at": at, "received_date": at.astimezone(MSK).date()}
        contacts.append(
            own
            | {
                "category": chance.choice(["form_error", "account_locked", None]),
                "citizen_key": chance.choice([f"p{n % 40}", None]),
                "outcome": chance.choice(["served", "self_served", None]),
            }
        )
        for number in range(1, chance.choice([1, 1, 2, 3])):
            left_as = chance.choice(["answered", "answered", "abandoned", "flowed_out", "open"])
            wait = timedelta(seconds=chance.choice([chance.randint(0, 60), chance.uniform(0, 900)]))
            ended = None if left_as == "open" else at + wait
            answered = ended if left_as == "answered" else None
            legs.append(
                own
                | {
                    "leg": number,
                    "queued_at": at,
                    "answered_at": answered,
                    "left_at": ended + timedelta(seconds=200) if answered else ended,
                    "left_as": left_as,
                    "talk_s": 200.0 if answered else None,
                }
            )
    given.rows("contacts", *contacts)
    given.rows("legs", *legs)
    given.rows("clocks", *(clock for contact in contacts for clock in clocks_of(contact, chance)))
    return given


def clocks_of(contact: dict[str, Any], chance: random.Random) -> list[dict[str, Any]]:
    """Clocks of every kind and end: some change their state long after the period."""

    def later(*days: float) -> Any:
        return chance.choice([None, at + timedelta(days=chance.choice(days))])

    at, clocks = contact["received_at"], []
    for promise, kind in PROMISES.items():
        stopped = later(0, 0.001, 0.5, 3, 30)
        clocks.append(
            {"promise": promise, "promise_version": 1, "kind": kind, "number": 1}
            | {name: contact[name] for name in ("contact_id", "received_date")}
            | {
                "judged_category": chance.choice([None, None, "passport", ""]),
                "started_at": at,
                "due_at": None if kind == "mean" else at + timedelta(seconds=chance.choice(DUE_S)),
                "since_at": later(0.001, 2),
                "until_at": chance.choice([None, None, at + timedelta(days=4)]),
                "stopped_at": stopped,
                "stop_kind": stopped and chance.choice(["stopped", "gave_up", "failed"]),
                "value": chance.uniform(0, 900) if kind == "mean" else None,
            }
        )
    return clocks


WHOLE = (("2026-11-09", "2026-11-16"), (), "2026-12-01")


def questions() -> list[tuple[Any, ...]]:
    periods = [("2026-11-09", "2026-11-16"), ("2026-11-10T13:07", "2026-11-13T04:00")]
    late, amid = "2026-12-01", "2026-11-12T12:00:03"
    return [
        (periods[0], ("day", "channel"), late),
        (periods[1], ("line",), late),
        (periods[0], (), amid),
        (periods[1], ("hour_of_day",), amid),
        (periods[0], ("category",), late),
    ]


def query_of(question):
    (start, end), by, moment = question
    start, end, as_of = (parse_moment(text, MSK) for text in (start, end, moment))
    return Query(start, end, by, as_of=as_of)


def answers(lake, question, threshold=20.0):
    query = query_of(question)
    return [
        volume(lake, query),
        *(sla(lake, query, threshold, f"SL-{n}") for n in range(1, 6)),
        problems(lake, query),
        promises(lake, query),
        promises(lake, replace(query, by=("day",), where={"line": ("main", None)})),
        promises(
            lake, replace(query, by=("class", "promise", "regime"), where={"category": "passport"})
        ),
        promises(lake, replace(query, where={"promise": "feedback.answer_hours"})),
    ]


@pytest.mark.slow
def test_marts_answer_what_rows_answer(lake, busy):
    from_rows = [answers(lake, question) for question in questions()]
    builder.build(lake, DAYS)
    for question, by_rows in zip(questions(), from_rows, strict=True):
        for one, other in zip(by_rows, answers(lake, question), strict=True):
            assert_frame_equal(one, other, abs_tol=1e-6)


def test_deadlines_kept_of_settled_days_are_the_sum_of_all_judged_one_by_one(lake, busy):
    builder.build(lake, DAYS)
    counts = [pl.col(name).sum() for name in ("met", "breached", "overdue")]
    for by, moment in itertools.product(
        [("category",), ("line", "day")], ["2026-11-12T12:00:03", "2026-11-13", "2026-12-01"]
    ):
        query = query_of((WHOLE[0], by, moment))
        every = promises(lake, replace(query, by=("promise", *by))).filter(kind="clock")
        judged = every.group_by(by).agg(counts).filter(pl.sum_horizontal("^(met|br|ov).*$") > 0)
        wanted = judged.select(
            *by,
            kept_share=pl.col("met") / pl.sum_horizontal("^(met|br|ov).*$"),
            kept_n=pl.sum_horizontal("^(met|br|ov).*$"),
        )
        assert_frame_equal(kept_counts(lake, query).sort(by), wanted.sort(by))


def test_a_dirty_day_is_answered_from_rows(lake, busy):
    builder.build(lake, DAYS)
    query = query_of(WHOLE)
    before = volume(lake, query).item(0, "contacts")
    busy.contact("late", "2026-11-10T10:00:00")
    assert volume(lake, query).item(0, "contacts") == before
    busy.rows("dirty_days", {"received_date": date(2026, 11, 10)})
    assert volume(lake, query).item(0, "contacts") == before + 1


def test_percentiles_of_the_histogram_are_at_most_two_percent_high(lake, busy, monkeypatch):
    import sys

    exact = volume(lake, query_of(WHOLE)).row(0, named=True)
    builder.build(lake, DAYS)
    monkeypatch.setattr(sys.modules[volume_function.__wrapped__.__module__], "EXACT_LEGS", 0)
    near = volume(lake, query_of(WHOLE)).row(0, named=True)
    for name in ("wait_p50_s", "wait_p90_s", "wait_p95_s"):
        assert exact[name] <= near[name] <= max(exact[name] * 1.0201, exact[name] + 1)
    assert near["wait_max_s"] == exact["wait_max_s"]


def test_counts_are_those_of_a_plain_count_over_the_rows(lake, busy):
    legs = lake.frame("select * from lake.legs")
    (row,) = volume(
        lake,
        Query(
            parse_moment("2026-11-09", MSK),
            parse_moment("2026-11-16", MSK),
            as_of=parse_moment("2026-12-01", MSK),
        ),
    ).to_dicts()
    counts = dict(legs["left_as"].value_counts().iter_rows())
    waits = legs.filter(pl.col("left_as") == "answered").select(
        (pl.col("answered_at") - pl.col("queued_at")).dt.total_microseconds() / 1e6
    )
    assert row["answered"] == counts["answered"]
    assert row["abandoned"] == counts["abandoned"]
    assert row["flowed_out"] == counts["flowed_out"]
    assert row["waiting"] == counts["open"]
    assert row["offered"] == len(legs)
    assert row["wait_mean_s"] == pytest.approx(waits.to_series().mean())
