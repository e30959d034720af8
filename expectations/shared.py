"""Rules that several datasets share: the same fault reads and is mended the same everywhere."""

from expectations.rule import Rule, Text, blank, listed, unknown
from expectations.vocabulary import CHANNELS, EVENT_KINDS, LANGUAGES

# An unreadable mark of satisfaction or a flag costs that one fact; any other unreadable value
# (a time, a duration, a leg) would make the contact a lie.
LENIENT = (
    "rating", "is_complex", "is_on_time", "ring_no_answer", "hired_on",
    "caller_number", "citizen_phone", "citizen_id", "citizen_ref",
)  # fmt: skip
# `bad_fields` also names required columns that are not there: those have rules of their own
REQUIRED = (
    "call_id", "chat_id", "feedback_id", "operator_id", "case_number", "contact_id", "kind",
    "received_at", "event_at", "record_id", "started_at",
)  # fmt: skip

FIX_AND_RETRY = Text(
    "Исправьте строку у владельца журнала и загрузите её снова или верните из карантина.",
    "Have the owner of the log correct the row, then ingest it again or retry the quarantine.",
)
ADD_REFERENCE = Text(
    "Добавьте значение в справочник (data/reference) или исправьте его в источнике.",
    "Add the value to reference data (data/reference), or correct it in the source.",
)
FIX_CODE = Text(
    "Исправьте код в источнике или сопоставьте его в профиле источника (data/sources).",
    "Correct the code in the source, or map it in the source's profile (data/sources).",
)


def fields_readable(dataset: str) -> Rule:
    """Times, durations and numbers that were there must have been readable."""
    return Rule(
        f"{dataset}.fields_readable",
        dataset,
        "critical",
        Text(
            "Времена, длительности и номера прочитаны: иначе контакт будет посчитан неверно",
            "Times, durations and numbers could be read: else the contact is counted wrong",
        ),
        FIX_AND_RETRY,
        ("bad_fields",),
        "case when bad_fields <> '' then len(list_filter(string_split(bad_fields, ';'),"
        f" lambda f: f not in {listed((*LENIENT, *REQUIRED))})) > 0 end",
    )


def details_readable(dataset: str) -> Rule:
    """Marks of satisfaction and flags that were there should have been readable."""
    return Rule(
        f"{dataset}.details_readable",
        dataset,
        "warning",
        Text(
            "Оценка, признаки, номера заявителя и дата приёма прочитаны: нечитаемые неизвестны",
            "Rating, flags, the citizen's numbers, hiring date could be read: else unknown",
        ),
        FIX_CODE,
        ("bad_fields",),
        "case when bad_fields <> '' then len(list_filter(string_split(bad_fields, ';'),"
        f" lambda f: f in {listed(LENIENT)})) > 0 end",
    )


def contact_present(dataset: str) -> Rule:
    """A row must name its contact."""
    return Rule(
        f"{dataset}.id_present",
        dataset,
        "critical",
        Text(
            "У строки есть идентификатор контакта: без него её нельзя ни учесть, ни обновить",
            "The row names its contact: without an id it can be neither counted nor updated",
        ),
        FIX_AND_RETRY,
        ("contact_id",),
        f"{blank('contact_id')} or ends_with(contact_id, ':')",
    )


def known(
    dataset: str,
    column: str,
    words: tuple[str, ...],
    what: Text,
    value: str = "",
) -> Rule:
    """Warn about a code outside the vocabulary of the canonical logs; empty is no code."""
    value = value or column
    return Rule(
        f"{dataset}.{column}_known",
        dataset,
        "warning",
        Text(
            f"{what.ru} из известных: неизвестный код сохраняется под своим именем",
            f"{what.en} is a known one: an unknown code is kept under its own name",
        ),
        FIX_CODE,
        (column,),
        # a list is held against every row of what it stands in: here of those that have a code
        f"case when {column} <> '' then {unknown(value, words)} end",
    )


def channel_known(dataset: str, words: tuple[str, ...] = CHANNELS) -> Rule:
    """Warn about a channel the product does not know."""
    return known(dataset, "channel", words, Text("Канал", "The channel"))


def language_known(dataset: str) -> Rule:
    """Warn about a language that is no ISO 639-1 code; `en-GB` and `RU` are fine."""
    return known(
        dataset,
        "language",
        LANGUAGES,
        Text("Язык (ISO 639-1)", "The language (ISO 639-1)"),
        "lower(if(length(language) = 2, language,"
        " string_split(replace(language, '_', '-'), '-')[1]))",
    )


def category_known(dataset: str) -> Rule:
    """Warn about a category that reference data does not have."""
    return Rule(
        f"{dataset}.category_known",
        dataset,
        "warning",
        Text(
            "Тематика есть в справочнике: неизвестная остаётся под своим именем вне классов",
            "The category is in reference data: an unknown one is kept by name, in no class",
        ),
        ADD_REFERENCE,
        ("category",),
        "category <> '' and category not in (select r.category from ref_categories as r)",
        ("ref_categories",),
    )


def rating_in_range(dataset: str, value: str = "rating", when: str = "true") -> Rule:
    """Warn about a rating outside 1..5."""
    return Rule(
        f"{dataset}.rating_in_range",
        dataset,
        "warning",
        Text(
            "Оценка от 1 до 5: иная исказила бы удовлетворённость (CSAT)",
            "The rating is 1 to 5: any other would distort satisfaction (CSAT)",
        ),
        FIX_CODE,
        (value,),
        f"{when} and try_cast({value} as double) not between 1 and 5",
    )


def listed_events(dataset: str) -> tuple[Rule, Rule]:
    """What must hold of the events a wide row carries in its list."""
    return (
        Rule(
            f"{dataset}.events_sound",
            dataset,
            "warning",
            Text(
                "У событий строки есть время и известный вид, и они не раньше поступления",
                "The row's events have a time and a known kind, and are no earlier than received",
            ),
            FIX_CODE,
            ("events",),
            _some_event(
                "e.event_at is null or e.event_at < received_at or "
                + unknown("coalesce(e.kind, '')", EVENT_KINDS)
            ),
        ),
        Rule(
            f"{dataset}.events_possible",
            dataset,
            "critical",
            Text(
                "События строки не раньше 1990 года и не позже завтрашнего дня",
                "The row's events are neither before 1990 nor past tomorrow",
            ),
            FIX_AND_RETRY,
            ("events",),
            _some_event(
                "e.event_at > getvariable('rules_latest') or e.event_at < timestamptz '1990-01-01'"
            ),
        ),
    )


def _some_event(bad: str) -> str:
    # a case is asked of its own rows alone, and few rows have a list
    return f"case when events is not null then len(list_filter(events, lambda e: {bad})) > 0 end"
