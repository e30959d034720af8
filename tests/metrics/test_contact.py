"""contacts and contact: the rows behind a number, and one contact whole."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.errors import QueryError
from pipelines.metrics import (
    Query,
    Scope,
    case_course,
    contact,
    contacts,
    nearest,
    parse_moment,
    timeline,
    volume,
)

MSK = ZoneInfo("Europe/Moscow")


def week(**more: Any) -> Query:
    start, end = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)
    return Query(start, end, **({"as_of": parse_moment("2026-12-01", MSK)} | more))


@pytest.fixture
def three(given):
    given.call("calls:1", "2026-11-16T10:00:00", "answered", 5, case_number="N1", citizen_key="x")
    given.call("calls:2", "2026-11-16T11:00:00", "abandoned", 90, citizen_key="x", line="faults")
    given.contact("calls:3", "2026-11-16T12:00:00", outcome="self_served", case_number="N1")
    return given


def ids(listed):
    return listed.total, listed.rows["contact_id"].to_list()


def test_a_list_holds_exactly_what_its_number_counts(lake, three):
    counts = volume(lake, week()).row(0, named=True)
    for name in ("contacts", "offered", "answered", "abandoned", "self_served", "waiting"):
        listed = contacts(lake, week(), counted=name)
        assert (name, listed.total, len(listed.rows)) == (name, counts[name], counts[name])
    assert ids(contacts(lake, week(), counted="abandoned")) == (1, ["calls:2"])


def test_a_page_of_a_list_still_knows_the_total(lake, three):
    assert ids(contacts(lake, week(), limit=2)) == (3, ["calls:3", "calls:2"])
    assert ids(contacts(lake, week(), limit=2, offset=2)) == (3, ["calls:1"])
    assert ids(contacts(lake, week(), limit=2, offset=4)) == (3, [])
    assert ids(contacts(lake, week(), order="oldest", limit=1)) == (3, ["calls:1"])


def test_contacts_of_a_promise_in_a_state(lake, three):
    for n, (due, stopped) in enumerate((("10:05", "10:04"), ("11:05", "11:30"), ("12:05", None))):
        at = parse_moment(f"2026-11-16T{10 + n}:00", MSK)
        three.rows(
            "clocks",
            {
                "promise": "phone.wait_max",
                "kind": "clock",
                "contact_id": f"calls:{n + 1}",
                "number": 1,
                "received_date": at.date(),
                "started_at": at,
                "due_at": parse_moment(f"2026-11-16T{due}", MSK),
                "stopped_at": stopped and parse_moment(f"2026-11-16T{stopped}", MSK),
                "stop_kind": stopped and "stopped",
            },
        )
    for state, expected in (("met", "calls:1"), ("breached", "calls:2"), ("overdue", "calls:3")):
        assert ids(contacts(lake, week(), promise="phone.wait_max", state=state)) == (1, [expected])
    assert contacts(lake, week(), promise="phone.wait_max").total == 3
    opened = contact(lake, "calls:2", as_of=parse_moment("2026-11-16T11:10", MSK))
    assert opened["clocks"].select("promise", "state").rows() == [("phone.wait_max", "overdue")]


def test_one_contact_is_found_by_its_id_and_by_its_case(lake, three):
    three.event("calls:1", "2026-11-16T10:00:00", "received", "2026-11-16T10:00:00")
    three.event("calls:1", "2026-11-16T10:00:00", "rated", "2026-11-16T10:30:00")
    three.rows(
        "quarantine",
        {
            "quarantine_id": "q1",
            "source": "calls",
            "dataset": "calls",
            "expectations": "ended_after_answered",
            "row": '{"call_id": "1"}',
        },
    )
    flagged = {"expectation": "calls.line_known", "file": "calls.csv", "row_no": 7}
    three.rows("flagged", flagged | {"source": "calls", "contact_id": "calls:1"})
    three.rows("flagged", flagged | {"source": "calls", "contact_id": "calls:2"})
    found = contact(lake, "N1", as_of=parse_moment("2026-11-16T10:10", MSK))
    assert found["header"]["contact_id"] == "calls:1"
    assert found["legs"]["left_as"].to_list() == ["answered"]
    assert found["events"]["kind"].to_list() == ["received"]  # the rating came later
    later = contact(lake, "N1", as_of=parse_moment("2026-11-16T12:10", MSK))
    assert later["related"].select("contact_id", "same").rows() == [
        ("calls:2", "citizen"),
        ("calls:3", "case"),
    ]
    assert found["checks"].select("fate", "expectations", "row_no").rows() == [
        ("flagged", "calls.line_known", 7),
        ("held", "ended_after_answered", None),
    ]
    assert contact(lake, "calls:9") is None


@pytest.mark.parametrize(
    ("channel", "answered", "address"),
    [
        ("phone", True, "https://records.example/2026-11-16/1%2F2.wav?of=calls%3A1%2F2"),
        ("phone", False, None),
        ("chat", True, None),
    ],
)
def test_a_talk_leads_to_its_recording(lake, given, channel, answered, address):
    template = "https://records.example/{date}/{native_id}.wav?of={contact_id}"
    given.contact("calls:1/2", "2026-11-16T10:00:00", channel=channel)
    left_as = "answered" if answered else "abandoned"
    given.leg("calls:1/2", "2026-11-16T10:00:00", left_as, channel=channel)
    keeping = replace(lake, settings=replace(lake.settings, recording_url=template))
    assert contact(keeping, "calls:1/2")["recording"] == address
    assert contact(lake, "calls:1/2")["recording"] is None


def test_what_a_scope_does_not_hold_cannot_be_opened(lake, three):
    assert contact(lake, "calls:1", scope=Scope(lines=("faults",))) is None
    assert contacts(lake, week(scope=Scope(lines=("faults",)))).total == 1
    seen = contact(lake, "calls:2", scope=Scope(lines=("faults",)))
    assert seen["related"].is_empty()


@pytest.mark.parametrize("scope", [Scope(lines=("faults",)), Scope(teams=("red",))])
def test_a_contact_counted_by_one_leg_of_it_can_be_opened(lake, given, scope):
    given.rows("operators", {"operator_id": "o", "team": "t"}, {"operator_id": "p", "team": "red"})
    given.contact("calls:1", "2026-11-16T10:00:00", operator_id="o")
    given.leg("calls:1", "2026-11-16T10:00:00", operator_id="o")
    given.leg("calls:1", "2026-11-16T10:00:00", leg=2, line="faults", operator_id="p")
    given.call("calls:2", "2026-11-16T10:00:00", operator_id="o")
    assert ids(contacts(lake, week(scope=scope), counted="answered")) == (1, ["calls:1"])
    assert contact(lake, "calls:1", scope=scope) is not None
    assert contact(lake, "calls:2", scope=scope) is None


def test_of_a_contact_opened_at_a_moment_nothing_later_shows(lake, given):
    given.call("calls:1", "2026-11-16T10:00:00", "answered", 60, talk_s=100, citizen_key="x")
    given.leg(
        "calls:1", "2026-11-16T10:00:00", leg=2, queued_at=parse_moment("2026-11-16T10:02", MSK)
    )
    given.contact("calls:2", "2026-11-16T10:30:00", citizen_key="x")
    at = parse_moment("2026-11-16T10:00", MSK)
    given.rows(
        "clocks",
        {"promise": "phone.wait_max", "kind": "clock", "contact_id": "calls:1", "number": 1}
        | {"received_date": at.date(), "started_at": at, "due_at": at}
        | {"stopped_at": parse_moment("2026-11-16T10:01", MSK), "stop_kind": "stopped"},
    )
    legs = ("leg", "left_as", "answered_at", "left_at", "talk_s")

    def seen(clock):
        found = contact(lake, "calls:1", as_of=parse_moment(f"2026-11-16T{clock}", MSK))
        stops = found["clocks"].select("state", "stopped_at", "stop_kind").rows()
        return found["legs"].select(legs).rows(), stops, found["related"]["contact_id"].to_list()

    answered = parse_moment("2026-11-16T10:01", MSK)
    waiting, overdue = (1, "open", None, None, None), ("overdue", None, None)
    assert seen("10:00:30") == ([waiting], [overdue], [])
    assert seen("10:01")[0] == [(1, "answered", answered, None, None)]
    assert seen("10:31")[0][0][2:] == (answered, parse_moment("2026-11-16T10:02:40", MSK), 100.0)
    assert seen("10:31")[1:] == ([("breached", answered, "stopped")], ["calls:2"])
    rows = contacts(lake, week(as_of=at), promise="phone.wait_max").rows
    assert rows.select("state", "stopped_at").rows() == [("running", None)]


def test_of_several_clocks_of_a_contact_the_worst_is_listed(lake, three):
    at = parse_moment("2026-11-16T10:00", MSK)
    for number, (due, stopped) in enumerate(((5, 1), (20, 30), (60, 50)), 1):
        three.rows(
            "clocks",
            {"promise": "chat.next_response", "kind": "clock", "contact_id": "calls:1"}
            | {"number": number, "received_date": at.date(), "started_at": at}
            | {"due_at": at + timedelta(minutes=due), "stop_kind": "stopped"}
            | {"stopped_at": at + timedelta(minutes=stopped)},
        )
    (row,) = contacts(lake, week(), promise="chat.next_response").rows.to_dicts()
    assert (row["state"], row["due_at"]) == ("breached", at + timedelta(minutes=20))


def test_an_operator_opens_contacts_any_leg_of_which_was_his_own(lake, given):
    given.contact("calls:1", "2026-11-16T10:00:00", operator_id="b")
    given.leg("calls:1", "2026-11-16T10:00:00", operator_id="a")
    assert contact(lake, "calls:1", scope=Scope(operator="a")) is not None
    assert contact(lake, "calls:1", scope=Scope(operator="c")) is None


def test_unknown_words_are_refused(lake):
    with pytest.raises(QueryError, match="did you mean 'abandoned'"):
        contacts(lake, week(), counted="abandond")
    with pytest.raises(QueryError, match="unknown state"):
        contacts(lake, week(), state="late")


def test_contacts_of_a_chain_stand_together_with_waits_talks_and_deadlines(lake, three):
    at = parse_moment("2026-11-16T10:00", MSK)
    three.rows("clocks", {
        "promise": "phone.wait_max", "kind": "clock", "contact_id": "calls:1", "number": 1,
        "received_date": at.date(), "started_at": at, "due_at": at + timedelta(minutes=5),
        "stopped_at": at + timedelta(minutes=9), "stop_kind": "stopped",
    })  # fmt: skip
    ids_of, day = ("calls:1", "calls:2"), at.date()
    found = case_course(lake, ids_of, (day, day), at + timedelta(days=1))
    assert found["spans"].select("contact_id", "part", "seconds").rows()[0] == (
        "calls:1", "wait", 5.0
    )  # fmt: skip
    assert found["spans"].select("contact_id", "part").rows()[1:] == [
        ("calls:1", "served"), ("calls:2", "wait")
    ]  # fmt: skip
    assert found["dues"].select("contact_id", "state").rows() == [("calls:1", "breached")]
    part = case_course(lake, ids_of, (day, day), at + timedelta(days=1), Scope(lines=("faults",)))
    assert part["spans"]["contact_id"].to_list() == ["calls:2"]
    assert part["dues"].is_empty()
    later = (at + timedelta(days=1)).astimezone(UTC)
    chain = timeline(contact(lake, "calls:1", later))["chain"]
    assert nearest(chain, 2)["contact_id"].to_list() == ["calls:1", "calls:2"]
