"""The board's large figures in words, and the small helpers all of the board's words share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard import labels
from dashboard.i18n import _, _n, formats
from dashboard.i18n.formats import number

Figures = Mapping[str, Any]
# what the service level of a window is compared with
BEFORE = {"half_hour": "before", "hour": "hour_before", "today": "today_before"}
TREND_BASE = 10  # the change of a share of fewer contacts says nothing


def tiles(figures: Figures, total: Figures) -> list[dict[str, Any]]:
    """Word the row of large figures; people and chats only where a source knows them."""
    counts = figures.get("counts") or {}
    operators, chats = figures.get("operators"), figures.get("chats")
    waiting, overdue = total.get("waiting"), counts.get("overdue")
    levels = total.get("level") or {}
    today = level(figures, levels.get("today"))
    stale = stale_words(total.get("stale_since"))
    row = [
        _tile(
            "waiting",
            _("Ждут сейчас"),
            number(waiting),
            note=joined(
                growth(total.get("growth_per_min")),
                _("дольше всех") if total.get("oldest_queued_at") else "",
            ),
            stale=stale,
            since=epoch(total.get("oldest_queued_at")),
            warn_s=figures.get("threshold_s"),
        ),
        _tile(
            "overdue",
            _("Просрочено за сутки, ещё открыто"),
            number(overdue),
            note=_soon(counts),
            stale=stale,
            state="overdue" if overdue else None,
        ),
        _tile(
            "level",
            _("Уровень обслуживания (SL)"),
            today["text"],
            note=joined(
                _("сегодня {note}").format(note=today["note"]) if today["note"] else "",
                goal(figures),
                _("за полчаса {change}").format(change=trend(levels)) if trend(levels) else "",
            ),
            stale=stale,
            state=today["state"],
            is_worded=True,
        ),
        _tile(
            "unserved",
            _("Остались без ответа сегодня"),
            number(figures.get("unserved")),
            note=joined(
                _n("заявитель", "заявителей", figures["unserved"])
                if figures.get("unserved") is not None
                else "",
                _lost(total),
            ),
            stale=stale,
        ),
    ]
    if operators is not None:
        row.append(_operators(operators) | {"stale": stale})
    if chats is not None:
        dark = [
            line.get("stale_since")
            for line in figures.get("lines") or []
            if line.get("channel") == "chat"
        ]
        row.append(_chats(chats) | {"stale": stale_words(next(filter(None, dark), None))})
    return row


def _tile(key: str, label: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "value": value,
        "note": "",
        "stale": "",
        "state": None,
        "is_worded": False,
    } | more


def stale_words(since: datetime | None) -> str:
    """Say since when nothing came from the sources of a figure; "" while they speak."""
    return "" if since is None else _("нет данных с {time}").format(time=formats.clock(since))


def growth(per_min: float | None) -> str:
    """Word the net growth of a queue; nothing where it stands still."""
    if per_min is None or not round(per_min, 1):
        return ""
    return _("{n}/мин").format(n=formats.signed(per_min, 1))


def trend(levels: Figures, window: str = "half_hour") -> str:
    """Compare a window with the one it follows (BEFORE); "" where either is a handful."""
    now, before = (levels.get(name) or {} for name in (window, BEFORE[window]))
    if min(now.get("base") or 0, before.get("base") or 0) < TREND_BASE:
        return ""
    change = round((now["share"] - before["share"]) * 100)
    if not change:
        return ""
    mark = "▲" if change > 0 else "▼"
    return _("{mark} {change} п. п.").format(mark=mark, change=formats.signed(change))


def _soon(counts: Figures) -> str:
    """Say how many more deadlines pass within 1, 2 and 5 minutes."""
    if counts.get("due_5min") is None:
        return ""
    within = [counts.get(f"due_{n}min") for n in (1, 2, 5)]
    return _("истекут за 1, 2, 5 мин: {counts}").format(
        counts=" · ".join(number(n) for n in within)
    )


def _lost(total: Figures) -> str:
    """Say how many of those offered today were abandoned: one person may have lost several."""
    if total.get("abandoned") is None or not total.get("offered"):
        return ""
    return _("потеряно {n} из {offered}").format(
        n=number(total["abandoned"]), offered=number(total["offered"])
    )


def _operators(operators: Figures) -> dict[str, Any]:
    parts = [
        (operators.get("free"), _("свободны {n}")),
        (operators.get("wrap") or None, _("постобработка {n}")),
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
    each = chats.get("per_operator")
    note = joined(
        _("на оператора {n}").format(n=number(each, 1)) if each is not None else "",
        counted(parts),
    )
    hint = (
        _("больше всего у одного: {n}").format(n=number(chats["most_per_operator"]))
        if each is not None
        else ""
    )
    return _tile("chats", _("Открытые чаты"), number(chats.get("open")), note=note, hint=hint)


def counted(parts: list[tuple[int | None, str]]) -> str:
    """Join the known counts, each kept with its word on one line."""
    known = [(n, text) for n, text in parts if n is not None]
    return joined(*(text.replace(" {n}", "\u00a0{n}").format(n=number(n)) for n, text in known))


def joined(*parts: str) -> str:
    """Join what is not empty."""
    return " · ".join(part for part in parts if part)


def goal(figures: Figures) -> str:
    """Word the share the shift is to hold."""
    share = figures.get("goal")
    return "" if share is None else _("цель {share}").format(share=formats.share(share))


def level(figures: Figures, found: Figures | None) -> dict[str, Any]:
    """Word one service level; «нет данных» without a base."""
    if not found or found.get("share") is None or not found.get("base"):
        return {"text": formats.no_data(), "note": "", "state": "no_data"}
    held = figures.get("goal")
    kept = None if held is None else "kept" if found["share"] >= held else "below_own_target"
    note = _("{n} из {base}").format(n=number(found["within"]), base=number(found["base"]))
    return {"text": formats.share(found["share"]), "note": note, "state": kept}


def epoch(moment: datetime | None) -> float | None:
    """Return seconds since 1970, for what counts by itself in the browser."""
    return None if moment is None else moment.timestamp()
