"""What must hold of rows of the operators, journal and events logs."""

from expectations.rule import Rule, Text, blank
from expectations.shared import (
    ADD_REFERENCE,
    FIX_AND_RETRY,
    FIX_CODE,
    category_known,
    channel_known,
    details_readable,
    known,
    language_known,
    rating_in_range,
)
from expectations.times import CHECK_CLOCK, row_usable, time_possible, time_present
from expectations.vocabulary import EVENT_KINDS, OPERATOR_STATES

OPERATORS: tuple[Rule, ...] = (
    details_readable("operators"),
    Rule(
        "operators.id_present",
        "operators",
        "critical",
        Text(
            "Указан оператор: без него состояние ничьё",
            "The operator is given: without one the state is nobody's",
        ),
        FIX_AND_RETRY,
        ("operator_id",),
        blank("operator_id"),
    ),
    Rule(
        "operators.event_present",
        "operators",
        "critical",
        Text(
            "У состояния указано и прочитано время: без него нельзя посчитать смену",
            "The state has its time, and it can be read: without it no shift can be counted",
        ),
        FIX_AND_RETRY,
        ("state", "event_at"),
        "event_at is null"
        " and (state <> '' or list_contains(string_split(bad_fields, ';'), 'event_at'))",
    ),
    Rule(
        "operators.state_present",
        "operators",
        "warning",
        Text(
            "У отметки времени есть состояние: одно время ни о чём не говорит",
            "A time has its state: a time alone says nothing",
        ),
        FIX_CODE,
        ("state", "event_at"),
        "event_at is not null and coalesce(state, '') = ''",
    ),
    *time_possible("operators", "event_at"),
    known(
        "operators", "state", OPERATOR_STATES, Text("Состояние оператора", "The operator's state")
    ),
    Rule(
        "operators.hired_not_in_future",
        "operators",
        "warning",
        Text(
            "Дата приёма на работу не позже завтрашнего дня: по ней считается стаж",
            "The hiring date is not past tomorrow: tenure is counted from it",
        ),
        CHECK_CLOCK,
        ("hired_on",),
        "try_cast(hired_on as date) > cast(getvariable('rules_latest') as date)",
    ),
)

JOURNAL: tuple[Rule, ...] = (
    Rule(
        "journal.id_present",
        "journal",
        "critical",
        Text(
            "У записи есть номер обращения или контакт: иначе её не с чем сверить",
            "The entry names a case or a contact: else there is nothing to reconcile it with",
        ),
        FIX_AND_RETRY,
        ("contact_id", "case_number"),
        f"{blank('case_number')} and {blank('contact_id')}",
    ),
    Rule(
        "journal.contact_present",
        "journal",
        "warning",
        Text(
            "У записи указан контакт: без него сверка идёт только по номеру обращения",
            "The entry names its contact: without one only the case can be reconciled",
        ),
        FIX_CODE,
        ("contact_id",),
        f"case_number <> '' and {blank('contact_id')}",
    ),
    time_present("journal", "received_at"),
    *time_possible("journal", "received_at"),
    channel_known("journal"),
)

EVENTS: tuple[Rule, ...] = (
    *row_usable("events", "event_at"),
    Rule(
        "events.kind_present",
        "events",
        "critical",
        Text(
            "У события указан вид: без него непонятно, что произошло",
            "The event has its kind: without one nothing is said",
        ),
        FIX_AND_RETRY,
        ("kind",),
        blank("kind"),
    ),
    known("events", "kind", EVENT_KINDS, Text("Вид события", "The kind of event")),
    channel_known("events"),
    Rule(
        "events.line_known",
        "events",
        "warning",
        Text(
            "Линия или очередь есть в справочнике: норматив линии известен",
            "The line or queue is in reference data: so the line's target is known",
        ),
        ADD_REFERENCE,
        ("line",),
        "line <> '' and line not in (select r.line from ref_lines as r)"
        " and line not in (select r.queue from ref_queues as r)",
        ("ref_lines", "ref_queues"),
    ),
    rating_in_range("events", "value", "kind = 'rated'"),
    category_known("events"),
    language_known("events"),
)

RULES: tuple[Rule, ...] = (*OPERATORS, *JOURNAL, *EVENTS)
