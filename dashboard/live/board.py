"""The board's component: draws frames in place. Registered once, by the import of this module."""

from typing import Any, NamedTuple

import streamlit as st

from dashboard.i18n import _, language
from dashboard.theme import HERE, STATES

_FOLDER = HERE / "live"
_draw = st.components.v2.component(
    "live_board",
    html='<div class="board"></div>',
    css=(_FOLDER / "board.css").read_text("utf-8"),
    js=(_FOLDER / "board.js").read_text("utf-8"),
)


class Clicked(NamedTuple):
    """What was clicked just now: a contact or an outage by its id, a burst by its category."""

    contact: str | None = None
    incident: str | None = None
    burst: str | None = None


def live_board(
    *,
    key: str,
    url: str,
    token: str,
    contact: str,
    incident: str,
    may_act: bool,
    first: dict[str, Any],
    moment: str = "",
    wall: dict[str, str] | None = None,
) -> Clicked:
    """Mount the board at page level, never in a fragment: its token is renewed by a rerun.

    Args:
        key: of the widget.
        url: where the stream is, or "": the first frame is all, nothing moves; token: who may
            read it.
        contact: address a contact's id is put behind, or "" when the role has no such page.
        incident: the same of an outage.
        may_act: alerts can be taken in hand, bursts made outages.
        first: a frame to draw before the stream's first one.
        moment: whose board it is, and of which lines; "" now, of all: another one is drawn anew.
        wall: variables of the colours of a wall screen, which fills the window; None: in the page.

    Returns:
        What was clicked just now; nothing: all None.
    """
    drawn = _draw(
        key=key,
        data={
            "lang": language(),
            "url": url,
            "token": token,
            "contact": contact,
            "incident": incident,
            "may_act": may_act,
            "first": first,
            "moment": moment,
            "wall": wall,
            "words": words(),
            "states": {
                name: {"colour": look.colour, "icon": look.icon, "word": look.label}
                for name, look in STATES.items()
            },
        },
        on_renew_change=lambda: None,
        on_open_change=lambda: None,
        on_incident_change=lambda: None,
        on_burst_change=lambda: None,
        on_acknowledge_change=lambda: None,
    )
    return Clicked(drawn.open or None, drawn.incident or None, drawn.burst or None)


def asked_for(key: str) -> str | None:
    """Return the alert whose button brought this run, before the board is drawn again."""
    state = st.session_state.get(key)
    return state.get("acknowledge") or None if state else None


def words() -> dict[str, str]:
    """Return the fixed words of the board in the current language."""
    return {
        "as_of": _("по состоянию на"),
        "live": _("обновляется само"),
        "lost": _("связь прервана, цифры на {time}"),
        "lines": _("Линии"),
        "line": _("Линия поддержки"),
        "waiting": _("Ждут"),
        "longest": _("Дольше всех"),
        "half_hour": _("SL, полчаса"),
        "hour": _("SL, этот час"),
        "today": _("SL, сегодня"),
        "offered": _("Поступило"),
        "abandoned": _("Потеряно"),
        "overdue": _("Просрочено"),
        "usual": _("Час к прогнозу"),
        "due": _("Ближайшие сроки"),
        "no_due": _("Открытых сроков нет."),
        "priority": _("Истекает за"),
        "in_1": _("1 мин"),
        "in_2": _("2 мин"),
        "in_5": _("5 мин"),
        "moves": _("Кого переставить, кому помочь"),
        "debt": _("Остались без ответа"),
        "no_debt": _("Все, кто обращался сегодня, обслужены или ждут ответа."),
        "intervals": _("SL по интервалам"),
        "intervals_note": _("мелко: отклонение от цели"),
        "interval": _("Длина интервала"),
        "recovery": _("Что нужно до цели"),
        "still": _("прошедший момент, не обновляется"),
        "full": _("Во весь экран"),
        "left": _("осталось"),
        "over": _("сверх срока"),
        "incidents": _("Массовые сбои"),
        "lasts": _("идёт"),
        "make_incident": _("Открыть сбой"),
        "alerts": _("Оповещения"),
        "acknowledge": _("Взять в работу"),
        "spark": _("Поступило за 15 минут"),
        "spark_usual": _("пунктир: обычно в это время"),
        "spark_now": _("сейчас {n}"),
        "spark_peak": _("наибольшее {n}"),
        "sources": _("Источники данных"),
        "days": _("{d} дн {h} ч"),
        "nobody": "—",
    }
