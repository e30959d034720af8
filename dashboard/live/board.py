"""The board's component: draws frames in place. Registered once, by the import of this module."""

from typing import Any

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


def live_board(
    *, key: str, url: str, token: str, contact: str, first: dict[str, Any]
) -> str | None:
    """Mount the board at page level, never in a fragment: its token is renewed by a rerun.

    Args:
        key: of the widget.
        url: where the stream is; token: who may read it.
        contact: address a contact's id is put behind, or "" when the role has no such page.
        first: a frame to draw before the stream's first one.

    Returns:
        The id of the contact that was clicked just now, or None.
    """
    drawn = _draw(
        key=key,
        data={
            "lang": language(),
            "url": url,
            "token": token,
            "contact": contact,
            "first": first,
            "words": words(),
            "states": {
                name: {"colour": look.colour, "icon": look.icon, "word": look.label}
                for name, look in STATES.items()
            },
        },
        on_renew_change=lambda: None,
        on_open_change=lambda: None,
    )
    return drawn.open or None


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
        "hour": _("SL, час"),
        "today": _("SL, сегодня"),
        "offered": _("Поступило"),
        "abandoned": _("Потеряно"),
        "usual": _("К обычному"),
        "due": _("Ближайшие сроки"),
        "no_due": _("Открытых сроков нет."),
        "left": _("осталось"),
        "over": _("сверх срока"),
        "incidents": _("Массовые сбои"),
        "spark": _("Поступило за 15 минут"),
        "spark_usual": _("пунктир: обычно в это время"),
        "spark_now": _("сейчас {n}"),
        "spark_peak": _("наибольшее {n}"),
        "sources": _("Источники данных"),
        "days": _("{d} дн {h} ч"),
        "nobody": "—",
    }
