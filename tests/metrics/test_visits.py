"""Repeats and failure demand: days of the mart, days of rows and a plain count agree."""

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import metrics
from pipelines.marts.build import build
from pipelines.metrics import Query, parse_moment
from tests.metrics.conftest import MSK

FIRST = date(2026, 11, 2)
DAYS = [FIRST + timedelta(days=n) for n in range(21)]
LATE = date(2026, 11, 9)
TOPICS = ("form_error", "passport", None)
# who came after whom, and who before, written another way than the models are
PLAIN = """
with visits as (
    select contact_id, received_at as came, citizen_key as citizen, category as topic
    from lake.contacts where received_at <= $as_of
),
pairs as (
    select a.contact_id, b.came - a.came as gap, b.topic is not distinct from a.topic as is_same
    from visits as a
    inner join visits as b
        on a.citizen = b.citizen and (b.came, b.contact_id) > (a.came, a.contact_id)
),
backward as (
    select distinct b.contact_id from visits as a
    inner join visits as b on a.citizen = b.citizen and a.topic = b.topic
        and (b.came, b.contact_id) > (a.came, a.contact_id) and b.came - a.came <= interval 7 day
)
select
    v.topic as category,
    count(*) as contacts,
    nullif(count(distinct v.citizen), 0) as citizens,
    count(*) filter (where v.contact_id in (select contact_id from backward)) as repeats,
    count(*) filter (where v.topic is not null and v.citizen is not null
        and v.came <= $as_of - interval 7 day) as mature,
    count(*) filter (where v.topic is not null and v.came <= $as_of - interval 7 day
        and v.contact_id in (
            select contact_id from pairs where is_same and gap <= interval 7 day
        )) as followed,
    count(*) filter (where v.came <= $as_of - interval 24 hour and v.contact_id in (
        select contact_id from pairs where gap <= interval 24 hour
    )) as day_followed
from visits as v
where v.came >= $first and v.came < $last
group by v.topic order by v.topic nulls last
"""


@pytest.fixture
def visits(given):
    """240 contacts of 30 citizens over three weeks, some of nobody known, with their work."""
    chance = random.Random(3)
    contacts, legs = [], []
    for n in range(240):
        at = parse_moment(FIRST.isoformat(), MSK) + timedelta(days=chance.uniform(0, 21))
        channel = chance.choice(["phone", "chat", "portal"])
        own: dict[str, Any] = {"contact_id": f"c{n}", "source": "calls", "channel": channel}
        own |= {"line": chance.choice(["main", "faults"]), "operator_id": f"op{n % 3}"}
        own |= {"received_at": at, "received_date": at.astimezone(MSK).date()}
        citizen = chance.choice([f"p{n % 30}", f"p{n % 7}", None])
        more = {"category": chance.choice(TOPICS), "citizen_key": citizen, "region": f"r{n % 2}"}
        contacts.append(own | more | {"rating": chance.choice([None, 2, 5])})
        left_as = chance.choice(["answered", "abandoned"])
        answered = at + timedelta(seconds=30) if left_as == "answered" else None
        times = {"queued_at": at, "answered_at": answered, "left_at": at + timedelta(seconds=900)}
        talk_s = 870.0 if answered else None
        legs.append(own | times | {"leg": 1, "left_as": left_as, "talk_s": talk_s})
    given.rows("contacts", *contacts)
    given.rows("legs", *legs)
    return given


def asked(first: str, last: str, as_of: str, **more: Any) -> Query:
    start, end, at = (parse_moment(text, MSK) for text in (first, last, as_of))
    return Query(start, end, as_of=at, **more)


QUESTIONS = (
    asked("2026-11-02", "2026-11-23", "2026-12-01"),
    asked("2026-11-10T13:07", "2026-11-17", "2026-11-16T20:00"),
    asked("2026-11-10", "2026-11-19", "2026-12-01", where={"line": ("main",)}),
    asked("2026-11-04", "2026-11-20", "2026-12-01", by=("region",)),
)


def answers(lake) -> list[pl.DataFrame]:
    found = []
    for query in QUESTIONS:
        topic = asked("2026-11-09", "2026-11-20", "2026-11-30", where={"category": "form_error"})
        found += [
            metrics.topics(lake, query).drop("excess", "baseline"),
            metrics.resolution(lake, query).sort("contacts", *query.by or ("category",)),
            metrics.failures(lake, query).sort("contacts", *query.by or ("category",)),
            metrics.called_again(lake, query),
            metrics.chains(lake, query)["longest"],
            metrics.contacts(lake, query, counted="followed").rows,
            metrics.topic_sides(lake, topic, "line"),
        ]
    return found


def plain(lake, query: Query) -> pl.DataFrame:
    values = {"first": query.start, "last": query.end, "as_of": query.as_of}
    return lake.frame(PLAIN, values)


def of_topics(lake, query: Query) -> pl.DataFrame:
    names = ("mature", "followed", "day_followed")
    both = metrics.problems(lake, query).join(
        metrics.resolution(lake, query).select("category", *names), on="category", nulls_equal=True
    )
    found = both.sort("category", nulls_last=True)
    return found.select("category", "contacts", "citizens", "repeats", *names)


def test_a_plain_count_over_contacts_finds_as_many_repeats_as_the_mart(lake, visits):
    build(lake, DAYS)
    for query in QUESTIONS[:2]:
        assert_frame_equal(of_topics(lake, query), plain(lake, query), check_dtypes=False)


def test_rows_and_marts_answer_the_same_about_those_who_come_back(lake, visits):
    from_rows = answers(lake)
    build(lake, DAYS)
    for one, other in zip(from_rows, answers(lake), strict=True):
        assert_frame_equal(one, other, abs_tol=1e-6)


def test_a_late_contact_changes_its_neighbours_before_and_after_it_is_settled(lake, visits):
    build(lake, DAYS)
    query = QUESTIONS[0]
    before = plain(lake, query)
    # p1 came between two visits, p2 was somebody else, and one visit was of another topic
    visits.contact("late", f"{LATE}T12:00:00", citizen_key="p1", category="passport")
    changed = {"c32": ("citizen_key", "p5"), "c61": ("category", "form_error")}
    for contact_id, (column, value) in changed.items():
        lake.con.execute(
            f"update lake.contacts set {column} = $value where contact_id = $contact_id",
            {"value": value, "contact_id": contact_id},
        )
    days = lake.frame(
        "select distinct received_date as day from lake.contacts "
        "where contact_id in ('late', 'c32', 'c61')"
    )["day"].to_list()
    visits.rows("dirty_days", *({"received_date": day} for day in days))
    assert not plain(lake, query).equals(before)
    assert_frame_equal(of_topics(lake, query), plain(lake, query), check_dtypes=False)
    unsettled = answers(lake)
    build(lake, days)
    lake.con.execute("delete from lake.dirty_days")
    assert_frame_equal(of_topics(lake, query), plain(lake, query), check_dtypes=False)
    settled = answers(lake)
    for one, other in zip(unsettled, settled, strict=True):
        assert_frame_equal(one, other, abs_tol=1e-6)
    lake.con.execute("delete from lake.settled_days")  # all from rows again
    for one, other in zip(answers(lake), settled, strict=True):
        assert_frame_equal(one, other, abs_tol=1e-6)
