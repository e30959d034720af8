"""From a statement of the week to the figures it rests on: pages of the dashboard, the same days.

One definition: Неделя draws these links, HTML and PDF carry them where the dashboard's address is
set (`LINIYA_BASE_URL`); without it they carry none, for an address of this machine opens nowhere
else.
"""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from pipelines.reports.week import Week
from pipelines.reports.words import Words

BEHIND = "behind"  # in the address of Неделя: whose contacts it lists
SEPARATOR = "~"  # between what is listed and its value
UNSERVED, FAILED, RATED = "unserved", "failed", "rated"
CHANNEL, REGION = "channel", "region"
# statement -> names of what it rests on
SECTIONS: dict[str, tuple[str, ...]] = {
    "verdict": ("unserved", "failed", "promises"),
    "tiles": ("topics",),
    "repeats": ("repeats",),
    "states": ("promises",),
    "why": ("promises", "topics"),
    "service": ("failures", "incidents"),
    "statute": ("statute",),
    "risk": ("now",),
    "problems": ("topics",),
    "rating": ("rated",),
    "happened": ("incidents",),
    "quality": ("quality",),
}
Link = dict[str, Any]  # page (its id), params, label, url (empty without an address)


def links_of(week: Week, words: Words) -> dict[str, list[Link]]:
    """Return the links of every statement of SECTIONS."""
    known = _known(week, words)
    return {name: [known[one] for one in of] for name, of in SECTIONS.items()}


def promise_link(week: Week, words: Words, promise: str, basis: str | None) -> str:
    """Return the address of a promise in the days of the week; empty without the dashboard's."""
    return _url(week, words, "promises", days(week) | {"view": basis or "", "promise": promise})


def topic_link(week: Week, words: Words, category: str) -> str:
    """Return the address of a topic in the days of the week; empty without the dashboard's."""
    return _url(week, words, "problems", days(week) | {"topic": category}) if category else ""


def incident_link(week: Week, words: Words, incident: str) -> str:
    """Return the address of an outage; empty without the dashboard's."""
    return _url(week, words, "incident", {"id": incident})


def contacts_link(week: Week, words: Words, name: str, value: str) -> str:
    """Return the address of the contacts of a channel or region; empty without the dashboard's."""
    return _url(week, words, "week", _behind(week, f"{name}{SEPARATOR}{value}")) if value else ""


def topic_evidence(week: Week, words: Words, category: str, label: str) -> Link:
    """Return the link from a sentence about a topic to the topic in the days of the week."""
    return {
        "page": "problems",
        "params": days(week) | {"topic": category},
        "label": words("Тематика «{name}»", name=label),
        "url": topic_link(week, words, category),
    }


def days(week: Week) -> dict[str, Any]:
    """Return the days of a week as the addresses of other pages take them."""
    return period_days(week["start"], week["end"])


def period_days(first: date, end: date) -> dict[str, Any]:
    """Return days as the addresses of pages take them.

    >>> period_days(date(2026, 11, 9), date(2026, 11, 16))
    {'period': 'range', 'days': ['2026-11-09', '2026-11-15']}
    """
    return {"period": "range", "days": [f"{first}", f"{end - timedelta(days=1)}"]}


def _known(week: Week, words: Words) -> dict[str, Link]:
    _ = words
    found = {
        "promises": ("promises", days(week), _("Обещания за эти дни")),
        "statute": ("promises", days(week) | {"view": "statute"}, _("Обещания закона за эти дни")),
        "topics": ("problems", days(week), _("Тематики за эти дни")),
        "repeats": ("problems", days(week) | {"view": "repeats"}, _("Повторные обращения")),
        "failures": ("problems", days(week) | {"view": "failures"}, _("Обращения из-за сбоев")),
        "incidents": ("incident", {}, _("Массовые сбои")),
        "quality": ("quality", {}, _("Проверки и карантин")),
        "now": ("now", {}, _("Очереди и операторы сейчас")),
        "unserved": ("week", _behind(week, UNSERVED), _("Кто остался без ответа")),
        "failed": ("week", _behind(week, FAILED), _("Для кого обещание нарушено")),
        "rated": ("week", _behind(week, RATED), _("Контакты с оценками")),
    }
    return {
        name: {
            "page": page,
            "params": params,
            "label": label,
            "url": _url(week, words, page, params),
        }
        for name, (page, params, label) in found.items()
    }


def _behind(week: Week, what: str) -> dict[str, Any]:
    kind = week.get("kind", "week")
    return ({} if kind == "week" else {"kind": kind}) | {"week": week.get("week", ""), BEHIND: what}


def _url(week: Week, words: Words, page: str, params: dict[str, Any]) -> str:
    address = week.get("address")
    if not address:
        return ""
    told = {name: value for name, value in params.items() if value}
    told |= {} if words.language == "ru" else {"lang": words.language}
    asked = urlencode(told, doseq=True)
    return f"{address}/{page}?{asked}" if asked else f"{address}/{page}"
