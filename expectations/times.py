"""Rules about times that several datasets share.

The moment after which a time is impossible is the connection's variable `rules_latest` (a day past
product time, so a source whose clock is a little fast loses nothing); `validate` sets it.
"""

from collections.abc import Iterable

from expectations.rule import Rule, Text, earliest, latest
from expectations.shared import FIX_AND_RETRY

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
    """A row must say when; an unreadable time is told by `fields_readable`."""
    return Rule(
        f"{dataset}.{column.removesuffix('_at')}_present",
        dataset,
        "critical",
        Text(
            "Указано время: без него контакт не относится ни к одному дню",
            "The time is given: without it the contact belongs to no day",
        ),
        FIX_AND_RETRY,
        (column,),
        f"{column} is null and not coalesce(list_contains(string_split(bad_fields, ';'), "
        f"'{column}'), false)",
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


def in_order(dataset: str, name: str, first: str, then: str, text: Text) -> Rule:
    """Warn where `then` stands before `first`; both are columns."""
    return Rule(
        f"{dataset}.{name}",
        dataset,
        "warning",
        text,
        LOOK_AT_ORDER,
        (first, then),
        f"{then} < {first} and {then} >= received_at",
    )
