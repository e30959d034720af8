"""First-contact resolution, chains and failure demand: who came back, and what it cost."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.metrics import Query, Scope, parse_moment

MSK = ZoneInfo("Europe/Moscow")


def asked(end: str = "2026-11-23", as_of: str = "2026-11-26", **more: Any) -> Query:
    return Query(
        parse_moment("2026-11-16", MSK),
        parse_moment(end, MSK),
        as_of=parse_moment(as_of, MSK),
        **more,
    )


@pytest.fixture
def came_back(given):
    """x comes back on another line and channel; y within a day under another topic; z is young."""
    form = {"category": "form_error"}
    given.contact("x1", "2026-11-16T10:00:00", citizen_key="x", **form)
    given.contact("x2", "2026-11-17T10:00:00", citizen_key="x", line="chat", channel="chat", **form)
    given.contact("x3", "2026-11-25T10:00:00", citizen_key="x", **form)  # over seven days later
    given.contact("y1", "2026-11-18T10:00:00", citizen_key="y", **form)
    given.contact("y2", "2026-11-18T20:00:00", citizen_key="y", category="passport")
    given.contact("z1", "2026-11-22T10:00:00", citizen_key="z", **form)
    given.contact("z2", "2026-11-24T10:00:00", citizen_key="z", **form)
    given.contact("u1", "2026-11-18T10:00:00", **form)  # nobody knows whose
    return given


def test_only_contacts_a_week_old_are_judged_and_younger_ones_are_provisional(lake, came_back):
    form, passport = metrics.resolution(lake, asked()).to_dicts()
    assert (form["category"], form["contacts"]) == ("form_error", 5)
    # x1 was followed, x2 only eight days later, y1 by another topic; z1 is four days old
    assert (form["mature"], form["followed"], form["fcr"]) == (3, 1, pytest.approx(2 / 3))
    assert (form["provisional"], form["provisional_followed"]) == (1, 1)
    assert form["hours_between"] == 24
    assert (form["day_base"], form["day_followed"], form["day_other"]) == (4, 2, 1)
    assert (passport["mature"], passport["followed"], passport["fcr"]) == (1, 0, 1.0)


def test_what_comes_after_the_moment_is_not_known(lake, came_back):
    form = metrics.resolution(lake, asked(as_of="2026-11-23")).row(0, named=True)
    assert (form["mature"], form["provisional"], form["provisional_followed"]) == (0, 4, 1)
    assert form["fcr"] is None


def test_one_comes_back_on_a_line_that_may_not_be_seen(lake, came_back):
    (form,) = metrics.resolution(
        lake, asked(scope=Scope(lines=("main",)), where={"category": ("form_error",)})
    ).to_dicts()
    assert (form["contacts"], form["mature"], form["followed"]) == (4, 2, 1)


def test_resolution_adds_up_to_the_contacts(lake, came_back):
    sums = metrics.resolution_sums(metrics.resolution(lake, asked()))
    assert sums["contacts"] == metrics.volume(lake, asked()).item(0, "contacts")


@pytest.mark.parametrize(
    ("counted", "column"),
    [("followed", "followed"), ("followed_24h", "day_followed"), ("repeats", None)],
)
def test_as_many_contacts_stand_behind_a_number_as_it_says(lake, came_back, counted, column):
    listed = metrics.contacts(lake, asked(), counted=counted)
    if column:
        assert listed.total == metrics.resolution(lake, asked())[column].sum()
    else:
        assert listed.total == metrics.problems(lake, asked())["repeats"].sum()
        assert listed.rows["contact_id"].to_list() == ["x2"]


def test_citizens_call_again_about_the_same_or_something_else(lake, came_back):
    rows = metrics.called_again(lake, asked(where={"category": ("form_error",)}))
    assert rows.select("next_category", "n", "share").rows() == [
        ("form_error", 1, 0.5), ("passport", 1, 0.5)
    ]  # fmt: skip


def test_a_chain_is_contacts_of_one_citizen_and_topic_each_within_a_week(lake, came_back):
    found = metrics.chains(lake, asked(end="2026-11-26"))
    assert found["lengths"].select("length", "n", "contacts").rows() == [(2, 2, 4)]
    longest = found["longest"].select("contact_id", "contacts", "hours_between", "channels").rows()
    assert longest == [("z2", 2, 48.0, 1), ("x2", 2, 24.0, 2)]


@pytest.fixture
def broke(given):
    """An outage, a fault, a repeat, and one contact of its own sake, each with its work."""
    work = {"talk_s": 1800.0}
    given.rows("incidents", {"incident_id": "i", "category": "passport",
               "detected_at": parse_moment("2026-11-16T10:00", MSK),
               "restored_at": parse_moment("2026-11-16T11:00", MSK)})  # fmt: skip
    given.call("i1", "2026-11-16T10:30:00", category="passport", citizen_key="a", **work)
    given.call("f1", "2026-11-16T12:00:00", category="form_error", citizen_key="b", **work)
    given.call("f2", "2026-11-16T12:30:00", "abandoned", 60, category="form_error")
    given.call("r1", "2026-11-16T12:00:00", category="reporting", citizen_key="c", **work)
    given.call("r2", "2026-11-17T12:00:00", category="reporting", citizen_key="c", **work)
    given.call("o1", "2026-11-16T13:00:00", category="passport", citizen_key="d", **work)
    return given


def test_a_failure_counts_once_by_the_first_reason_and_costs_hours_and_posts(lake, broke):
    rows = {row["category"]: row for row in metrics.failures(lake, asked()).to_dicts()}
    reasons = {
        name: tuple(row[f"by_{reason}"] for reason in ("incident", "fault", "repeat"))
        for name, row in rows.items()
    }
    assert reasons == {"passport": (1, 0, 0), "form_error": (0, 2, 0), "reporting": (0, 0, 1)}
    assert rows["form_error"]["hours"] == 0.5
    assert rows["form_error"]["untimed"] == 1  # nobody answered
    assert rows["reporting"]["share"] == 0.5
    # half an hour in a week of thirty
    assert rows["reporting"]["posts"] == pytest.approx(0.5 / 30)
    sums = metrics.failure_sums(metrics.failures(lake, asked()))
    assert (sums["contacts"], sums["failures"], sums["hours"]) == (6, 4, 1.5)
    assert metrics.contacts(lake, asked(), counted="failures").total == 4


def test_chats_held_at_once_share_the_time_of_their_operator(lake, given):
    more = {"category": "form_error", "channel": "chat", "line": "chat", "operator_id": "op"}
    given.call("a", "2026-11-16T10:00:00", "answered", 0, talk_s=3600, **more)
    given.call("b", "2026-11-16T10:00:00", "answered", 0, talk_s=3600, **more)
    (row,) = metrics.failures(lake, asked()).to_dicts()
    assert row["hours"] == 1.0
