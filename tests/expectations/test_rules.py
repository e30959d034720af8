"""Each rule catches its own fault, and only that one."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from expectations import RULES, Validation, rules_for, validate
from expectations.rules import DATASETS
from expectations.vocabulary import CHANNELS, EVENT_KINDS, LANGUAGES
from pipelines.sources.canonical import ID, REQUIRED, frame_schema

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=30)


def after(**moments: float) -> dict[str, datetime]:
    """Times as seconds after noon."""
    return {f"{name}_at": NOON + timedelta(seconds=s) for name, s in moments.items()}


GOOD = {
    "calls": {
        "call_id": "1", "contact_id": "calls:1", "leg": 1, "channel": "phone",
        "dialled_number": "8 (800) 555-35-35", "language": "ru-RU", "category": "passport",
        "outcome": "served", "rating": 5.0, "callback_result": "reached",
        **after(received=0, queued=0, answered=60, first_response=60, ended=300),
        **after(callback_requested=300, callback_due=2100, callback_made=400, resolved=900),
        **after(ticket_created=200, ticket_accepted=200, transferred=100, transfer_answered=110),
        **after(interpreter_requested=70, interpreter_joined=80, reopened=1000, notified=950),
        **after(verified=500, forwarded=600, confirmation_sent=901),
        "hold_s": 0.0, "wrap_s": 0.0, "ring_s": 3.0,
    },
    "chats": {
        "chat_id": "1", "contact_id": "chats:1", "language": "en", "category": "passport",
        "escalated_to": "video", "rating": 1.0,
        **after(received=0, assigned=10, escalated=50, ended=300, resolved=300, reopened=400),
        **after(ticket_created=20, ticket_accepted=30, verified=40, forwarded=50),
        "messages": [{"sent_at": NOON, "sender": "citizen"}],
    },
    "feedback": {
        "feedback_id": "1", "contact_id": "feedback:1", "type": "complaint",
        "category": "passport", "rating": 3.0,
        **after(received=0, registered=0, assigned=10, answered=500, notified=600, due=86400),
        **after(resolved=500, reopened=700, verified=20, forwarded=30),
    },
    "operators": {
        "operator_id": "op1", "state": "login", "event_at": NOON, "hired_on": date(2020, 1, 1),
    },
    "journal": {
        "case_number": "A-1", "channel": "portal", "received_at": NOON, "contact_id": "feedback:1",
    },
    "cdr": {
        "record_id": "1706368044.0", "call_id": "1706368044.0", "disposition": "NO ANSWER",
        "talk_s": 0.0, **after(started=0, answered=0, ended=27),
    },
    "events": {
        "contact_id": "calls:1", "event_at": NOON, "kind": "rated", "value": "4",
        "channel": "phone", "line": "main", "category": "passport", "language": "tg",
    },
}  # fmt: skip


def only_received(dataset: str, moment: datetime) -> dict[str, object]:
    """A contact of another time to which nothing has happened yet."""
    times = {column: None for column in GOOD[dataset] if column.endswith("_at")}
    return times | {"received_at": moment}


FUTURE = NOW + timedelta(days=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAID = {"sent_at": NOON, "sender": "citizen"}
RATED = {"event_at": NOON, "kind": "rated", "value": "4"}
# rule -> what in the good row to change to break it
FAULTS: dict[str, dict[str, object]] = {
    "calls.fields_readable": {"bad_fields": "leg;ended_at", "ended_at": None},
    "calls.details_readable": {"bad_fields": "rating", "rating": None},
    "calls.id_present": {"contact_id": None},
    "calls.received_present": {"received_at": None, "bad_fields": "received_at"},
    "calls.received_not_in_future": {
        **only_received("calls", FUTURE),
        "outcome": None,
    },
    "calls.received_not_too_old": {
        **only_received("calls", EPOCH),
        "outcome": None,
    },
    "calls.queued_after_received": after(queued=-1),
    "calls.answered_after_queued": after(queued=61),
    "calls.ended_after_answered": after(ended=59),
    "calls.nothing_before_received": after(confirmation_sent=-1),
    "calls.facts_not_in_future": {"notified_at": FUTURE},
    "calls.interpreter_joined_after_requested": after(interpreter_joined=69),
    "calls.callback_made_after_requested": after(callback_made=299),
    "calls.callback_due_after_requested": after(callback_due=299),
    "calls.ticket_accepted_after_created": after(ticket_accepted=199),
    "calls.transfer_answered_after_transferred": after(transfer_answered=99),
    "calls.reopened_after_resolved": after(reopened=899),
    "calls.forwarded_after_verified": after(forwarded=499),
    "calls.first_response_after_answered": after(first_response=59),
    "calls.durations_not_negative": {"wrap_s": -0.5},
    "calls.talk_not_too_long": after(ended=60 + 4 * 3600 + 1),
    "calls.wait_not_too_long": after(answered=7201, first_response=7201, ended=7300),
    "calls.hold_within_talk": {"hold_s": 242.0},
    "calls.channel_known": {"channel": "chat"},
    "calls.dialled_number_known": {"dialled_number": "8-800-000-00-00"},
    "calls.category_known": {"category": "Благоустройство"},
    "calls.outcome_known": {"outcome": "other"},
    "calls.callback_result_known": {"callback_result": "maybe"},
    "calls.language_known": {"language": "xx"},
    "calls.rating_in_range": {"rating": 5.5},
    "calls.leg_is_number": {"leg": 0},
    "calls.outcome_agrees": {"outcome": "abandoned"},
    "calls.events_sound": {"events": [RATED, RATED | {"kind": "danced"}]},
    "calls.events_possible": {"events": [RATED, RATED | {"event_at": FUTURE}]},
    "chats.fields_readable": {"bad_fields": "resolved_at"},
    "chats.details_readable": {"bad_fields": "is_complex"},
    "chats.id_present": {"contact_id": "chats:", "bad_fields": "chat_id"},
    "chats.received_present": {"received_at": None},
    "chats.received_not_in_future": {
        **only_received("chats", FUTURE),
        "messages": [{"sent_at": FUTURE, "sender": "citizen"}],
    },
    "chats.received_not_too_old": {"received_at": EPOCH},
    "chats.nothing_before_received": after(escalated=-1),
    "chats.facts_not_in_future": {"notified_at": FUTURE},
    "chats.ended_after_assigned": after(ended=9),
    "chats.ticket_accepted_after_created": after(ticket_accepted=19),
    "chats.reopened_after_resolved": after(reopened=299),
    "chats.forwarded_after_verified": after(forwarded=39),
    "chats.has_messages": {"messages": []},
    "chats.messages_after_received": {"messages": [SAID, SAID | after(sent=-1)]},
    "chats.messages_timed": {"messages": [SAID, SAID | {"sent_at": None}]},
    "chats.messages_not_in_future": {"messages": [SAID, SAID | {"sent_at": FUTURE}]},
    "chats.senders_known": {"messages": [SAID, SAID | {"sender": "robot"}]},
    "chats.events_sound": {"events": [RATED, RATED | {"kind": "danced"}]},
    "chats.events_possible": {"events": [RATED, RATED | {"event_at": FUTURE}]},
    "chats.category_known": {"category": "?"},
    "chats.language_known": {"language": "русский"},
    "chats.escalated_to_known": {"escalated_to": "telegram"},
    "chats.rating_in_range": {"rating": 0.0},
    "feedback.fields_readable": {"bad_fields": "due_at"},
    "feedback.details_readable": {"bad_fields": "rating"},
    "feedback.id_present": {"contact_id": " "},
    "feedback.received_present": {"received_at": None},
    "feedback.received_not_in_future": {
        **only_received("feedback", FUTURE),
    },
    "feedback.received_not_too_old": {"received_at": EPOCH},
    "feedback.nothing_before_received": after(registered=-1),
    "feedback.facts_not_in_future": {"reopened_at": FUTURE},
    "feedback.answered_after_registered": after(registered=501),
    "feedback.answered_after_assigned": after(assigned=501),
    "feedback.notified_after_answered": after(notified=499),
    "feedback.reopened_after_resolved": after(reopened=499),
    "feedback.forwarded_after_verified": after(forwarded=19),
    "feedback.due_after_received": after(due=-1),
    "feedback.on_time_agrees": {"is_on_time": False},
    "feedback.type_known": {"type": "question"},
    "feedback.events_sound": {"events": [RATED, RATED | {"kind": "danced"}]},
    "feedback.events_possible": {"events": [RATED, RATED | {"event_at": FUTURE}]},
    "feedback.category_known": {"category": "Содержание МКД"},
    "feedback.rating_in_range": {"rating": -1.0},
    "operators.details_readable": {"bad_fields": "hired_on", "hired_on": None},
    "operators.id_present": {"operator_id": ""},
    "operators.event_present": {"event_at": None, "state": None, "bad_fields": "event_at"},
    "operators.state_present": {"state": None},
    "operators.event_not_in_future": {"event_at": FUTURE},
    "operators.event_not_too_old": {"event_at": EPOCH},
    "operators.state_known": {"state": "lunch"},
    "operators.hired_not_in_future": {"hired_on": date(2030, 1, 1)},
    "journal.id_present": {"case_number": None, "contact_id": None},
    "journal.contact_present": {"contact_id": None},
    "journal.received_present": {"received_at": None},
    "journal.received_not_in_future": {"received_at": FUTURE},
    "journal.received_not_too_old": {"received_at": EPOCH},
    "journal.channel_known": {"channel": "pigeon"},
    "cdr.fields_readable": {"bad_fields": "ended_at"},
    "cdr.id_present": {"record_id": " "},
    "cdr.started_present": {"started_at": None},
    "cdr.started_not_in_future": after(answered=5e6, ended=5e6) | {"started_at": FUTURE},
    "cdr.started_not_too_old": {"started_at": EPOCH},
    "cdr.in_order": {"talk_s": 28.5},
    "cdr.disposition_known": {"disposition": "MAYBE"},
    "events.fields_readable": {"bad_fields": "leg"},
    "events.details_readable": {"bad_fields": "is_complex"},
    "events.id_present": {"contact_id": ""},
    "events.event_present": {"event_at": None},
    "events.event_not_in_future": {"event_at": FUTURE},
    "events.event_not_too_old": {"event_at": EPOCH},
    "events.kind_present": {"kind": None, "bad_fields": "kind"},
    "events.kind_known": {"kind": "teleported"},
    "events.channel_known": {"channel": "fax"},
    "events.line_known": {"line": "NW"},
    "events.rating_in_range": {"value": "10"},
    "events.category_known": {"category": "?"},
    "events.language_known": {"language": "zz"},
}  # fmt: skip

FIELDS_OF_RESULT = [
    "expectation", "severity", "description", "action", "n_rows", "n_failed", "is_success",
]  # fmt: skip


def staged(dataset: str, *changes: dict[str, object]) -> pl.DataFrame:
    """One staged row a change of the good row; row_no from 1."""
    rows = [GOOD[dataset] | change | {"row_no": i} for i, change in enumerate(changes, 1)]
    return pl.DataFrame(rows, schema=frame_schema(dataset))


def checked(frame: pl.DataFrame, dataset: str, *, quick: bool = False) -> Validation:
    con = duckdb.connect(config={"threads": 1})
    con.execute("create table ref_categories as select 'passport' as category")
    con.execute("create table ref_numbers as select '8005553535' as digits, 'main' as line")
    con.execute("create table ref_lines as select 'main' as line")
    con.execute("create table ref_queues as select 'q1' as queue, 'main' as line")
    con.register("incoming", frame)
    con.execute("create table staged as select * from incoming")
    found = validate(con, "staged", dataset, frame.columns, quick=quick, now=NOW)
    con.close()
    return found


def broken(found: Validation) -> set[str]:
    return {result["expectation"] for result in found.results if not result["is_success"]}


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_good_row_breaks_nothing_and_every_rule_has_looked_at_it(dataset):
    found = checked(staged(dataset, {}), dataset)
    assert found.failures.is_empty()
    assert [r["expectation"] for r in found.results] == [r.id for r in rules_for(dataset)]
    assert all(list(r) == FIELDS_OF_RESULT and r["n_rows"] == 1 for r in found.results)


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_rule_catches_its_own_fault_and_only_it_by_the_tick_and_the_full_suite(dataset):
    """A good row, then a row for each rule with its fault alone, then several faults in one."""
    faults = {rule.id: FAULTS[rule.id] for rule in rules_for(dataset)}
    both = {k: v for fault in list(faults.values())[1:4] for k, v in fault.items()}
    frame = staged(dataset, {}, *faults.values(), both)
    full, quick = checked(frame, dataset), checked(frame, dataset, quick=True)
    assert full.failures.equals(quick.failures)
    assert full.results == quick.results
    alone = full.failures.filter(pl.col("row_no") < len(frame))
    assert sorted(alone.rows()) == list(enumerate(faults, 2))
    together = full.failures.filter(row_no=len(frame))["expectation"].to_list()
    assert len(together) > 1
    failed = Counter(full.failures["expectation"])
    assert {r["expectation"]: r["n_failed"] for r in full.results} == failed
    assert broken(full) == set(faults)


@pytest.mark.parametrize("quick", [False, True])
def test_more_failures_than_gx_lists_are_all_returned(quick):
    frame = staged("journal", *[{"channel": "pigeon"}] * 250)
    found = checked(frame, "journal", quick=quick)
    assert found.failures["row_no"].to_list() == list(range(1, 251))


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("dataset", DATASETS)
def test_an_empty_table_breaks_nothing(dataset, quick):
    found = checked(pl.DataFrame(schema=frame_schema(dataset)), dataset, quick=quick)
    assert found.failures.is_empty()
    assert {(r["n_rows"], r["n_failed"]) for r in found.results} == {(0, 0)}


@pytest.mark.parametrize(
    ("column", "known", "unheard_of"),
    [
        (
            "dialled_number",
            ["88005553535", "+7 800 555-35-35", "тел. 8(800)555-35-35", "main", "800-555-35-35"],
            ["8800555353", "5553535", "880055535350", "mains", "-"],
        ),
        ("language", ["ru", "RU", "en-GB", "en_GB", "zh-Hant-TW"], ["rus", "r", "-ru", "x-ru"]),
    ],
)
def test_a_code_is_known_in_any_form_it_is_written_in_and_no_other_is(column, known, unheard_of):
    found = checked(staged("calls", *({column: code} for code in (*known, *unheard_of))), "calls")
    assert set(found.failures["expectation"]) == {f"calls.{column}_known"}
    assert found.failures["row_no"].to_list() == list(
        range(len(known) + 1, len(known) + len(unheard_of) + 1)
    )


def test_unknown_codes_and_missing_attributes_never_quarantine():
    named = ("_known", "_agrees", "_in_range", "details_readable", "has_messages")
    assert {r.severity for r in RULES if r.id.endswith(named)} == {"warning"}


def test_every_rule_says_why_and_what_to_do_in_both_languages():
    for rule in RULES:
        assert all((*rule.description, *rule.action)), rule.id
        assert rule.description.ru != rule.description.en, rule.id
        assert rule.action.ru != rule.action.en, rule.id
        assert rule.severity in ("critical", "warning"), rule.id
        assert rule.id.startswith(f"{rule.dataset}."), rule.id


def test_rule_ids_are_unique_and_every_rule_has_a_fault_that_breaks_it():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert set(FAULTS) == {rule.id for rule in RULES}


def test_rules_name_only_columns_the_staged_frame_has():
    for rule in RULES:
        assert set(rule.needs) <= set(frame_schema(rule.dataset)), rule.id


def test_no_word_of_the_logs_stands_twice():
    for words in (EVENT_KINDS, LANGUAGES, CHANNELS):
        assert len(set(words)) == len(words)


# dataset -> what a row may do without
ENOUGH = {
    **{
        dataset: {
            column: None
            for column in GOOD[dataset]
            if column not in {"contact_id", "received_at", "messages"}
        }
        for dataset in ("calls", "chats", "feedback")
    },
    "operators": {"state": None, "event_at": None},  # a roster's row
    "journal": {"case_number": None, "bad_fields": "case_number"},  # known by its contact
}


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_required_value_that_is_not_there_is_one_reason_and_critical_and_others_may_be_absent(
    dataset,
):
    gone = []
    for column in REQUIRED[dataset]:
        if (dataset, column) != ("journal", "case_number"):
            named = ID[dataset] == column and dataset in ("calls", "chats", "feedback")
            gone.append(
                {column: None, "bad_fields": column} | ({"contact_id": None} if named else {})
            )
    found = checked(staged(dataset, *gone, ENOUGH.get(dataset, {})), dataset)
    assert sorted(found.failures["row_no"]) == list(range(1, len(gone) + 1))
    severity = {rule.id: rule.severity for rule in RULES}
    assert {severity[rule] for rule in found.failures["expectation"]} == {"critical"}
