"""Decisions of a week and of earlier ones, in words."""

from typing import Any

from pipelines.reports.figure_words import figure_value
from pipelines.reports.week import DecisionWeek, Week
from pipelines.reports.words import Words

SHOWN = 3


def decisions_page(week: Week, words: Words) -> list[dict[str, Any]]:
    """Return text, figure, owner, due and status of what was decided about this period."""
    return [_row(one, words) for one in (week.get("decisions") or [])[:SHOWN]]


def followed_page(week: Week, words: Words) -> list[dict[str, Any]]:
    """Return the same of earlier decisions; figure says what became of it."""
    return [_row(one, words, is_followed=True) for one in (week.get("followed") or [])[:SHOWN]]


def _row(one: DecisionWeek, words: Words, *, is_followed: bool = False) -> dict[str, Any]:
    _ = words
    value = figure_value(one.get("value"), one["unit"], words)
    if is_followed:
        value += f" → {figure_value(one.get('value_now'), one['unit'], words)}"
    status = {"done": _("выполнено"), "dropped": _("снято"), "": _("в работе")}
    return {
        "text": one["text"],
        "figure": f"{words.label(one['figure'])}: {value}",
        "owner": one["owner"],
        "due": _("до {day}", day=words.day(one["due_on"])),
        "status": status[one.get("outcome") or ""],
    }
