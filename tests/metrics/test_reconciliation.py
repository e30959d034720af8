"""Telephony against the journal, the exchange's records and what cannot be."""

from datetime import timedelta

import pytest

from pipelines import metrics
from pipelines.errors import QueryError
from pipelines.metrics import Query, Scope, parse_moment
from tests.metrics.conftest import msk

MSK = "Europe/Moscow"
DAY = "2026-11-16"
AS_OF = parse_moment("2026-11-17T12:00", MSK)


def day(**more):
    start = parse_moment(DAY, MSK)
    return Query(start, start + timedelta(days=1), as_of=AS_OF, **more)


def found(lake, check, **more):
    """Contacts (or references) and evidence of one check."""
    listed = metrics.mismatches(lake, day(**more), check)
    assert listed.total == len(listed.rows)
    return [
        (contact or reference, evidence)
        for contact, reference, evidence in listed.rows.select(
            "contact_id", "reference", "evidence"
        ).rows()
    ]


def row(lake, check, **more):
    rows = metrics.reconciliation(lake, day(**more)).filter(finding=check)
    return rows.to_dicts()[0] if len(rows) else None


@pytest.fixture
def call(given):
    """A call of the exchange and its one stay in a queue, by seconds after noon."""

    def make(n, at=0, answered=None, left=None, left_as="answered", operator=None, **more):
        received = msk(f"{DAY}T12:00") + timedelta(seconds=at)
        contact_id = f"{more.pop('source', 'queue_log')}:{n}"
        source = contact_id.split(":")[0]
        own = {"source": source, "operator_id": operator}
        own |= {"line": more.pop("line", "main"), "received_date": received.date()}
        given.contact(contact_id, f"{DAY}T12:00", received_at=received, **own, **more)
        moment = {"queued_at": received, "received_at": received}
        if answered is not None:
            moment["answered_at"] = received + timedelta(seconds=answered)
        if left is not None:
            moment["left_at"] = received + timedelta(seconds=left)
        talk = left - answered if left is not None and answered is not None else None
        row = {"contact_id": contact_id, "leg": 1, "channel": "phone", "left_as": left_as}
        given.rows("legs", own | row | moment | {"talk_s": talk and float(talk)})
        return contact_id, received

    return make


@pytest.fixture
def record(given):
    """A record of the exchange."""

    def make(call_id, at=0, talk=0.0, disposition="ANSWERED", has_queue=True, device=None, **more):
        started = msk(f"{DAY}T12:00") + timedelta(seconds=at)
        own = {"source": "asterisk_cdr", "record_id": call_id, "call_id": call_id, "app": "Queue"}
        own |= {"started_at": started, "received_date": started.date(), "talk_s": talk}
        own |= {"disposition": disposition, "has_queue": has_queue, "operator_id": device}
        given.rows("cdr", own | more)

    return make


def happened(given, contact, kind, second, value=None):
    contact_id, received = contact
    at = received + timedelta(seconds=second)
    given.rows(
        "events",
        {"contact_id": contact_id, "seq": 9, "event_at": at, "kind": kind, "value": value}
        | {"source": "queue_log", "received_at": received, "received_date": received.date()},
    )


def test_the_journal_and_the_logs_are_held_against_each_other_both_ways(lake, given):
    given.contact("a", f"{DAY}T10:00:00", case_number="1")
    given.contact("b", f"{DAY}T23:59:59", case_number="2")
    given.contact("c", f"{DAY}T10:00:00", case_number="3", channel="chat")
    assert metrics.mismatches(lake, day()).total == 0
    for number, time in (
        ("1", "2026-11-16T10:00"),
        ("2", "2026-11-17T00:00"),
        ("9", f"{DAY}T11:00"),
    ):
        at = parse_moment(time, MSK)
        given.rows(
            "journal",
            {"case_number": number, "contact_id": f"j{number}", "channel": "phone"}
            | {"received_at": at, "received_date": at.date()},
        )
    rows = metrics.reconciliation(lake, day()).select("finding", "channel", "n", "found").rows()
    assert [row for row in rows if row[0].startswith("not_in")] == [
        ("not_in_journal", "chat", 1, 1),
        ("not_in_journal", "phone", 2, 0),
        ("not_in_logs", "phone", 2, 1),
    ]
    assert found(lake, "not_in_journal") == [("c", "no_entry")]
    assert found(lake, "not_in_logs") == [("j9", "no_contact")]


def test_a_contact_newer_than_the_whole_journal_is_not_missing_in_it(lake, given):
    for contact, time in (("a", "10:00"), ("b", "11:00"), ("c", "13:00")):
        given.contact(contact, f"{DAY}T{time}:00", case_number=contact)
    at = parse_moment(f"{DAY}T12:00", MSK)
    given.rows(
        "journal",
        {"case_number": "z", "channel": "phone", "received_at": at, "received_date": at.date()},
    )
    assert found(lake, "not_in_journal") == [("a", "no_entry"), ("b", "no_entry")]
    assert row(lake, "not_in_journal")["n"] == 2


def test_a_contact_given_no_number_is_found_in_the_journal_by_its_id(lake, given):
    given.contact("calls:1", f"{DAY}T10:00:00")
    at = parse_moment(f"{DAY}T10:00", MSK)
    given.rows(
        "journal",
        {"case_number": "n1", "contact_id": "calls:1", "channel": "phone"}
        | {"received_at": at, "received_date": at.date()},
    )
    assert found(lake, "not_in_logs") == []
    assert row(lake, "not_in_logs")["n"] == 1


def test_telephony_and_the_records_of_the_exchange_are_held_against_each_other(
    lake, given, call, record
):
    call("1.1", 0, 5, 60)
    call("1.2", 10, 5, 60)  # its record is of another id: the caller and the moment tell
    call("1.3", 20, 5, 60)  # no record
    call("1.4", 9000, 5, 60)  # after the last record: nothing to look up
    call("1.5", 20, 5, 60, source="calls")  # of another exchange: none of its calls are there
    for contact_id, key in (("queue_log:1.2", "p2"), ("queue_log:1.3", "p3")):
        at = msk(f"{DAY}T12:00")
        given.rows(
            "identity", {"contact_id": contact_id, "kind": "phone", "key": key, "received_at": at}
        )
    record("1.1")
    record("9.2", 22, phone_key="p2")
    record("9.3", 300, phone_key="p3", line="main")  # minutes later: another call
    record("9.4", 400, has_queue=False)  # a call between two desks
    assert found(lake, "not_in_cdr") == [("queue_log:1.3", "no_record")]
    assert found(lake, "not_in_telephony") == [("9.3", "no_contact")]
    assert (row(lake, "not_in_cdr")["n"], row(lake, "not_in_telephony")["n"]) == (3, 3)
    assert found(lake, "not_in_telephony", scope=Scope(lines=("faults",))) == []
    assert found(lake, "not_in_telephony", where={"line": "main"}) == [("9.3", "no_contact")]


def test_a_call_that_was_passed_on_without_a_word(lake, given, call, record):
    call("1", 0, 5, 3605, operator="A")  # the operator answers another meanwhile
    call("2", 100, 5, 60, operator="A")
    call("3", 0, 5, 3700, operator="B")  # an hour and more, nothing else known
    call("4", 0, 5, 905, operator="C")  # two devices talked, none so long
    call("5", 0, 5, 3605, operator="D")  # the transfer is told
    call("6", 20, 5, 60, operator="D")
    call("7", 0, 5, 65, operator="E")  # the next caller came a moment before the end
    call("8", 40, 5, 65, operator="E")
    happened(given, ("queue_log:5", msk(f"{DAY}T12:00")), "transferred", 30)
    record("4", talk=100.0, device="SIP/1")
    record("4", talk=790.0, device="SIP/2")
    assert found(lake, "transfer_without_event") == [
        ("queue_log:1", "operator_busy"),
        ("queue_log:3", "long_talk"),
        ("queue_log:4", "call_records"),
    ]
    one = row(lake, "transfer_without_event")
    assert (one["n"], one["found"], one["legs"]) == (8, 3, 3)
    assert one["sl"] == one["sl_low"] == one["sl_high"] == 1.0  # answered they were


def test_an_answer_without_an_end_may_be_no_answer(lake, call):
    call("1", 0, 5, operator="A")
    call("2", 100, 5, 60, operator="A")
    call("3", 0, 5, operator="B")  # a day ago
    call("4", 23 * 3600, 5, operator="C")  # an hour ago: may still talk
    assert found(lake, "connect_without_complete") == [
        ("queue_log:1", "operator_next_call"),
        ("queue_log:3", "long_ago"),
    ]
    one = row(lake, "connect_without_complete")
    assert (one["n"], one["found"], one["sl"], one["sl_low"], one["sl_high"]) == (3, 2, 1, 1 / 3, 1)


def test_an_entry_without_an_end_may_have_been_answered_in_time(lake, call):
    call("1", left_as="open")
    call("2", 0, 5, 60)
    assert found(lake, "entry_without_end") == [("queue_log:1", "long_ago")]
    one = row(lake, "entry_without_end")
    assert (one["sl"], one["sl_low"], one["sl_high"]) == (0.5, 0.5, 1.0)
    early = day()
    early = Query(early.start, early.end, as_of=parse_moment(f"{DAY}T13:00", MSK))
    assert metrics.mismatches(lake, early, "entry_without_end").total == 0


def test_lines_that_were_lost_are_told_by_what_they_left(lake, given, call):
    given.rows("source_provides", {"source": "queue_log", "item": "queued"})
    happened(given, call("1", 0, 5, 60), "queued", 0, "recovered")
    happened(given, call("2", 0, 5, 60), "answered", 5, "recovered")
    given.contact("queue_log:3", f"{DAY}T12:00", source="queue_log")
    happened(given, ("queue_log:3", msk(f"{DAY}T12:00")), "abandoned", 0)
    call("4", 0, 5, 60)
    assert found(lake, "entry_lost") == [
        ("queue_log:1", "proved"),
        ("queue_log:3", "exit_only"),
    ]
    assert found(lake, "answer_lost") == [("queue_log:2", "proved")]
    one = row(lake, "entry_lost")  # three of three in time; one may not, a fourth was never seen
    assert (one["n"], one["found"], one["legs"]) == (4, 2, 1)
    assert (one["sl"], one["sl_low"], one["sl_high"]) == (1.0, 0.5, 1.0)


def test_times_that_cannot_be(lake, given, call):
    call("1", 0, 7201, 7300)
    call("2", 0, 5, 5 + 4 * 3600 + 1)
    call("3", 0, 7200, 7300)
    happened(given, call("4", 0, 5, 60), "times_contradict", 60, "20")
    assert found(lake, "impossible_times") == [
        ("queue_log:1", "long_wait"),
        ("queue_log:2", "long_talk"),
    ]
    one = row(lake, "impossible_times")
    assert (one["sl"], one["sl_low"], one["sl_high"]) == (0.5, 0.5, 0.75)
    assert found(lake, "times_contradict") == [("queue_log:4", "two_lines")]


def test_a_call_that_is_there_twice(lake, given, call):
    for n, at in (("1", 0), ("2", 2), ("3", 5), ("4", 5)):
        contact_id, received = call(n, at, 5 if n == "1" else 50, 60)
        if n != "4":
            given.rows(
                "identity",
                {"contact_id": contact_id, "kind": "phone", "key": "p", "received_at": received},
            )
    call("1", 100, 5, 60, source="calls")  # the other log of telephony has the same call
    assert sorted(found(lake, "doubled_calls")) == [
        ("queue_log:1", "same_id"),
        ("queue_log:2", "same_caller"),
    ]
    # 2 of 5 are within; without the late one it would be 2 of 4, without the other 1 of 4
    one = row(lake, "doubled_calls")
    assert (one["n"], one["found"]) == (5, 2)
    assert (one["sl"], one["sl_low"], one["sl_high"]) == (2 / 5, 1 / 4, 2 / 4)


def test_an_answered_call_that_the_log_calls_lost(lake, given, call, record):
    happened(given, call("1", 0, None, 30, "abandoned"), "answered", 31)
    call("2", 0, None, 30, "abandoned")
    record("2", talk=60.0, device="SIP/1")
    call("3", 0, None, 30, "abandoned")
    record("3", talk=0.0, device="SIP/1", disposition="NO ANSWER")
    assert found(lake, "answered_as_abandoned") == [
        ("queue_log:1", "later_answer"),
        ("queue_log:2", "call_records"),
    ]
    one = row(lake, "answered_as_abandoned")
    assert (one["n"], one["sl"], one["sl_low"], one["sl_high"]) == (3, 0.0, 0.0, 2 / 3)


def test_the_two_forms_of_one_log_that_tell_different_things(lake, given, call):
    def rows(form, contact, *seconds):
        for second in seconds:
            at = msk(f"{DAY}T12:00") + timedelta(seconds=second)
            key = abs(hash((form, contact, second)))
            own = {"source": "queue_log", "row_key": key, "row_at": at, "file_id": form}
            table = "row_copies" if form == "table" else "source_rows"
            given.rows(table, own | {"contact_id": f"queue_log:{contact}"})

    for n in range(1, 7):
        call(str(n), 0, 5, 60)
    rows("text", "1", 5)
    assert row(lake, "forms_disagree") is None  # there is one form only
    lake.con.execute("delete from lake.source_rows")
    for contact, text, table in (
        ("1", (0, 10, 20), (0, 10, 20)),
        ("2", (1, 11, 21), (1, 10, 22)),  # a second of difference is how they are written
        ("3", (1, 11, 21), (1, 21)),
        ("4", (2, 12), ()),
        ("5", (3, 13), (3, 33)),
        ("6", (0, 90), (0, 90)),
    ):
        rows("text", contact, *text)
        rows("table", contact, *table)
    assert found(lake, "forms_disagree") == [
        ("queue_log:3", "rows_differ"),
        ("queue_log:4", "text_only"),
        ("queue_log:5", "times_differ"),
    ]
    one = row(lake, "forms_disagree")
    assert (one["n"], one["sl"], one["sl_low"], one["sl_high"]) == (6, 1.0, 0.5, 1.0)


def test_a_stay_that_is_wrong_in_two_ways_counts_once(lake, call):
    call("1", 0, 7201, None, operator="A")  # waited too long, and never ended
    call("2", 0, 5, 60)
    rows = metrics.reconciliation(lake, day())
    assert dict(rows.select("finding", "found").filter(rows["found"] > 0).rows()) == {
        "connect_without_complete": 1,
        "impossible_times": 1,
        "all": 1,
    }
    every = rows.filter(finding="all").to_dicts()[0]
    assert (every["n"], every["legs"], every["kind"]) == (2, 1, None)
    assert (every["sl"], every["sl_low"], every["sl_high"]) == (0.5, 0.5, 1.0)


def test_nothing_to_look_at_is_no_row_and_words_are_checked(lake):
    assert metrics.reconciliation(lake, day()).is_empty()
    with pytest.raises(QueryError, match="entry_lost"):
        metrics.mismatches(lake, day(), "entry_los")
    with pytest.raises(QueryError, match="no filter 'category'"):
        metrics.reconciliation(lake, day(where={"category": "x"}))
    with pytest.raises(QueryError, match="no groups"):
        metrics.reconciliation(lake, day(by="line"))


def test_only_the_day_asked_about_counts_and_its_neighbours_are_looked_at(lake, given, call):
    call("1", 11 * 3600 + 3590, 5, 700, operator="A")  # 23:59:50, talks past midnight
    given.leg("queue_log:2", "2026-11-17T00:01:00", "answered", 5, 60, operator_id="A",
              source="queue_log")  # fmt: skip
    given.contact("queue_log:2", "2026-11-17T00:01:00", source="queue_log")
    assert found(lake, "transfer_without_event") == [("queue_log:1", "operator_busy")]
    assert row(lake, "transfer_without_event")["n"] == 1
