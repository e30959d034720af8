"""Sheets of the workbook on causes of the level, regions and the week after."""

from typing import Any

from pipelines.reports.page import earlier
from pipelines.reports.risk_words import hours_text
from pipelines.reports.week import Week
from pipelines.reports.why_words import cause_name
from pipelines.reports.words import Words
from pipelines.reports.xlsx_sheet import Column, add_sheet

Row = tuple[str, str, object, object, str]  # name, kind, value, value before, source
CAUSES = {"volume": "count", "handling": "seconds", "operators": "count", "patience": "seconds"}


def days_asked(week: Week) -> str:
    """Return the period as the commands of `liniya metrics` take it."""
    return f"--from {week['start']} --to {week['end']}"


def summary_rows(week: Week, words: Words, asked: str) -> list[Row]:
    """Return the rows of the summary on outages and the statute.

    Args:
        asked: the period as the command takes it.
    """
    _ = words
    rows: list[Row] = []
    if told := week.get("service"):
        source = f"liniya metrics failures {asked}"
        rows += [
            (_("контактов при массовых сбоях"), "count", told["by_incident"],
             told["by_incident_before"], source),
            (_("доля обращений из-за чужих сбоев и повторов"), "share", told["share"], None,
             source),
            (_("ставок на обращения из-за чужих сбоев и повторы"), "mean", told["posts"], None,
             source),
        ]  # fmt: skip
    for one in week.get("statute") or []:
        label = words.label(one["label"])
        source, missed = f"liniya metrics due {asked}", one["late"] + one["open"]
        rows += [
            (_("{label}: срок наступил", label=label), "count", one["due"], None, source),
            (_("{label}: не в срок", label=label), "count", missed, None, source),
        ]
    return rows


def outside(book: Any, week: Week, words: Words) -> None:
    """Write the sheets there is something for."""
    _episodes(book, week, words)
    _causes(book, week, words)
    _regions(book, week, words)
    _risk(book, week, words)


def _episodes(book: Any, week: Week, words: Words) -> None:
    """Write outages with the people they touched, and bursts."""
    _ = words
    given = week.get("episodes") or []
    if not given:
        return
    columns: list[Column] = [
        (_("что было"), "text", 16),
        (_("тематика"), "text", 44),
        (_("начало"), "text", 26),
        (_("конец"), "text", 26),
        (_("контактов"), "count", 14),
        (_("заявителей"), "count", 14),
        (_("сверх обычного"), "count", 16),
    ]
    rows = [
        (
            _("массовый сбой") if one.get("incident") else _("всплеск"),
            words.label(one["label"]) if one.get("label") else _("все контакты вместе"),
            words.moment(one["started_at"]),
            words.moment(one["ended_at"]) if one.get("ended_at") else "",
            one.get("contacts"),
            one.get("people"),
            one.get("excess"),
        )
        for one in given
    ]
    add_sheet(book, _("Сбои и всплески"), columns, rows, words,
              source=f"liniya metrics incidents {days_asked(week)}")  # fmt: skip


def _causes(book: Any, week: Week, words: Words) -> None:
    """Write the steps of the queueing model; in a column they add up to the change."""
    _ = words
    models = [one.get("model") for one in week.get("why") or []]
    steps = [step for model in models if model and not model["reason"] for step in model["steps"]]
    if not steps:
        return
    columns: list[Column] = [
        (_("причина"), "text", 30),
        (_("вклад, п. п."), "mean", 14),
        (earlier(week, words), "kind", 16),
        (words.this(week.get("kind", "week")), "kind", 16),
    ]
    rows = [
        (cause_name(step, words), step["shown"] / 10, step["before"], step["now"]) for step in steps
    ]
    kinds = [CAUSES.get(step["step"], "count") for step in steps]
    add_sheet(book, _("Модель очереди"), columns, rows, words, kinds=kinds)


def _regions(book: Any, week: Week, words: Words) -> None:
    _ = words
    given = week.get("regions") or []
    if not given:
        return
    columns: list[Column] = [
        (_("регион"), "text", 34),
        (_("заявителей"), "count", 14),
        (earlier(week, words), "count", 16),
        (_("контактов"), "count", 14),
        (earlier(week, words), "count", 16),
    ]
    rows = [
        (
            words.label(one["label"]),
            one["people"],
            one["people_before"],
            one["contacts"],
            one["contacts_before"],
        )
        for one in given
    ]
    add_sheet(book, _("Регионы"), columns, rows, words,
              source=f"liniya metrics problems {days_asked(week)} --by region")  # fmt: skip


def _risk(book: Any, week: Week, words: Words) -> None:
    """Write every line and day of the week after, not only those told on the page."""
    _ = words
    days = (week.get("risk") or {}).get("days") or []
    if not days:
        return
    columns: list[Column] = [
        (_("день"), "text", 12),
        (_("линия"), "text", 34),
        (_("ждём"), "count", 12),
        (_("прогноз"), "share", 12),
        (_("не ниже"), "share", 12),
        (_("не выше"), "share", 12),
        (_("доля таких дней ниже цели"), "share", 14),
        (_("часы ниже цели"), "text", 24),
        (_("операторов не хватает"), "count", 14),
    ]
    rows = [
        (
            one["day"].isoformat(),
            words.label(one["line"]),
            one["contacts"],
            one["level"],
            one["low"],
            one["high"],
            one["chance"],
            hours_text(one["hours"]),
            one["more"],
        )
        for one in sorted(days, key=lambda one: (one["day"], words.label(one["line"])))
    ]
    add_sheet(book, _("Риск"), columns, rows, words,
              source=f"liniya metrics risk {days_asked(week)}")  # fmt: skip
