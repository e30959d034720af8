"""What must hold of the rows already in the lake, whatever log they came from.

The table a rule looks at is a relation of the lake's rows; `bad` may look into other tables of the
lake. A critical rule here is a fault of the program or of its storage, not of a source: nothing is
quarantined, the lake is to be rebuilt or the fault reported.
"""

from collections.abc import Iterable

from expectations.rule import Rule, Severity, Text, listed
from expectations.shared import (
    ADD_REFERENCE,
    category_known,
    channel_known,
    known,
    language_known,
    rating_in_range,
)
from expectations.times import FIRST_YEAR
from expectations.vocabulary import EVENT_KINDS, OPERATOR_STATES, OUTCOMES

REBUILD = Text(
    "Пересчитайте дни (liniya rebuild); если не поможет, восстановите хранилище из копии.",
    "Make the days again (liniya rebuild); if that does not help, restore the lake from a copy.",
)
MASK_AGAIN = Text(
    "Закройте доступ к текстам и сообщите владельцу данных: маскирование пропустило значение.",
    "Close access to the texts and tell the data's owner: masking let a value through.",
)
LEFT_AS = ("answered", "abandoned", "flowed_out", "open")
CLOCK_KINDS = ("clock", "share", "mean", "reading")
STOP_KINDS = ("stopped", "gave_up", "failed")


def _rule(
    table: str,
    name: str,
    ru: str,
    en: str,
    bad: str,
    needs: Iterable[str] = (),
    severity: Severity = "critical",
    action: Text = REBUILD,
    tables: tuple[str, ...] = (),
) -> Rule:
    text = Text(ru, en)
    return Rule(f"{table}.{name}", table, severity, text, action, tuple(needs), bad, tables)


def _key_unique(table: str, *key: str) -> Rule:
    columns = ", ".join(key)
    return _rule(
        table,
        "key_unique",
        "Ключ не повторяется: иначе одно и то же посчитано дважды",
        "No key stands twice: else the same thing is counted twice",
        f"({columns}) in (select ({columns}) from {table} group by {columns} having count(*) > 1)",
        key,
    )


def _of_contact(table: str, beside: str = "") -> Rule:
    return _rule(
        table,
        "of_a_contact",
        "Строка относится к контакту того же дня: иначе показатели дня не сойдутся",
        "The row belongs to a contact of the same day: else the day's figures do not add up",
        "(contact_id, received_date) not in"
        f" (select (c.contact_id, c.received_date) from lake.contacts as c){beside}",
        ("contact_id", "received_date"),
    )


def _possible(table: str, *columns: str) -> Rule:
    early = f"least({', '.join(columns)}) < {FIRST_YEAR}"
    late = f"greatest({', '.join(columns)}) > getvariable('rules_latest')"
    return _rule(
        table,
        "times_possible",
        "Времена между 1990 годом и завтрашним днём",
        "Times lie between 1990 and tomorrow",
        f"{early} or {late}",
        columns,
    )


def _masked(table: str, column: str, found: str, key: str) -> Rule:
    return _rule(
        table,
        f"{column}_masked",
        "В тексте не видно телефонов, ИНН, СНИЛС, паспортов, карт, почты и имён",
        "No phone, INN, SNILS, passport, card, e-mail or name shows in the text",
        f"{key} in (select r.key from {found} as r)",
        (column,),
        action=MASK_AGAIN,
        tables=(found,),
    )


CONTACTS = (
    _key_unique("lake.contacts", "contact_id"),
    _rule(
        "lake.contacts",
        "id_and_time_present",
        "У контакта есть идентификатор и время поступления",
        "The contact has its id and the time it was received",
        "contact_id is null or received_at is null",
        ("contact_id", "received_at"),
    ),
    _rule(
        "lake.contacts",
        "day_is_local",
        "День контакта — местный день его поступления: по нему считаются все сводки",
        "The contact's day is the local day it was received: every summary counts by it",
        "received_date is distinct from"
        " cast(timezone(getvariable('rules_zone'), received_at) as date)",
        ("received_date", "received_at"),
    ),
    _possible("lake.contacts", "received_at"),
    _masked("lake.contacts", "text", "check_raw_texts", "contact_id"),
    channel_known("lake.contacts"),
    category_known("lake.contacts"),
    language_known("lake.contacts"),
    known("lake.contacts", "outcome", OUTCOMES, Text("Исход", "The outcome")),
    rating_in_range("lake.contacts"),
    _rule(
        "lake.contacts",
        "line_known",
        "Линия есть в справочнике: норматив линии известен",
        "The line is in reference data: so its target is known",
        "line <> '' and line not in (select r.line from ref_lines as r)",
        ("line",),
        "warning",
        ADD_REFERENCE,
        ("ref_lines",),
    ),
)

LEGS = (
    _key_unique("lake.legs", "contact_id", "leg"),
    _of_contact("lake.legs"),
    _rule(
        "lake.legs",
        "in_order",
        "Очередь, ответ и уход идут по порядку: ожидание и разговор не меньше нуля",
        "Queued, answered and left stand in order: no wait or talk is below zero",
        "answered_at < queued_at or left_at < greatest(queued_at, answered_at)",
        ("queued_at", "answered_at", "left_at"),
    ),
    _rule(
        "lake.legs",
        "accounted",
        "Поступило = принято + потеряно + ушло дальше + ждёт: у каждого этапа один исход",
        "Offered = answered + abandoned + flowed out + waiting: each leg ends in one way",
        # a log may know that a call was answered or lost, not when: then the moment is null
        f"left_as is null or left_as not in {listed(LEFT_AS)}"
        " or (answered_at is not null and left_as <> 'answered')"
        " or (left_as = 'open' and left_at is not null)",
        ("left_as", "answered_at", "left_at"),
    ),
    _rule(
        "lake.legs",
        "durations_not_negative",
        "Длительности этапа не меньше нуля",
        "The leg's durations are not below zero",
        "least(ring_s, talk_s, hold_s, wrap_s) < 0",
        ("ring_s", "talk_s", "hold_s", "wrap_s"),
    ),
)

EVENTS = (
    _key_unique("lake.events", "contact_id", "seq"),
    _of_contact("lake.events"),
    _possible("lake.events", "event_at"),
    known("lake.events", "kind", EVENT_KINDS, Text("Вид события", "The kind of event")),
    _masked("lake.events", "value", "check_raw_values", "contact_id || '/' || seq"),
)

CLOCKS = (
    _key_unique("lake.clocks", "promise", "promise_version", "contact_id", "number", "since_at"),
    _of_contact(
        "lake.clocks", " and contact_id not in (select i.incident_id from lake.incidents as i)"
    ),
    _rule(
        "lake.clocks",
        "in_order",
        "Срок и остановка не раньше начала отсчёта",
        "Due and stop are no earlier than the clock's start",
        "least(due_at, stopped_at) < started_at",
        ("started_at", "due_at", "stopped_at"),
    ),
    _rule(
        "lake.clocks",
        "stopped_for_a_reason",
        "У остановленного отсчёта есть причина, у идущего её нет",
        "A stopped clock has its reason, a running one has none",
        f"kind not in {listed(CLOCK_KINDS)} or (stopped_at is null) <> (stop_kind is null)"
        f" or stop_kind not in {listed(STOP_KINDS)}",
        ("kind", "stopped_at", "stop_kind"),
    ),
    _rule(
        "lake.clocks",
        "values_not_negative",
        "Паузы и измеренные значения не меньше нуля",
        "Pauses and measured values are not below zero",
        "least(paused_s, value) < 0",
        ("paused_s", "value"),
    ),
)

OTHERS = (
    _key_unique("lake.operator_events", "operator_id", "event_at", "state"),
    _possible("lake.operator_events", "event_at"),
    known(
        "lake.operator_events",
        "state",
        OPERATOR_STATES,
        Text("Состояние оператора", "The operator's state"),
    ),
    _key_unique("lake.operators", "operator_id"),
    _key_unique("lake.journal", "case_number", "contact_id"),
    channel_known("lake.journal"),
    _key_unique("lake.cdr", "source", "row_key"),
    _possible("lake.cdr", "started_at"),
    _key_unique("lake.source_rows", "source", "row_key"),
    _rule(
        "lake.files",
        "accounted",
        "Прочитано = принято + обновлено + повторов + в карантине: ни одна строка не потеряна",
        "Read = accepted + updated + duplicate + quarantined: no row is lost",
        "read <> accepted + updated + duplicate + quarantined",
        ("read", "accepted", "updated", "duplicate", "quarantined"),
        action=Text(
            "Загрузите файл заново и сообщите о расхождении: это ошибка программы.",
            "Ingest the file again and report the difference: it is a fault of the program.",
        ),
    ),
)

LAKE_RULES: tuple[Rule, ...] = (*CONTACTS, *LEGS, *EVENTS, *CLOCKS, *OTHERS)
TABLES = tuple(dict.fromkeys(rule.dataset for rule in LAKE_RULES))
