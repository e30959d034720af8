"""Names of reference data in the current language: lines, categories, promises, channels.

An id unknown to reference data is shown as it is: the source's own name.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dashboard.data import settings
from dashboard.i18n import N_, _, language
from pipelines.problems.bursts import ALL

CHANNELS = {
    "phone": N_("телефон"),
    "chat": N_("чат"),
    "portal": N_("форма на портале"),
    "video": N_("видеосвязь"),
    "callback": N_("обратный звонок"),
}


SOURCES = {
    "calls": N_("звонки"),
    "chats": N_("чаты"),
    "feedback": N_("форма на портале"),
    "operators": N_("смены операторов"),
    "journal": N_("журнал обращений"),
    "events": N_("живой поток"),
}
PAUSES = {
    "break": N_("перерыв"),
    "lunch": N_("обед"),
    "training": N_("обучение"),
    "meeting": N_("совещание"),
    "technical": N_("технические причины"),
}


def pause(reason: str | None) -> str:
    """Return the name of a reason of a pause; one nobody knows is shown as the log calls it."""
    return _(PAUSES[reason]) if reason in PAUSES else str(reason or _("причина не указана"))


def source(source_id: str) -> str:
    """Return the name of a log; one read by a profile is shown as the profile calls it."""
    return _(SOURCES[source_id]) if source_id in SOURCES else source_id


def line(line_id: str | None) -> str:
    """Return the name of a line."""
    return _label("lines", line_id)


def category(category_id: str | None) -> str:
    """Return the name of a category; ALL is every contact together."""
    return _("все контакты") if category_id == ALL else _label("categories", category_id)


def burst(row: Mapping[str, Any]) -> str:
    """Name what a burst is of: a category, a line and what was chosen there, who was lost."""
    if row.get("kind") == "abandoned":
        if row["line"] is None:
            return _("потеряно в очередях всех линий")
        return _("потеряно в очереди: {line}").format(line=line(row["line"]))
    if row.get("kind") != "line":
        return category(row["category"])
    if row["menu_choice"] is None:
        return _("линия: {line}").format(line=line(row["line"]))
    chosen = _label("menu", row["menu_choice"])
    return _("{line}, выбор в меню: {choice}").format(line=line(row["line"]), choice=chosen)


def of_class(class_id: str | None) -> str:
    """Return the name of a class of categories."""
    return _label("classes", class_id)


def skill(skill_id: str | None) -> str:
    """Return the name of a skill of operators."""
    return _label("skills", skill_id)


def promise(promise_id: str | None) -> str:
    """Return the name of a promise."""
    return _label("promises", promise_id)


def region(region_id: str | None) -> str:
    """Return the name of a region."""
    return _label("regions", region_id)


def channel(channel_id: str | None) -> str:
    """Return the name of a channel."""
    return _(CHANNELS[channel_id]) if channel_id in CHANNELS else str(channel_id or "—")


def classes() -> dict[str, str]:
    """Return category -> its class."""
    rows = _all(settings().reference)
    return {str(row["id"]): str(row["class"]) for row in rows}


def known(kind: str) -> list[str]:
    """Return the ids of lines, categories, classes, skills or promises in the file's order."""
    return list(_rows(settings().reference, kind))


def _label(kind: str, row_id: str | None) -> str:
    if row_id is None:
        return "—"
    found = _rows(settings().reference, kind).get(row_id, {})
    return str(found.get(language()) or found.get("ru") or row_id)


@cache
def _all(reference: Path) -> list[dict[str, Any]]:
    path = reference / "categories.yml"
    if not path.is_file():
        return []
    return list((yaml.load(path.read_text("utf-8"), Loader=_LOADER) or {}).get("categories") or [])


FILES = {
    "classes": "categories",
    "skills": "categories",
    "menu": "categories",
}  # which file a kind stands in, where not its own


@cache
def _rows(reference: Path, kind: str) -> dict[str, dict[str, Any]]:
    path = reference / f"{FILES.get(kind, kind)}.yml"
    if not path.is_file():
        return {}
    rows = (yaml.load(path.read_text("utf-8"), Loader=_LOADER) or {}).get(kind) or []
    return {str(row["id"]): row.get("label") or {} for row in rows}


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one where built: 10 times faster
