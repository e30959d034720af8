"""What must hold of a call detail record of the exchange."""

from expectations.rule import Rule, Text, blank, seconds
from expectations.shared import FIX_AND_RETRY, fields_readable, known
from expectations.times import CHECK_CLOCK, time_possible, time_present

DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")

RULES: tuple[Rule, ...] = (
    fields_readable("cdr"),
    Rule(
        "cdr.id_present",
        "cdr",
        "critical",
        Text(
            "У записи АТС есть номер звонка: без него её не с чем сверить",
            "The record names its call: without an id there is nothing to hold it against",
        ),
        FIX_AND_RETRY,
        ("record_id",),
        blank("record_id"),
    ),
    time_present("cdr", "started_at"),
    *time_possible("cdr", "started_at"),
    Rule(
        "cdr.in_order",
        "cdr",
        "warning",
        Text(
            "Ответ и конец записи не раньше её начала, разговор не дольше записи",
            "Answer and end are no earlier than the start, the talk is no longer than the record",
        ),
        CHECK_CLOCK,
        ("started_at", "answered_at", "ended_at"),
        "answered_at < started_at or ended_at < greatest(started_at, answered_at)"
        f" or talk_s > {seconds('started_at', 'ended_at')} + 1",
    ),
    known(
        "cdr",
        "disposition",
        DISPOSITIONS,
        Text("Итог записи АТС", "The record's disposition"),
        "upper(disposition)",
    ),
)
