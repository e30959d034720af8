"""The board's figures in words: every text the browser shows comes from here, translated.

In: the dict of `pipelines.metrics.board`, with the running alerts (`live/alerts.py`). Out: a plain
dict ready for JSON: texts, states (keys of `theme.STATES`) and, for what counts by itself in the
browser, epoch seconds. Figures that are None become «нет данных»; an empty base never becomes 0 %
or 100 %.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from dashboard import labels
from dashboard.components import incident_words
from dashboard.i18n import _, _n, formats, using
from dashboard.i18n.formats import number
from dashboard.live import alerts, shift
from dashboard.live.tiles import (
    Figures,
    counted,
    epoch,
    goal,
    growth,
    joined,
    level,
    stale_words,
    tiles,
    trend,
)
from pipelines.problems.bursts import ALL

PARTS = 2  # of a burst that are named
DUE_ROWS = 14  # as many as stand beside the lines without scrolling a wall screen


def board_frame(
    figures: Figures, lang: str, names: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return one frame of the board in a language; names: of operators, for those who see them."""
    with using(lang):
        as_of: datetime = figures["as_of"]
        lines = figures.get("lines") or []
        total = figures.get("total") or {}
        shown = {row.get("incident_id") for row in figures.get("incidents") or []}
        # the others stand under their outage, as a number
        own = [
            row for row in figures.get("alerts") or []
            if row["incident_id"] is None or row["incident_id"] not in shown
        ]  # fmt: skip
        return {
            "at": as_of.timestamp(),
            "clock": formats.clock(as_of, seconds=True),
            "day": formats.day(formats.local(as_of).date(), weekday=True),
            "tiles": tiles(figures, total),
            "lines": [_line(figures, line) for line in lines],
            "total": _line(figures, total | {"line": None}) if len(lines) > 1 else None,
            "due": [_due(row, names) for row in (figures.get("due") or [])[:DUE_ROWS]],
            "due_note": _due_note(figures.get("counts") or {}),
            "soon": shift.soon(figures.get("first") or []),
            "moves": shift.moves(figures.get("moves") or {}, names),
            "debt": [shift.debt(row) for row in figures.get("debt") or []],
            "debt_note": shift.debt_note(figures),
            "recovery": [shift.recovery(row) for row in figures.get("recovery") or []],
            "recovery_note": shift.recovery_note(figures),
            "intervals": shift.intervals(figures),
            "alerts": alerts.rows(own),
            "alerts_note": alerts.note(own, figures.get("alert_watch")),
            "incidents": _outages(figures),
            "spark": _spark(figures.get("spark") or []),
            "sources": [_source(row, as_of) for row in figures.get("sources") or []],
            "ripe": joined(goal(figures), _ripe(total)),
            "empty": ""
            if total.get("volume")
            else _("Сегодня контактов ещё не было. Табло оживёт само."),
        }


def _line(figures: Figures, line: Figures) -> dict[str, Any]:
    levels = line.get("level") or {}
    wait_s = line.get("expected_wait_s")
    return {
        "key": line.get("line") or "",
        "name": labels.line(line["line"]) if line.get("line") else _("Все линии"),
        "note": _silence(line),
        "is_silent": line.get("silent_since") is not None,
        "is_stale": line.get("stale_since") is not None,
        "waiting": "—" if line.get("waiting") is None else number(line["waiting"]),
        "growth": growth(line.get("growth_per_min")),
        "is_waiting": bool(line.get("waiting")),
        "since": epoch(line.get("oldest_queued_at")),
        "expected": ""
        if wait_s is None
        else _("новому ≈ {time}").format(time=formats.duration(_rough(wait_s))),
        "warn_s": figures.get("threshold_s"),
        "levels": [
            level(figures, levels.get(window))
            | {"trend": trend(levels, window), "trend_hint": hint}
            for window, hint in _windows().items()
        ],
        "offered": number(line.get("offered")),
        "abandoned": number(line.get("abandoned")),
        # stands under the line's name where there is no room for a column of its own
        "lost": _("потеряно {n}").format(n=number(line["abandoned"]))
        if line.get("abandoned")
        else "",
        "overdue": number(line.get("overdue")),
        "is_overdue": bool(line.get("overdue")),
        **_volume(line),
    }


def _windows() -> dict[str, str]:
    """Return the windows of service levels with what each is compared with, in words."""
    return {
        "half_hour": _("к предыдущему получасу"),
        "hour": _("к предыдущему часу"),
        "today": _("к началу этого часа"),
    }


def _rough(seconds: float) -> float:
    """A forecast is told no finer than it is known."""
    step = 1 if seconds < 10 else 5 if seconds < 60 else 15 if seconds < 600 else 60
    return round(seconds / step) * step


def _silence(line: Figures) -> str:
    if line.get("silent_since") is not None:
        return _("молчит с {time}").format(time=formats.clock(line["silent_since"]))
    return stale_words(line.get("stale_since"))


def _volume(line: Figures) -> dict[str, str]:
    """Word this hour against its forecast, and today against the usual."""
    now, usual = line.get("hour_volume"), line.get("expected_hour_volume")
    today, by_now = line.get("volume"), line.get("expected_volume")
    if now is None or usual is None or today is None or not by_now:
        return {"usual": "—", "usual_note": "", "usual_hint": ""}
    return {
        "usual": _("{n} из {usual}").format(n=number(now), usual=number(usual)),
        "usual_note": _("за день {change}").format(
            change=f"{formats.signed((today / by_now - 1) * 100)}\u00a0%"
        ),
        "usual_hint": _(
            "этот час: {n}, к этой минуте обычно {so_far}, за весь час {usual}; "
            "сегодня: {today} при обычных {by_now}"
        ).format(
            n=number(now),
            so_far=number(line.get("expected_hour_until_now")),
            usual=number(usual),
            today=number(today),
            by_now=number(by_now),
        )
        + _forecast_error(line.get("forecast_wape")),
    }


def _forecast_error(wape: float | None) -> str:
    """Say how far forecasts of an hour were off lately; empty where too few days tell."""
    if wape is None:
        return ""
    told = _("прогноз часа в последние такие дни ошибался на {share} (WAPE)")
    return "; " + told.format(share=formats.share(wape))


def _ripe(total: Figures) -> str:
    """Say which half hour is the last ripe one, and within how long an answer counts."""
    half = (total.get("level") or {}).get("half_hour")
    if not half or not half.get("start"):
        return ""
    return _("полчаса: {start}–{end}, последние созревшие").format(
        start=formats.clock(half["start"]), end=formats.clock(half["end"])
    )


def _due(row: Figures, names: Mapping[str, str]) -> dict[str, Any]:
    parts = [labels.line(row.get("line")), labels.channel(row.get("channel"))]
    if row.get("category"):
        parts.append(labels.category(row["category"]))
    if operator := row.get("operator_id"):
        parts.append(names.get(operator) or _("оператор {id}").format(id=operator))
    name = labels.promise(row.get("promise"))
    if row.get("first_class"):
        name = f"{labels.of_class(row['first_class'])}: {name}"
    if row.get("basis") == "assumed":
        parts.append(_("норматив принят нами"))
    return {
        "id": row["contact_id"],
        "name": name,
        "meta": joined(*parts),
        "due": epoch(row.get("due_at")),
        "state": row.get("state") or "running",
    }


def _due_note(counts: Figures) -> str:
    parts = [
        (counts.get("running"), _("в работе {n}")),
        (counts.get("breached_today"), _("срок нарушен сегодня {n}")),
    ]
    return counted(parts)


def _outages(figures: Figures) -> list[dict[str, Any]]:
    """Word the outages that go on, those with people to be told, and bursts of no outage."""
    rows = figures.get("incidents") or []
    alerts = figures.get("alerts") or []
    under = Counter(row.get("incident_id") for row in alerts)
    covered = {
        row.get("category") or row.get("line") for row in rows if row.get("restored_at") is None
    }
    # of all contacts together (`*`): where its alert stands under an outage
    covered |= {row["scope"] for row in alerts if row["kind"] == "burst" and row["incident_id"]}
    bursts = [
        row
        for row in figures.get("bursts") or []
        if (row.get("category") or row.get("line")) not in covered
    ]
    outages = [_incident(row, under[row.get("incident_id")]) for row in rows]
    return outages + [_burst(row) for row in bursts]


def _incident(row: Figures, n_alerts: int) -> dict[str, Any]:
    restored_at = row.get("restored_at")
    if restored_at is not None:
        parts = [
            _("восстановлен в {time}").format(time=formats.clock(restored_at)),
            incident_words.to_tell(dict(row)),
        ]
    else:
        parts = [
            _("с {time}").format(time=formats.clock(row.get("detected_at"))),
            incident_words.people(dict(row)),
            _("объявление с {time}").format(time=formats.clock(row.get("announced_at")))
            if row.get("is_announced")
            else _("объявления нет"),
            _n("{n} оповещение", "{n} оповещений", n_alerts).format(n=number(n_alerts))
            if n_alerts
            else "",
        ]
    return {
        "id": row.get("incident_id") or "",
        "name": incident_words.title(dict(row)),
        "note": joined(*parts),
        "since": None if restored_at is not None else epoch(row.get("detected_at")),
        "due": None if restored_at is not None else epoch(row.get("due_at")),
        "burst": "",
        "is_over": restored_at is not None,
    }


def _burst(row: Figures) -> dict[str, Any]:
    parts = [_("с {time}").format(time=formats.clock(row.get("started_at"))), _excess(row)]
    if shadows := row.get("parts"):
        named = "; ".join(joined(labels.burst(part), _excess(part)) for part in shadows[:PARTS])
        parts.append(_("вместе с ним: {names}").format(names=named))
    is_of_all = row.get("category") == ALL or (row.get("category") or row.get("line")) is None
    return {
        "id": "",
        "name": _("Всплеск: {category}").format(category=labels.burst(row)),
        "note": joined(*parts),
        "since": None,
        "due": None,
        "burst": "" if is_of_all else row.get("burst_id") or "",
        "is_over": False,
    }


def _excess(row: Figures) -> str:
    if row.get("excess") is None:
        return ""
    return _("сверх обычного {n}").format(n=number(row["excess"]))


def _spark(rows: list[Figures]) -> dict[str, Any]:
    offered = [row.get("offered") for row in rows]
    expected = [row.get("expected") for row in rows]
    known = any(value is not None for value in offered)
    last = offered[-1] if known and offered[-1] is not None else None
    return {
        "offered": offered if known else [],
        "expected": expected if any(value is not None for value in expected) else [],
        "from": formats.clock(rows[0]["start"]) if rows else "",
        "to": formats.clock(rows[-1]["start"]) if rows else "",
        "last": formats.no_data() if last is None else number(last),
        "peak": number(max((v for v in [*offered, *expected] if v is not None), default=None)),
    }


def _source(row: Figures, as_of: datetime) -> dict[str, Any]:
    name = labels.source(str(row["source"]))
    newest, since = row.get("newest_at"), row.get("silent_since")
    if newest is None:
        return {"name": name, "text": formats.no_data(), "silent": True}
    if row.get("is_silent"):
        return {
            "name": name,
            "text": _("молчит с {time}").format(time=_moment(since or newest, as_of)),
            "silent": True,
        }
    text = _("данные на {time}").format(time=_moment(newest, as_of))
    return {"name": name, "text": text, "silent": False}


def _moment(moment: datetime, as_of: datetime) -> str:
    """Time of day today, day and time before."""
    is_today = formats.local(moment).date() == formats.local(as_of).date()
    return formats.clock(moment, seconds=True) if is_today else formats.when(moment)
