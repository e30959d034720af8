"""The board's large figures in words, and the small helpers all of the board's words share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard import labels
from dashboard.i18n import _, _n, formats
from dashboard.i18n.formats import number

Figures = Mapping[str, Any]


def tiles(figures: Figures, total: Figures) -> list[dict[str, Any]]:
    """Word the row of large figures; people and chats only where a source knows them."""
    counts = figures.get("counts") or {}
    operators, chats = figures.get("operators"), figures.get("chats")
    waiting, overdue = total.get("waiting"), counts.get("overdue")
    today = level(figures, (total.get("level") or {}).get("today"))
    row = [
        _tile(
            "waiting",
            _("Ждут сейчас"),
            number(waiting),
            note=_("дольше всех") if total.get("oldest_queued_at") else "",
            since=epoch(total.get("oldest_queued_at")),
            warn_s=figures.get("threshold_s"),
        ),
        _tile(
            "overdue",
            _("Просрочено за сутки, ещё открыто"),
            number(overdue),
            note=_("ещё {n} в ближайшие 5 мин").format(n=number(counts["due_5min"]))
            if counts.get("due_5min") is not None
            else "",
            state="overdue" if overdue else None,
        ),
        _tile(
            "level",
            _("Уровень обслуживания (SL)"),
            today["text"],
            note=joined(
                _("сегодня {note}").format(note=today["note"]) if today["note"] else "",
                _goal(figures),
            ),
            state=today["state"],
            is_worded=True,
        ),
        _tile(
            "unserved",
            _("Остались без ответа сегодня"),
            number(figures.get("unserved")),
            note=_n("заявитель", "заявителей", figures["unserved"])
            if figures.get("unserved") is not None
            else "",
        ),
    ]
    if operators is not None:
        row.append(_operators(operators))
    if chats is not None:
        row.append(_chats(chats))
    return row


def _tile(key: str, label: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "value": value,
        "note": "",
        "state": None,
        "is_worded": False,
    } | more


def _operators(operators: Figures) -> dict[str, Any]:
    parts = [
        (operators.get("free"), _("свободны {n}")),
        (operators.get("pause"), _("на паузе {n}")),
        (operators.get("unknown") or None, _("состояние неизвестно {n}")),
    ]
    note = counted(parts)
    reasons = operators.get("by_pause_reason") or {}
    hint = ", ".join(f"{labels.pause(reason)}: {number(n)}" for reason, n in reasons.items())
    return _tile(
        "operators",
        _("Операторы заняты"),
        number(operators.get("contact")),
        note=note,
        hint=hint,
    )


def _chats(chats: Figures) -> dict[str, Any]:
    parts = [
        (chats.get("awaiting_first"), _("ждут первого ответа {n}")),
        (chats.get("awaiting_next"), _("следующего {n}")),
    ]
    note = counted(parts)
    return _tile("chats", _("Открытые чаты"), number(chats.get("open")), note=note)


def counted(parts: list[tuple[int | None, str]]) -> str:
    """Join the known counts, each kept with its word on one line."""
    known = [(n, text) for n, text in parts if n is not None]
    return joined(*(text.replace(" {n}", "\u00a0{n}").format(n=number(n)) for n, text in known))


def joined(*parts: str) -> str:
    """Join what is not empty."""
    return " · ".join(part for part in parts if part)


def _goal(figures: Figures) -> str:
    goal = figures.get("goal")
    return "" if goal is None else _("цель {share}").format(share=formats.share(goal))


def level(figures: Figures, found: Figures | None) -> dict[str, Any]:
    """Word one service level; «нет данных» without a base."""
    if not found or found.get("share") is None or not found.get("base"):
        return {"text": formats.no_data(), "note": "", "state": "no_data"}
    goal = figures.get("goal")
    kept = None if goal is None else "kept" if found["share"] >= goal else "below_own_target"
    note = _("{n} из {base}").format(n=number(found["within"]), base=number(found["base"]))
    return {"text": formats.share(found["share"]), "note": note, "state": kept}


def epoch(moment: datetime | None) -> float | None:
    """Return seconds since 1970, for what counts by itself in the browser."""
    return None if moment is None else moment.timestamp()
