"""Running alerts in words: the rows of the board's card, and what they share with the history."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dashboard import labels
from dashboard.components import delivery_words, rule_words
from dashboard.i18n import N_, _, formats, language
from dashboard.i18n.formats import number
from dashboard.live.shift import more_of
from dashboard.live.tiles import epoch, joined
from pipelines.alerts import store
from pipelines.alerts.words import SHARES
from pipelines.metrics import Scope
from pipelines.settings import Settings, wall_now

Row = Mapping[str, Any]
ROWS = 8
BLIND = timedelta(minutes=5)  # rules not looked at for longer: a long job, or no worker
DELIVERY = {
    "sent": N_("отправлено"),
    "queued": N_("отправляется"),
    "retrying": N_("не доставлено, повторяется"),
    "failed": N_("не доставлено"),
    "no_address": N_("адрес не задан"),
}


def figures(settings: Settings, scope: Scope, at: datetime | None = None) -> dict[str, Any]:
    """Return the running alerts a person may see, now or at an earlier moment, and the watch."""
    found = store.alerts(settings, running=True, at=at, scope=scope)
    return {
        "alerts": found.to_dicts(),
        "alert_watch": store.watch(settings) if at is None and settings.alert_every_s else None,
    }


def rows(alerts: list[Row]) -> list[dict[str, Any]]:
    """Word the running alerts, the gravest first; what troubles all messages stands in the note."""
    common = _common(alerts)
    return [
        {
            "id": row["alert_id"],
            "severity": row["severity"],
            "name": name(row),
            "value": value(row),
            "since": epoch(row["since_at"]),
            "held": held(row),
            "trouble": "" if common else trouble(row),
        }
        for row in alerts[:ROWS]
    ]


def note(alerts: list[Row], watch: Row | None) -> str:
    """Say what the card leaves out, whether anybody looks at the rules, and is told."""
    common = _common(alerts)
    told = _("сообщения: {trouble}").format(trouble=common) if common else ""
    return joined(more_of(len(alerts) - ROWS), told, blind(watch))


def _common(alerts: list[Row]) -> str:
    """Return what keeps the messages of several alerts, where it is the same for all of them."""
    found = {trouble(row) for row in alerts}
    return found.pop() if len(alerts) > 1 and len(found) == 1 else ""


def blind(watch: Row | None) -> str:
    """Say that the rules are not looked at; "" while they are."""
    if watch is None:
        return ""
    if watch["error"]:
        return _("правила не проверяются: ошибка расчёта, см. журнал работы")
    if wall_now() - watch["evaluated_at"] > BLIND:
        when = formats.when(watch["evaluated_at"])
        return _("правила не проверяются с {time}").format(time=when)
    return ""


def name(row: Row) -> str:
    """Return the name of the rule and what the alert is about."""
    return f"{row[f'label_{language()}']}: {scope(row)}"


def scope(row: Row) -> str:
    """Return the name of what an alert is about."""
    kind, name = row["scope_kind"], row["scope"]
    if not name:
        return _("все линии")
    if kind == "line":
        return labels.line(name)
    if kind == "category":
        return labels.category(name)
    if kind == "source":
        return labels.source(name)
    return rule_words.description(name)


def figure(kind: str, found: float | None) -> str:
    """Format a value of a kind of rule."""
    if found is None:
        return formats.no_data()
    if kind in SHARES:
        return formats.share(found)
    if kind == "queue_growth":
        return _("{n}/мин").format(n=formats.signed(found, 1))
    if kind == "burst":
        return formats.signed(found)
    if kind == "silent_source":
        return f"×{number(found, 0 if found >= 10 or found == round(found) else 1)}"
    return number(found)


def value(row: Row) -> str:
    """Word the latest value beside the threshold, and since when it is good again."""
    kind = row["kind"]
    text = _("{value} при пороге {threshold}").format(
        value=figure(kind, row["value"]), threshold=figure(kind, row["threshold"])
    )
    if row["good_at"] is None:
        return text
    return joined(text, _("в норме с {time}").format(time=formats.clock(row["good_at"])))


def held(row: Row) -> str:
    """Say who has it in hand, with the note; "" while nobody has."""
    if not row["acknowledged_by"]:
        return ""
    who = _("в работе: {name}").format(name=row["acknowledged_by"])
    return f"{who}. {row['note']}" if row["note"] else who


def delivery(row: Row) -> str:
    """Word what became of an alert's messages, why one did not arrive, when it is tried again."""
    state, retry_at = row["delivery"], row["retry_at"]
    if state not in DELIVERY:
        return "—"
    return joined(
        _(DELIVERY[state]),
        delivery_words.error(row["delivery_error"]) if state != "sent" else "",
        delivery_words.retry(retry_at) if state == "retrying" else "",
    )


def trouble(row: Row) -> str:
    """Word a message that did not arrive; "" where all is well."""
    return delivery(row) if row["delivery"] in ("failed", "retrying") else ""
