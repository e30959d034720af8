"""Events one by one: headers and legs from all of a contact's events, whenever they came."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.lake.connect import Lake
from tests.conform.conftest import Bench, at

CONTACT = "calls:9"
COURSE = ("leg", "line", "queued_at", "answered_at", "left_at", "left_as", "operator_id")


@pytest.fixture
def event(at):
    def make(clock, kind, contact=CONTACT, **fields):
        return {"contact_id": contact, "event_at": at(clock), "kind": kind, **fields}

    return make


@pytest.fixture
def tick(bench):
    """One live tick: conform, rederive, commit."""

    def run(*rows):
        bench.conform("events", list(rows))
        bench.store()

    return run


def test_a_call_grows_event_by_event(bench, tick, event, at):
    tick(
        event("10:00:00", "received", channel="phone", dialled_number="88005553535", language="ru")
    )
    assert bench.legs("leg") == []
    assert bench.contact("channel", "line", "language", "outcome", "is_staffed") == (
        "phone", "main", "ru", None, True,
    )  # fmt: skip
    tick(event("10:00:10", "queued", line="main"))
    assert bench.legs(*COURSE) == [(1, "main", at("10:00:10"), None, None, "open", None)]
    tick(event("10:01:00", "answered", operator_id="op1", value="4"))
    assert bench.legs(*COURSE, "ring_s") == [
        (1, "main", at("10:00:10"), at("10:01:00"), None, "answered", "op1", 4.0)
    ]
    tick(event("10:02:00", "hold_started"), event("10:02:30", "hold_ended"))
    tick(event("10:04:00", "ended", value="served"), event("10:04:00", "rated", value="5"))
    assert bench.legs("left_at", "left_as", "talk_s", "hold_s") == [
        (at("10:04:00"), "answered", 150.0, 30.0)
    ]
    assert bench.contact("language", "outcome", "rating", "operator_id") == (
        "ru",
        "served",
        5.0,
        "op1",
    )
    assert bench.rows(
        "select seq, kind, received_date from lake.events order by seq"
    ) == [
        (n, kind, date(2026, 11, 9))
        for n, kind in enumerate(
            ("received", "queued", "answered", "hold_started", "hold_ended", "ended", "rated"), 1
        )
    ]  # fmt: skip


def test_a_contact_whose_beginning_comes_late_is_made_and_then_completed(bench, tick, event, at):
    tick(event("10:01:00", "answered", operator_id="op1"))
    assert bench.contact("received_at", "line", "channel") == (at("10:01:00"), None, "phone")
    assert bench.legs("queued_at", "answered_at", "left_as") == [(None, at("10:01:00"), "answered")]
    tick(
        event("10:00:00", "received", category="form_error", phone_key="p1"),
        event("10:00:10", "queued", line="112"),
    )
    assert bench.contact("received_at", "line", "category") == (
        at("10:00:00"),
        "faults",
        "form_error",
    )
    assert bench.legs(*COURSE) == [
        (1, "faults", at("10:00:10"), at("10:01:00"), None, "answered", "op1")
    ]
    assert bench.rows("select kind, key, received_at from lake.identity") == [
        ("phone", "p1", at("10:00:00"))
    ]
    assert bench.rows("select contact_id, received_at, old_received_date from restamped") == [
        (CONTACT, at("10:00:00"), date(2026, 11, 9))
    ]


def test_the_order_of_arrival_does_not_matter(bench, tick, event, at):
    tick(event("10:04:00", "ended"))
    tick(
        event("10:01:00", "answered", operator_id="op1"), event("10:00:00", "received", line="main")
    )
    tick(event("10:00:10", "queued", line="main"))
    assert bench.legs(*COURSE) == [
        (1, "main", at("10:00:10"), at("10:01:00"), at("10:04:00"), "answered", "op1")
    ]
    assert bench.contact("outcome") == ("served",)
    assert bench.rows("select count(distinct seq), max(seq) from lake.events") == [(4, 4)]


def test_a_transfer_to_a_known_line_waits_there(bench, tick, event, at):
    tick(
        event("10:00:00", "received", line="main"),
        event("10:00:00", "queued", line="main"),
        event("10:01:00", "answered", operator_id="op1"),
        event("10:03:00", "transferred", operator_id="op1", value="88005550101"),
    )
    assert bench.legs(*COURSE) == [
        (1, "main", at("10:00:00"), at("10:01:00"), at("10:03:00"), "answered", "op1"),
        (2, "signature", at("10:03:00"), None, None, "open", None),
    ]
    tick(event("10:04:00", "answered", operator_id="op2"), event("10:09:00", "ended"))
    assert bench.legs("leg", "left_at", "talk_s", "operator_id") == [
        (1, at("10:03:00"), 120.0, "op1"),
        (2, at("10:09:00"), 300.0, "op2"),
    ]
    assert bench.contact("line", "transferred_to", "operator_id") == ("main", "signature", "op2")


def test_the_events_of_a_contact_known_by_its_wide_log_are_not_counted_twice(
    bench, tick, event, at
):
    bench.conform(
        "calls",
        [
            {
                "contact_id": CONTACT,
                "dialled_number": "112",
                "received_at": at("10:00:00"),
                "queued_at": at("10:00:10"),
                "answered_at": at("10:01:00"),
                "ended_at": at("10:05:00"),
                "operator_id": "op1",
                "hold_s": 12.0,
                "wrap_s": 8.0,
                "outcome": "served",
            }
        ],
    )
    bench.store()
    tick(
        event("10:00:00", "received", line="faults"),
        event("10:00:10", "queued", line="faults"),
        event("10:01:00", "answered", operator_id="op1"),
        event("10:30:00", "recategorised", value="form_error"),
    )
    assert bench.events("seq", "kind", "value") == [(5, "recategorised", "form_error")]
    assert bench.legs(*COURSE, "talk_s", "hold_s", "wrap_s") == [
        (1, "faults", at("10:00:10"), at("10:01:00"), at("10:05:00"), "answered", "op1",
         228.0, 12.0, 8.0)
    ]  # fmt: skip
    assert bench.contact("category", "outcome") == ("form_error", "served")


def test_what_was_found_out_of_a_contact_later_is_kept_until_its_log_says_another(
    bench, tick, event
):
    tick(event("10:00:00", "received", channel="phone", phone_key="p1"))
    bench.lake.con.execute(
        "update lake.contacts set citizen_key = 'p1', category = 'form_error', "
        "category_source = 'model'"
    )
    tick(event("10:01:00", "ended"))
    assert bench.contact("citizen_key", "category", "category_source") == (
        "p1", "form_error", "model",
    )  # fmt: skip
    tick(event("10:02:00", "recategorised", value="reporting"))
    assert bench.contact("citizen_key", "category", "category_source") == (
        "p1", "reporting", "recorded",
    )  # fmt: skip


# contact -> its events, all of them in one tick: clock, kind, and the rest
COURSES: dict[str, list[tuple[Any, ...]]] = {
    "calls:followed": [
        ("10:00:00", "queued", {"line": "main"}),
        ("10:01:00", "answered", {"operator_id": "op1"}),
        ("10:03:00", "transferred", {"value": "faults"}),
        ("10:03:00", "queued", {"line": "faults"}),
        ("10:03:30", "abandoned", {}),
    ],
    "calls:unknown_place": [
        ("10:00:00", "queued", {"line": "main"}),
        ("10:01:00", "answered", {"operator_id": "op1"}),
        ("10:03:00", "transferred", {"value": "4711"}),
    ],
    "calls:left": [
        ("10:00:00", "queued", {"line": "main"}),
        ("10:02:00", "flowed_out", {"value": "timeout"}),
        ("10:02:00", "queued", {"line": "reserve"}),
        ("10:02:40", "answered", {"operator_id": "op1"}),
    ],
    "calls:menu_served": [
        ("21:00:00", "received", {"line": "main", "channel": "phone"}),
        ("21:00:20", "menu_choice", {"value": "access"}),
        ("21:00:50", "self_served", {}),
        ("21:00:50", "ended", {}),
    ],
    "calls:menu_left": [
        ("21:10:00", "received", {"line": "main", "channel": "phone"}),
        ("21:10:20", "ended", {}),
    ],
    "calls:header": [
        ("10:00:00", "received", {"channel": "phone", "category": "form_error",
                                  "due_at": at("20:00:00"), "parent_contact_id": "chats:1",
                                  "is_complex": False}),
        ("10:01:00", "recategorised", {"value": "service_outage"}),
        ("10:02:00", "complex_marked", {}),
        ("10:03:00", "due_moved", {"value": "2026-11-09T22:00:00+03:00"}),
        ("10:04:00", "escalated", {"value": "video"}),
        ("10:05:00", "confirmation_sent", {"value": "sms;email"}),
        ("10:06:00", "callback_made", {"value": "attempted"}),
        ("10:07:00", "callback_made", {"value": "reached"}),
        ("10:08:00", "verified", {"value": "substantiated"}),
    ],
    "calls:due": [("10:00:00", "due_moved", {"value": "2026-11-09 22:00:00"})],
    "calls:field": [
        ("10:00:00", "received", {"channel": "phone"}),
        ("10:01:00", "rated", {"rating": 3.0}),
        ("10:02:00", "recategorised", {"category": "reporting"}),
    ],
    "chats:1": [
        ("10:00:00", "received", {"channel": "chat"}),
        ("10:00:05", "message_in", {"value": "Не приходит код"}),
        ("10:01:00", "message_out", {"operator_id": "op3", "value": "Проверим"}),
        ("10:05:00", "ended", {"value": "citizen"}),
    ],
    "chats:2": [("10:00:00", "received", {"channel": "chat"}), ("10:05:00", "ended", {})],
    "chats:late": [("10:00:00", "verified", {"channel": "chat"})],
    "feedback:1": [
        ("10:00:00", "received", {"channel": "portal", "feedback_type": "complaint"}),
        ("10:00:01", "registered", {"value": "Ж-1"}),
    ],
    "feedback:2": [
        ("11:00:00", "received", {"channel": "portal"}),
        ("12:00:00", "replied", {"operator_id": "op5"}),
    ],
    "calls:odd": [
        ("10:00:00", "received", {"line": "main"}),
        ("10:00:01", "coffee_break", {"value": "x"}),
    ],
    "calls:outside": [
        ("10:00:00", "received", {"line": "main"}),
        ("10:00:20", "answered", {"operator_id": "op1"}),
        ("10:01:00", "transferred", {"value": "faults"}),
        ("10:01:00", "queued", {"line": "faults"}),
        ("10:01:30", "answered", {"operator_id": "op2"}),
        ("10:02:00", "ended", {}),
    ],
    "calls:early_answer": [
        ("10:00:00", "answered", {"operator_id": "op1"}),
        ("10:00:01", "queued", {"line": "main"}),
        ("10:02:00", "ended", {}),
    ],
}  # fmt: skip
# how a queue was left, and what the contact came to
LEFT = [
    ([("10:01:00", "abandoned", None)], "abandoned", "abandoned"),
    ([("10:00:00", "abandoned", None)], "abandoned", "abandoned"),
    ([("10:01:00", "flowed_out", "key")], "flowed_out", "flowed_out"),
    ([("10:01:00", "ended", "callback")], "flowed_out", "callback"),
    ([("10:01:00", "ended", None)], "abandoned", "abandoned"),
    ([("10:01:00", "callback_requested", None)], "flowed_out", "callback"),
    ([("10:01:00", "abandoned", None), ("10:30:00", "answered", None)], "abandoned", "abandoned"),
]
COURSES |= {
    f"calls:left_{n}": [
        ("10:00:00", "queued", {"line": "main"}),
        *((clock, kind, {"value": value}) for clock, kind, value in last),
    ]
    for n, (last, *_) in enumerate(LEFT)
}


class Courses:
    """What COURSES became: rows of one contact."""

    def __init__(self, bench: Bench) -> None:
        self.frames = {
            name: bench.lake.frame(f"select * from new_{name}")
            for name in ("contacts", "legs", "events")
        }

    def _of(self, name: str, contact: str, columns: tuple[str, ...], order: str) -> list[Any]:
        return self.frames[name].filter(contact_id=contact).sort(order).select(columns).rows()

    def legs(self, contact: str, *columns: str) -> list[Any]:
        return self._of("legs", contact, columns, "leg")

    def events(self, contact: str, *columns: str) -> list[Any]:
        return self._of("events", contact, columns, "seq")

    def contact(self, contact: str, *columns: str) -> Any:
        [row] = self._of("contacts", contact, columns, "contact_id")
        return row


@pytest.fixture(scope="module")
def courses(lake_of_bench: Callable[[], Lake]) -> Courses:
    bench = Bench(lake_of_bench())
    bench.conform("events", [
        {"contact_id": contact, "event_at": at(clock), "kind": kind, **fields}
        for contact, course in COURSES.items()
        for clock, kind, fields in course
    ])  # fmt: skip
    return Courses(bench)


def test_a_transfer_followed_by_the_next_queue_is_one_stay_there(courses, at):
    assert courses.legs("calls:followed", "leg", "line", "queued_at", "left_at", "left_as") == [
        (1, "main", at("10:00:00"), at("10:03:00"), "answered"),
        (2, "faults", at("10:03:00"), at("10:03:30"), "abandoned"),
    ]
    assert courses.contact("calls:followed", "outcome") == ("served",)


def test_a_transfer_to_nobody_we_know_ends_the_leg_only(courses, at):
    assert courses.legs("calls:unknown_place", "leg", "left_at", "left_as") == [
        (1, at("10:03:00"), "answered")
    ]
    assert courses.contact("calls:unknown_place", "outcome", "transferred_to") == (
        "transferred", "4711",
    )  # fmt: skip


def test_leaving_one_queue_for_another_is_two_legs(courses, at):
    assert courses.legs("calls:left", "leg", "line", "left_at", "left_as") == [
        (1, "main", at("10:02:00"), "flowed_out"),
        (2, "reserve", None, "answered"),
    ]


@pytest.mark.parametrize("n", range(len(LEFT)))
def test_how_a_queue_was_left(courses, n):
    _, left_as, outcome = LEFT[n]
    assert courses.legs(f"calls:left_{n}", "left_as") == [(left_as,)]
    assert courses.contact(f"calls:left_{n}", "outcome") == (outcome,)


def test_who_leaves_in_the_menu_has_no_leg(courses):
    for call, told in (
        ("calls:menu_served", ("self_served", "access", False)),
        ("calls:menu_left", ("abandoned_menu", None, False)),
    ):
        assert courses.legs(call, "leg") == []
        assert courses.contact(call, "outcome", "menu_choice", "is_staffed") == told


def test_later_events_change_the_header(courses, at):
    assert courses.contact(
        "calls:header", "category", "is_complex", "due_at", "escalated_to", "confirmation_channel",
        "callback_result", "verification_result", "parent_contact_id",
    ) == (
        "service_outage", True, at("22:00:00"), "video", "sms;email",
        "reached", "substantiated", "chats:1",
    )  # fmt: skip


def test_a_moved_deadline_without_an_offset_is_in_the_service_s_zone(courses, at):
    assert courses.contact("calls:due", "due_at") == (at("22:00:00"),)


def test_a_value_may_stand_in_its_own_field(courses):
    assert courses.contact("calls:field", "rating", "category") == (3.0, "reporting")
    assert courses.events("calls:field", "kind", "value")[1:] == [
        ("rated", "3.0"), ("recategorised", "reporting"),
    ]  # fmt: skip


def test_a_chat_and_a_form_have_one_leg_by_their_own_rules(courses, at):
    told = {
        contact: courses.legs(
            contact, "line", "queued_at", "answered_at", "left_at", "left_as", "talk_s"
        )
        for contact in ("chats:1", "chats:2", "feedback:1", "feedback:2")
    }
    assert told == {
        "chats:1": [("chat", at("10:00:00"), at("10:01:00"), at("10:05:00"), "answered", 240.0)],
        "chats:2": [("chat", at("10:00:00"), None, at("10:05:00"), "abandoned", None)],
        "feedback:1": [("portal", at("10:00:00"), None, None, "open", None)],
        "feedback:2": [
            ("portal", at("11:00:00"), at("12:00:00"), at("12:00:00"), "answered", None)
        ],
    }
    header = ("line", "text", "n_messages", "closed_by", "outcome", "case_number", "operator_id")
    assert [courses.contact(contact, *header) for contact in told] == [
        ("chat", "Не приходит код", 2, "citizen", "served", None, "op3"),
        ("chat", None, None, None, "abandoned", None, None),
        ("portal", None, None, None, None, "Ж-1", None),
        ("portal", None, None, None, "served", None, "op5"),
    ]


def test_a_chat_known_only_by_what_followed_it_waits_in_no_queue(courses):
    assert courses.events("chats:late", "kind") == [("verified",)]
    assert courses.legs("chats:late", "leg") == []


def test_an_unknown_kind_is_kept_and_changes_nothing(courses):
    assert courses.events("calls:odd", "kind") == [("received",), ("coffee_break",)]
    assert courses.legs("calls:odd", "leg") == []


def test_a_call_answered_outside_any_queue_and_passed_into_one_is_two_legs(courses, at):
    assert courses.legs("calls:outside", *COURSE) == [
        (1, "main", None, at("10:00:20"), at("10:01:00"), "answered", "op1"),
        (2, "faults", at("10:01:00"), at("10:01:30"), at("10:02:00"), "answered", "op2"),
    ]


def test_an_answer_a_second_before_its_queue_entry_is_the_answer_to_it(courses, at):
    assert courses.legs("calls:early_answer", *COURSE) == [
        (1, "main", at("10:00:01"), at("10:00:01"), at("10:02:00"), "answered", "op1")
    ]
