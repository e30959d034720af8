"""What a shift can do, in words: deadlines by priority, moves, the debt, the way to the goal.

In: parts of the dict of `pipelines.metrics.board`. Out: plain rows ready for JSON.
"""

from collections.abc import Mapping
from typing import Any

from dashboard import labels
from dashboard.i18n import N_, _, _n, formats
from dashboard.i18n.formats import number
from dashboard.live.tiles import Figures, epoch, joined

WIDTHS = (("quarter", N_("15 мин")), ("half_hour", N_("30 мин")))
NAMED = 3  # operators named for a line; the others are counted


def soon(rows: list[Figures]) -> list[dict[str, Any]]:
    """Word the deadlines of the next minutes by priority: 1, 2, 5 minutes, past due."""
    return [
        {
            "name": labels.of_class(row["class"]) if row["class"] else _("Остальные"),
            "is_first": row["class"] is not None,
            "counts": [number(row[name]) for name in ("due_1min", "due_2min", "due_5min")],
            "overdue": number(row["overdue"]),
            "is_urgent": bool(row["due_1min"]),
        }
        for row in rows
    ]


def moves(figures: Figures, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Word whom to move and whom to help, the most useful first: what, who, since, contact.

    names: operator_id -> name, for those who see them; the others get ids.
    """
    out = [_ready(row, names) for row in figures.get("ready") or []]
    kinds = (
        ("no_answer", _("Вызов не принят на рабочем месте")),
        ("long_holds", _("Долгое удержание")),
        ("long_talks", _("Долгий разговор")),
        ("long_wraps", _("Долгая постобработка")),
    )
    for kind, words in kinds:
        for row in figures.get(kind) or []:
            n = row.get("n")
            out.append(
                {
                    "what": words if n is None else f"{words} ({number(n)})",
                    "who": _people([row.get("operator_id")], names),
                    "meta": labels.line(row.get("line")),
                    "since": epoch(row.get("since")),
                    "id": row.get("contact_id") or "",
                }
            )
    return out


def _ready(row: Figures, names: Mapping[str, str]) -> dict[str, Any]:
    able = [one["operator_id"] for one in row["operators"][:NAMED]]
    more = row["n"] - len(able)
    lines = dict.fromkeys(one["line"] for one in row["operators"][:NAMED] if one["line"])
    who = _people(able, names) if able else _("свободных с этим навыком нет")
    return {
        "what": _("На линию «{line}»").format(line=labels.line(row["line"])),
        "who": joined(who, more_of(more)),
        "meta": _("свободны, работали: {lines}").format(
            lines=", ".join(labels.line(name) for name in lines)
        )
        if lines
        else "",
        "since": None,
        "id": "",
    }


def more_of(n: int) -> str:
    """Say how many are not listed, on one line with its number; "" where all are."""
    return _("и ещё {n}").replace(" ", "\u00a0").format(n=number(n)) if n > 0 else ""


def _people(ids: list[str | None], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(one, one) for one in ids if one)


def debt(row: Figures) -> dict[str, Any]:
    """Word one citizen nobody served: the contact to call back, where and how often they tried."""
    category = labels.category(row["category"]) if row.get("category") else ""
    tries = _n("{n} попытка", "{n} попыток", row["tries"]).format(n=number(row["tries"]))
    return {
        "id": row["contact_id"],
        "what": row["contact_id"],
        "meta": joined(
            labels.line(row.get("line")),
            category,
            tries,
            _("ждал {time}").format(time=formats.duration(row["waited_s"]))
            if row.get("waited_s") is not None
            else "",
        ),
        "since": epoch(row.get("first_lost_at")),
    }


def debt_note(figures: Figures) -> str:
    """Say what the times are, and how many of the debt are listed."""
    n, shown = figures.get("unserved"), len(figures.get("debt") or [])
    if not shown:
        return ""
    part = _("первые {shown} из {n}").format(shown=number(shown), n=number(n))
    return joined(_("время с первой попытки"), part if n and n > shown else "")


def recovery(row: Figures) -> dict[str, Any]:
    """Word what the rest of the day needs on one line."""
    return {
        "name": labels.line(row["line"]),
        "now": formats.share(row["share"]),
        "text": _way(row),
        "is_lost": row["needed"] is not None and row["needed"] > 1,
    }


def _way(row: Figures) -> str:
    goal = formats.share(row["goal"])
    if row["needed"] is None:
        return _("нет данных о том, сколько ещё поступит")
    if row["rest"] < 1:
        return _("до конца дня почти никто больше не ожидается")
    rest = number(row["rest"])
    if row["needed"] > 1:
        return _("{goal} сегодня уже не достичь: из {n} оставшихся в срок все дадут {best}").format(
            goal=goal, n=rest, best=formats.share(row["best"], 1)
        )
    text = _("из {n} оставшихся в срок нужно {share}").format(
        n=rest, share=formats.share(row["needed"])
    )
    more = row["operators_more"]
    if more is None:
        return text
    if more == 0:
        return joined(text, _("хватит тех, кто есть"))
    words = _n("нужен ещё {n} оператор", "нужно ещё {n} операторов", more)
    return joined(text, words.format(n=number(more)))


def recovery_note(figures: Figures) -> str:
    """Say what the count of operators rests on."""
    if not any(row["operators_more"] is not None for row in figures.get("recovery") or []):
        return ""
    return _("до конца дня, расчёт по Эрлангу A")


def intervals(figures: Figures) -> list[dict[str, Any]]:
    """Word the service level by interval for both widths: heads, then a row a line."""
    found = figures.get("intervals") or {}
    return [
        {
            "name": _(label),
            "heads": [formats.clock(one["start"]) for one in found.get(width) or []],
            "rows": _rows(figures, found.get(width) or []),
        }
        for width, label in WIDTHS
    ]


def _rows(figures: Figures, spans: list[Figures]) -> list[dict[str, Any]]:
    lines = [line["line"] for line in figures.get("lines") or []]
    seen = [line for line in lines if any(_base(span, line) for span in spans)]
    ordered = [*seen, None] if len(seen) > 1 else seen
    return [
        {
            "name": labels.line(line) if line else _("Все линии"),
            "is_total": line is None,
            "cells": [_cell(span["cells"].get(line)) for span in spans],
        }
        for line in ordered
    ]


def _base(span: Figures, line: str | None) -> int:
    return int((span["cells"].get(line) or {}).get("base") or 0)


def _cell(cell: Figures | None) -> dict[str, Any]:
    if not cell or cell["share"] is None:
        return {"text": "—", "note": "", "state": None}
    return {
        "text": formats.share(cell["share"]),
        "note": formats.points(cell["deviation"]),
        "hint": _("{n} из {base}").format(n=number(cell["within"]), base=number(cell["base"])),
        "state": "kept" if cell["deviation"] >= 0 else "below_own_target",
    }
