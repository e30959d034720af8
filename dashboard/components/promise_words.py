"""A promise in words: target, fact, basis, formula and the passport of a row of `promises`."""

from collections.abc import Mapping
from typing import Any

from dashboard.i18n import N_, _, formats

BASES = {
    "seed": N_("Обещано гражданам"),
    "statute": N_("Установлено законом"),
    "assumed": N_("Принято нами, в источнике нет"),
}
FORMULAS = {
    "clock": N_("в срок ÷ (в срок + срок нарушен + просрочено)"),
    "share": N_("контакты, где обещанное сделано ÷ все контакты, к которым обещание относится"),
    "mean": N_("среднее время от начала до события, обещанного гражданину"),
    "coverage": N_("15-минутные интервалы, в которые кого-то обслужили ÷ все интервалы"),
}
BASE = {
    "contact": N_("контакты"),
    "case": N_("обращения (контакты под одним номером)"),
    "exchange": N_("сообщения заявителя в чате, ждавшие ответа"),
    "incident": N_("массовые сбои"),
}
CALENDARS = {
    "always": N_("круглосуточно, все дни"),
    "working_days": N_("рабочие дни: в рабочий день 24 часа, в остальные время стоит"),
    "staffed": N_("часы работы линии"),
}
LEVELS = {
    "SL-1": N_("принято в срок ÷ все поступившие в очередь"),
    "SL-2": N_("принято в срок ÷ поступившие без коротких сбросов"),
    "SL-3": N_("принято в срок ÷ поступившие без потерянных раньше порога"),
    "SL-4": N_("вышли из очереди в срок, кто угодно и как угодно ÷ все поступившие"),
    "SL-5": N_("принято в срок ÷ принятые"),
}
PARTS = {
    "peak": N_("в часы наибольшей нагрузки линии"),
    "other": N_("в остальные часы"),
    "unknown_hours": N_("часы, о нагрузке которых ещё нет истории"),
    "reached": N_("перезвонили вовремя и дозвонились ÷ все обещанные звонки"),
    "attempted": N_("перезвонили вовремя, но не дозвонились ÷ все обещанные звонки"),
    "silence": N_("решено, и заявитель не обратился о том же снова за {limit} ÷ решённые раньше"),
}
UNITS = {"coverage": N_("15-минутные интервалы")}


def target(row: Mapping[str, Any]) -> str:
    """Return the target of a row of `promises`: a time limit, or what must be so."""
    if row["target_s"] is not None:
        return formats.limit(row["target_s"])
    return {
        "clock": _("срок, названный в контакте"),
        "coverage": "24/7",
        "share": _("всегда"),
    }.get(row["kind"], "—")


def held_to(row: Mapping[str, Any]) -> str:
    """Return the target and the share that must meet it: «до 5 мин · 95 %»."""
    if row["goal"] is None:
        return target(row)
    return f"{target(row)} · {formats.share(row['goal'])}"


def value(row: Mapping[str, Any]) -> str:
    """Return what was measured: a share or a mean time; None is «нет данных»."""
    if row["unit"] == "s":
        return formats.duration(row["value"])
    return formats.share(row["value"], 1)


def base(row: Mapping[str, Any]) -> str:
    """Return the base of a value; nothing measured is no zero."""
    return formats.number(row["n"]) if row["n"] else "—"


def again(hours: int) -> str:
    """Return the time within which a citizen who comes back has not been helped: «24 ч»."""
    return _("{v} ч").format(v=formats.number(hours))


def basis(name: str) -> str:
    """Return who set the target."""
    return _(BASES[name])


def passport(row: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, str]:
    """Return the passport of a promise in words.

    Args:
        row: of `promises`.
        known: `pipelines.metrics.passport` of the promise.
    """
    formula, calendar = FORMULAS[row["kind"]], CALENDARS[known["calendar"]]
    counted = UNITS.get(row["kind"]) or BASE[known["base"]]
    lines = {
        _("Формула"): _(formula),
        _("База"): _(counted),
        _("Норматив"): target(row),
        _("Целевой уровень"): formats.share(row["goal"]) if row["goal"] is not None else "—",
        _("Основание"): basis(row["basis"]),
        _("Календарь"): _(calendar),
        _("Редакция обещания"): _version(known),
        _("Место в исходном тексте"): known["seed"] or "—",
        _("Доля контактов, о которых источник это знает"): formats.share(row["provided_share"]),
        _("Данные на"): formats.when(known["data_as_of"]),
    }
    if known["failed_checks"]:
        lines[_("Не прошедших критических проверок")] = formats.number(known["failed_checks"])
    return lines


def _version(known: Mapping[str, Any]) -> str:
    number = formats.number(known["version"])
    if known["since"] is None:
        return _("{number}, для любых дат").format(number=number)
    since = formats.day(known["since"], year=True)
    return _("{number}, действует с {day}").format(number=number, day=since)
