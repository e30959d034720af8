"""Rules about times that several datasets share.

The moment after which a time is impossible is the connection's variable `rules_latest` (a day past
product time, so a source whose clock is a little fast loses nothing); `validate` sets it.
"""

from collections.abc import Iterable

from expectations.rule import Rule, Text, earliest, latest
from expectations.shared import (
    FIX_AND_RETRY,
    contact_present,
    details_readable,
    fields_readable,
)

FIRST_YEAR = "timestamptz '1990-01-01'"  # no hotline log is older; 1970 is an empty clock

CHECK_CLOCK = Text(
    "Проверьте часы и часовой пояс источника, затем загрузите исправленный журнал.",
    "Check the source's clock and time zone, then ingest the corrected log.",
)
LOOK_AT_ORDER = Text(
    "Посмотрите, в каком порядке источник ставит отметки; при расхождении часов выровняйте их.",
    "See in which order the source sets its marks; if its clocks differ, align them.",
)


def time_present(dataset: str, column: str) -> Rule:
    """A row must say when, in a way that can be read."""
    return Rule(
        f"{dataset}.{column.removesuffix('_at')}_present",
        dataset,
        "critical",
        Text(
            "Указано и прочитано время: без него контакт не относится ни к одному дню",
            "The time is given and can be read: without it the contact belongs to no day",
        ),
        FIX_AND_RETRY,
        (column,),
        f"{column} is null",
    )


def time_possible(dataset: str, column: str) -> tuple[Rule, Rule]:
    """The time a row speaks of lies between 1990 and tomorrow."""
    name = column.removesuffix("_at")
    return (
        Rule(
            f"{dataset}.{name}_not_in_future",
            dataset,
            "critical",
            Text(
                "Время не позже завтрашнего дня: будущие контакты исказили бы «сейчас»",
                "The time is not past tomorrow: contacts of the future would distort the present",
            ),
            CHECK_CLOCK,
            (column,),
            f"{column} > getvariable('rules_latest')",
        ),
        Rule(
            f"{dataset}.{name}_not_too_old",
            dataset,
            "critical",
            Text(
                "Время не раньше 1990 года: 1970-й — это пустые часы источника",
                "The time is not before 1990: 1970 is an empty clock of the source",
            ),
            CHECK_CLOCK,
            (column,),
            f"{column} < {FIRST_YEAR}",
        ),
    )


def row_usable(dataset: str, column: str) -> tuple[Rule, ...]:
    """What any row of a contact must say, and say readably: of what and when."""
    return (
        fields_readable(dataset),
        details_readable(dataset),
        contact_present(dataset),
        time_present(dataset, column),
        *time_possible(dataset, column),
    )


def facts_possible(dataset: str, columns: Iterable[str]) -> Rule:
    """What has happened cannot lie past tomorrow; deadlines are not facts and may."""
    return Rule(
        f"{dataset}.facts_not_in_future",
        dataset,
        "critical",
        Text(
            "Отметки о сделанном не позже завтрашнего дня: иначе сроки остановятся в будущем",
            "Marks of what was done are not past tomorrow: else clocks would stop in the future",
        ),
        CHECK_CLOCK,
        ("received_at",),
        f"{latest(columns)} > getvariable('rules_latest')",
    )


def nothing_before_received(dataset: str, columns: Iterable[str]) -> Rule:
    """Nothing can be done about a contact before it is received."""
    return Rule(
        f"{dataset}.nothing_before_received",
        dataset,
        "critical",
        Text(
            "Ничто не сделано раньше, чем контакт поступил: такие сроки невозможны",
            "Nothing is done before the contact is received: such durations are impossible",
        ),
        CHECK_CLOCK,
        ("received_at",),
        f"{earliest(columns)} < received_at",
    )


# first, then: two marks whose order the product expects, and what to say where it is not so
ORDERS: dict[tuple[str, str], Text] = {
    ("interpreter_requested_at", "interpreter_joined_at"): Text(
        "Переводчик подключён не раньше запроса: иначе срок подключения не измерить",
        "The interpreter joined no earlier than asked for: else the wait cannot be measured",
    ),
    ("callback_requested_at", "callback_made_at"): Text(
        "Обратный звонок сделан не раньше просьбы о нём",
        "The callback is made no earlier than asked for",
    ),
    ("callback_requested_at", "callback_due_at"): Text(
        "Срок обратного звонка не раньше просьбы о нём: иначе он нарушен с рождения",
        "The callback is due no earlier than asked for: else it is breached at birth",
    ),
    ("ticket_created_at", "ticket_accepted_at"): Text(
        "Заявка принята в работу не раньше, чем создана",
        "The ticket is accepted no earlier than created",
    ),
    ("transferred_at", "transfer_answered_at"): Text(
        "Второй оператор ответил не раньше перевода",
        "The second operator answered no earlier than the transfer",
    ),
    ("resolved_at", "reopened_at"): Text(
        "Обращение открыто вновь не раньше, чем решено",
        "The case is reopened no earlier than resolved",
    ),
    ("verified_at", "forwarded_at"): Text(
        "Сообщение о данных передано не раньше, чем проверено",
        "The privacy report is forwarded no earlier than verified",
    ),
    ("answered_at", "first_response_at"): Text(
        "Первый ответ дан не раньше соединения: меню и бот ответом не считаются",
        "The first response is no earlier than the answer: menus and bots do not respond",
    ),
    ("assigned_at", "ended_at"): Text(
        "Чат завершён не раньше, чем назначен оператору",
        "The chat ended no earlier than it was assigned",
    ),
    ("registered_at", "answered_at"): Text(
        "Ответ дан не раньше регистрации: иначе срок ответа отрицательный",
        "The reply is no earlier than the registration: else its time is below zero",
    ),
    ("assigned_at", "answered_at"): Text(
        "Ответ дан не раньше назначения исполнителя",
        "The reply is no earlier than the assignment",
    ),
    ("answered_at", "notified_at"): Text(
        "Заявитель уведомлён об ответе не раньше самого ответа",
        "The citizen is told of the reply no earlier than the reply itself",
    ),
}


def in_order(dataset: str, *pairs: tuple[str, str]) -> tuple[Rule, ...]:
    """Warn where the second time of a pair of ORDERS stands before the first.

    What stands before `received_at` too is left to `nothing_before_received`.
    """
    return tuple(
        Rule(
            f"{dataset}.{then.removesuffix('_at')}_after_{_last_word(first)}",
            dataset,
            "warning",
            ORDERS[first, then],
            LOOK_AT_ORDER,
            (first, then),
            f"{then} < {first} and {then} >= received_at",
        )
        for first, then in pairs
    )


def _last_word(column: str) -> str:
    return column.removesuffix("_at").rsplit("_", 1)[-1]
