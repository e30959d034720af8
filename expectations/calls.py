"""What must hold of a row of the calls log: one stay of one call in one queue."""

from expectations.rule import Rule, Text, latest, seconds
from expectations.shared import (
    ADD_REFERENCE,
    FIX_AND_RETRY,
    FIX_CODE,
    category_known,
    channel_known,
    known,
    language_known,
    listed_events,
    rating_in_range,
)
from expectations.times import (
    CHECK_CLOCK,
    LOOK_AT_ORDER,
    facts_possible,
    in_order,
    nothing_before_received,
    row_usable,
)
from expectations.vocabulary import CALL_CHANNELS, CALLBACK_RESULTS, OUTCOMES

# what has happened besides queued, answered, ended, which have rules of their own
FACTS = (
    "first_response_at", "transferred_at", "transfer_answered_at", "interpreter_requested_at",
    "interpreter_joined_at", "callback_requested_at", "callback_made_at", "ticket_created_at",
    "ticket_accepted_at", "workaround_at", "complex_at", "identity_verified_at", "resolved_at",
    "reopened_at", "notified_at", "confirmation_sent_at", "verified_at", "forwarded_at",
)  # fmt: skip
COURSE = ("queued_at", "answered_at", "ended_at")
LONGEST_TALK_S = 4 * 3600  # a shift has one break in four hours; nobody talks through it
LONGEST_WAIT_S = 2 * 3600  # 24 times the promised longest wait: a clock, not a queue


def _course(name: str, bad: str, needs: tuple[str, ...], ru: str, en: str) -> Rule:
    return Rule(f"calls.{name}", "calls", "critical", Text(ru, en), CHECK_CLOCK, needs, bad)


ORDER = (
    _course(
        "queued_after_received",
        "queued_at < received_at",
        ("queued_at",),
        "Звонок встал в очередь не раньше, чем поступил",
        "The call is queued no earlier than received",
    ),
    _course(
        "answered_after_queued",
        f"answered_at < {latest(('received_at', 'queued_at'))}",
        ("answered_at",),
        "Оператор ответил не раньше, чем звонок встал в очередь: ожидание не бывает меньше нуля",
        "The operator answered no earlier than the call was queued: no wait is below zero",
    ),
    _course(
        "ended_after_answered",
        f"ended_at < {latest(('received_at', 'queued_at', 'answered_at'))}",
        ("ended_at",),
        "Звонок завершён не раньше, чем начат: разговор не бывает короче нуля",
        "The call ended no earlier than it began: no talk is shorter than zero",
    ),
    nothing_before_received("calls", FACTS),
    facts_possible("calls", (*FACTS, *COURSE)),
    *in_order(
        "calls",
        ("interpreter_requested_at", "interpreter_joined_at"),
        ("callback_requested_at", "callback_made_at"),
        ("callback_requested_at", "callback_due_at"),
        ("ticket_created_at", "ticket_accepted_at"),
        ("transferred_at", "transfer_answered_at"),
        ("resolved_at", "reopened_at"),
        ("verified_at", "forwarded_at"),
        ("answered_at", "first_response_at"),
    ),
)

DURATIONS = (
    Rule(
        "calls.durations_not_negative",
        "calls",
        "critical",
        Text(
            "Удержание, постобработка и дозвон не меньше нуля",
            "Hold, wrap-up and ringing are not below zero",
        ),
        FIX_AND_RETRY,
        ("hold_s", "wrap_s", "ring_s"),
        "least(hold_s, wrap_s, ring_s) < 0",
    ),
    Rule(
        "calls.talk_not_too_long",
        "calls",
        "warning",
        Text(
            "Разговор не дольше 4 часов: более долгий — скорее забытый звонок",
            "The talk is not over 4 hours: a longer one is rather a forgotten call",
        ),
        CHECK_CLOCK,
        ("answered_at", "ended_at"),
        f"{seconds('answered_at', 'ended_at')} > {LONGEST_TALK_S}",
    ),
    Rule(
        "calls.wait_not_too_long",
        "calls",
        "warning",
        Text(
            "Ожидание не дольше 2 часов: более долгое — скорее неверные часы",
            "The wait is not over 2 hours: a longer one is rather a wrong clock",
        ),
        CHECK_CLOCK,
        ("queued_at",),
        f"{seconds('queued_at', 'coalesce(answered_at, ended_at)')} > {LONGEST_WAIT_S}",
    ),
    Rule(
        "calls.hold_within_talk",
        "calls",
        "warning",
        Text(
            "Удержание не дольше самого разговора",
            "The hold is not longer than the talk itself",
        ),
        LOOK_AT_ORDER,
        ("hold_s", "answered_at", "ended_at"),
        # a second of slack: many exchanges round each duration on its own
        f"ended_at >= answered_at and hold_s > {seconds('answered_at', 'ended_at')} + 1",
    ),
)

CODES = (
    channel_known("calls", CALL_CHANNELS),
    Rule(
        "calls.dialled_number_known",
        "calls",
        "warning",
        Text(
            "Набранный номер или очередь есть в справочнике линий: норматив линии известен",
            "The dialled number or queue is in the list of lines: so the line's target is known",
        ),
        ADD_REFERENCE,
        ("dialled_number",),
        # most numbers are known as they stand; only the others are stripped of signs
        "case when dialled_number <> ''"
        " and right(dialled_number, 10) not in (select r.digits from ref_numbers as r)"
        " and dialled_number not in (select r.queue from ref_queues as r)"
        " and dialled_number not in (select r.line from ref_lines as r)"
        " then not coalesce(list_contains((select list(r.digits) from ref_numbers as r),"
        " right(regexp_replace(dialled_number, '[^0-9]+', '', 'g'), 10)), false) end",
        ("ref_numbers", "ref_queues", "ref_lines"),
    ),
    category_known("calls"),
    known("calls", "outcome", OUTCOMES, Text("Исход", "The outcome")),
    known(
        "calls",
        "callback_result",
        CALLBACK_RESULTS,
        Text("Итог обратного звонка", "The callback's result"),
    ),
    language_known("calls"),
    rating_in_range("calls"),
    Rule(
        "calls.leg_is_number",
        "calls",
        "critical",
        Text(
            "Номер этапа звонка — целое от 1: по нему строки одного звонка различаются",
            "The leg is a whole number from 1: it tells the rows of one call apart",
        ),
        FIX_AND_RETRY,
        ("leg",),
        "try_cast(leg as double) < 1 or try_cast(leg as double) <> floor(try_cast(leg as double))",
    ),
    Rule(
        "calls.outcome_agrees",
        "calls",
        "warning",
        Text(
            "Исход согласован с отметками: потерянный звонок не имеет ответа оператора, а "
            "обслуженный — имеет",
            "The outcome agrees with the marks: a lost call has no answer, a served one has",
        ),
        FIX_CODE,
        ("outcome", "answered_at"),
        "(outcome in ('abandoned', 'abandoned_menu', 'self_served') and answered_at is not null)"
        " or (outcome = 'served' and coalesce(answered_at, first_response_at, callback_made_at,"
        " transfer_answered_at) is null)",
    ),
)

RULES: tuple[Rule, ...] = (
    *row_usable("calls", "received_at"),
    *ORDER,
    *DURATIONS,
    *CODES,
    *listed_events("calls"),
)
