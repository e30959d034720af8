"""Calls: one row a stay in one queue; literal rows in, literal rows out."""

from datetime import UTC, date, datetime

MAIN = "8 (800) 555-35-35"
CALL = {"contact_id": "calls:1", "dialled_number": MAIN, "operator_id": "op1"}
NO_TIME = {"outcome": "abandoned"}
COURSE = ("leg", "line", "left_as", "operator_id", "talk_s", "hold_s", "wrap_s")


def moment(clock):
    return datetime.fromisoformat(f"2026-11-09T{clock}+03:00").astimezone(UTC)


def test_an_answered_call_is_a_header_a_leg_and_its_events(bench, at):
    bench.conform(
        "calls",
        [
            CALL
            | {
                "received_at": at("10:00:00"),
                "menu_choice": "technical",
                "queued_at": at("10:00:10"),
                "answered_at": at("10:01:00"),
                "first_response_at": at("10:01:05"),
                "ended_at": at("10:05:00"),
                "ring_s": 3.0,
                "hold_s": 20.0,
                "wrap_s": 15.0,
                "ring_no_answer": 2,
                "category": "form_error",
                "outcome": "served",
                "rating": 4.0,
                "end_side": "caller",
                "confirmation_sent_at": at("10:06:00"),
                "confirmation_channel": "sms;email",
            }
        ],
    )
    assert bench.contact(
        "source", "channel", "line", "category", "category_source", "outcome", "rating",
        "operator_id", "closed_by", "is_staffed", "received_date", "citizen_key", "file_id",
    ) == (
        "calls", "phone", "main", "form_error", "recorded", "served", 4.0,
        "op1", "caller", True, date(2026, 11, 9), None, None,
    )  # fmt: skip
    assert bench.legs("queued_at", "answered_at", "left_at", "ring_s", *COURSE) == [
        (at("10:00:10"), at("10:01:00"), at("10:05:00"), 3.0,
         1, "main", "answered", "op1", 220.0, 20.0, 15.0)
    ]  # fmt: skip
    assert bench.events("seq", "event_at", "kind", "leg", "line", "operator_id", "value") == [
        (1, at("10:00:00"), "received", None, "main", None, None),
        (2, at("10:00:00"), "menu_choice", None, None, None, "technical"),
        (3, at("10:00:10"), "queued", 1, "main", None, None),
        (4, at("10:01:00"), "ring_no_answer", 1, "main", None, "2"),
        (5, at("10:01:00"), "answered", 1, "main", "op1", "3.0"),
        (6, at("10:01:05"), "first_response", 1, "main", "op1", None),
        (7, at("10:05:00"), "ended", None, None, "op1", "served"),
        (8, at("10:05:00"), "rated", None, None, None, "4.0"),
        (9, at("10:06:00"), "confirmation_sent", None, None, None, "sms;email"),
    ]


def test_a_transfer_without_a_row_of_its_own_makes_a_second_leg(bench, at):
    row = CALL | {
        "received_at": at("10:00:00"),
        "queued_at": at("10:00:00"),
        "answered_at": at("10:00:30"),
        "transferred_at": at("10:02:00"),
        "transferred_to": "112",
        "transfer_answered_at": at("10:02:20"),
        "transfer_operator_id": "op2",
        "ended_at": at("10:09:00"),
        "hold_s": 10.0,
        "wrap_s": 7.0,
    }
    bench.conform("calls", [row])
    assert bench.legs("queued_at", "answered_at", "left_at", *COURSE) == [
        (at("10:00:00"), at("10:00:30"), at("10:02:00"),
         1, "main", "answered", "op1", 80.0, 10.0, None),
        (at("10:02:00"), at("10:02:20"), at("10:09:00"),
         2, "faults", "answered", "op2", 400.0, None, 7.0),
    ]  # fmt: skip
    assert bench.contact("line", "operator_id", "transferred_to") == ("main", "op2", "faults")
    assert bench.events("kind", "leg", "line", "value")[3:5] == [
        ("transferred", 1, "main", "faults"),
        ("queued", 2, "faults", None),
    ]


def test_a_caller_who_leaves_after_the_transfer_is_abandoned_in_the_second_queue(bench, at):
    row = CALL | {
        "received_at": at("10:00:00"),
        "queued_at": at("10:00:00"),
        "answered_at": at("10:00:30"),
        "transferred_at": at("10:02:00"),
        "transferred_to": "signature",
        "ended_at": at("10:03:00"),
    }
    bench.conform("calls", [row])
    assert bench.legs("leg", "line", "left_as", "left_at", "talk_s", "operator_id") == [
        (1, "main", "answered", at("10:02:00"), 90.0, "op1"),
        (2, "signature", "abandoned", at("10:03:00"), None, None),
    ]


def test_rows_of_one_call_with_legs_are_one_contact(bench, at):
    first = CALL | {
        "leg": 1,
        "received_at": at("10:00:00"),
        "queued_at": at("10:00:00"),
        "ended_at": None,
        "transferred_at": at("10:01:00"),
        "transferred_to": "112",
        "operator_id": None,
    }
    second = CALL | {
        "leg": 2,
        "dialled_number": "112",
        "received_at": at("10:00:00"),
        "queued_at": at("10:01:00"),
        "answered_at": at("10:02:00"),
        "ended_at": at("10:04:00"),
        "category": "form_error",
        "outcome": "served",
    }
    bench.conform("calls", [second, first])
    assert bench.contact("line", "category", "outcome", "operator_id") == (
        "main", "form_error", "served", "op1",
    )  # fmt: skip
    assert bench.legs("leg", "line", "left_as", "left_at", "talk_s") == [
        (1, "main", "flowed_out", at("10:01:00"), None),
        (2, "faults", "answered", at("10:04:00"), 120.0),
    ]
    assert [kind for (kind,) in bench.events("kind")] == [
        "received", "queued", "transferred", "flowed_out", "queued", "answered", "ended",
    ]  # fmt: skip


def test_the_last_version_of_a_repeated_row_counts(bench, at):
    row = CALL | {"received_at": at("10:00:00"), "queued_at": at("10:00:00")}
    bench.conform("calls", [row, row | {"leg": 1, "ended_at": at("10:01:00")}])
    assert bench.legs("leg", "left_as") == [(1, "abandoned")]


LEFT = [
    ({}, "open"),
    ({"ended_at": moment("10:01:00")}, "abandoned"),
    (NO_TIME, "abandoned"),
    ({"answered_at": moment("10:00:50")}, "answered"),
    ({"ended_at": moment("10:01:00"), "outcome": "callback"}, "flowed_out"),
    ({"ended_at": moment("10:01:00"), "outcome": "ticket"}, "flowed_out"),
    ({"ended_at": moment("10:01:00"), "queue_exit_reason": "timeout"}, "flowed_out"),
    ({"ended_at": moment("10:01:00"), "queue_exit_reason": "abandon"}, "abandoned"),
    ({"callback_requested_at": moment("10:00:40")}, "flowed_out"),
    ({"ended_at": moment("10:01:00"), "outcome": "served"}, "answered"),
]


def each(bench, rows):
    """Conform a call of each of the rows; their ids are in the order of the rows."""
    ids = ({"contact_id": f"calls:{n:02}"} for n in range(len(rows)))
    bench.conform("calls", [CALL | row | own for row, own in zip(rows, ids, strict=True)])


def test_how_a_queue_was_left(bench, at):
    begun = {"received_at": at("10:00:00"), "queued_at": at("10:00:00")}
    each(bench, [begun | known for known, _ in LEFT])
    assert bench.legs("contact_id", "left_as") == [
        (f"calls:{n:02}", left_as) for n, (_, left_as) in enumerate(LEFT)
    ]
    told = set(bench.rows("select contact_id, kind from new_events"))
    for n, (known, left_as) in enumerate(LEFT):
        kinds = {kind for kind in ("abandoned", "flowed_out") if (f"calls:{n:02}", kind) in told}
        unanswered = {left_as} & {"abandoned", "flowed_out"}
        # an outcome without a time makes no event: nobody knows when
        assert kinds == (set() if known == NO_TIME else unanswered), known


def test_who_leaves_in_the_menu_was_never_offered(bench, at):
    bench.conform(
        "calls",
        [
            CALL
            | {
                "received_at": at("21:00:00"),
                "menu_choice": "access",
                "ended_at": at("21:01:00"),
                "outcome": "self_served",
                "operator_id": None,
            }
        ],
    )
    assert bench.legs("leg") == []
    assert bench.contact("is_staffed", "outcome") == (False, "self_served")
    assert [kind for (kind,) in bench.events("kind")] == [
        "received", "menu_choice", "self_served", "ended",
    ]  # fmt: skip


def test_a_log_that_knows_no_queue_still_loses_its_abandoned_calls_aloud(bench, at):
    row = CALL | {"received_at": at("10:00:00"), "ended_at": at("10:01:00"), "outcome": "abandoned"}
    bench.conform("calls", [row])
    assert bench.legs("queued_at", "left_as", "left_at") == [(None, "abandoned", at("10:01:00"))]


def test_a_line_is_found_by_number_then_by_queue_then_keeps_its_name(bench, at):
    line_of = {
        "+7 800 100-00-00": "main",
        "88005550101": "signature",
        "112": "faults",
        "faults": "faults",
        "vip_queue": "vip_queue",
        "+7 495 000-00-00": "+7 495 000-00-00",
        None: None,
    }
    each(bench, [{"received_at": at("23:00:00"), "dialled_number": number} for number in line_of])
    # only the single number has hours; an unknown line counts as staffed always
    assert bench.rows("select line, is_staffed from new_contacts order by contact_id") == [
        (line, line != "main") for line in line_of.values()
    ]


def test_staffing_is_of_the_line_at_the_second_received(bench, at):
    staffed = {"07:59:59": False, "08:00:00": True, "19:59:59": True, "20:00:00": False}
    each(bench, [{"received_at": at(clock)} for clock in staffed])
    found = bench.rows("select is_staffed from new_contacts order by contact_id")
    assert found == [(told,) for told in staffed.values()]


def test_the_day_is_that_of_the_service_s_zone(bench):
    late = datetime(2026, 11, 9, 21, 30, tzinfo=UTC)  # 00:30 in Moscow
    bench.conform("calls", [CALL | {"received_at": late}])
    assert bench.contact("received_date") == (date(2026, 11, 10),)


def test_every_identifier_is_a_row_of_identity(bench, at):
    row = CALL | {
        "received_at": at("10:00:00"),
        "phone_key": "p1",
        "citizen_id_key": "c1",
        "citizen_ref_key": "r1",
        "case_number": "ОБ-1",
    }
    bench.conform("calls", [row])
    assert bench.rows("select contact_id, kind, key from new_identity order by kind") == [
        ("calls:1", "case", "case:ОБ-1"),
        ("calls:1", "citizen", "c1"),
        ("calls:1", "citizen_ref", "r1"),
        ("calls:1", "phone", "p1"),
    ]


def test_a_callback_carries_its_result_and_its_deadline(bench, at):
    row = CALL | {
        "received_at": at("10:00:00"),
        "queued_at": at("10:00:00"),
        "callback_requested_at": at("10:03:00"),
        "callback_due_at": at("10:33:00"),
        "callback_made_at": at("10:20:00"),
        "callback_result": "reached",
        "ended_at": at("10:03:05"),
        "outcome": "callback",
    }
    bench.conform("calls", [row])
    assert bench.contact("callback_due_at", "callback_result") == (at("10:33:00"), "reached")
    assert bench.events("kind", "value")[-4:] == [
        ("callback_requested", "2026-11-09T07:33:00Z"),
        ("flowed_out", "callback"),
        ("ended", "callback"),
        ("callback_made", "reached"),
    ]


def test_no_rows_make_empty_tables(bench):
    for dataset in ("calls", "chats", "feedback", "events", "operators", "journal"):
        bench.conform(dataset, [])
        assert bench.legs("leg") == bench.events("seq") == []
        assert bench.rows("select contact_id from new_contacts") == []
