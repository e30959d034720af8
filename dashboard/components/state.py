"""States and figures as marks: an icon, a word and a colour; a tile; a passport beside a number."""

from collections.abc import Iterable
from html import escape

import streamlit as st

from dashboard.i18n import _
from dashboard.theme import STATES


def badge(state: str | None, *, label: str | None = None) -> None:
    """Draw one state; `label` replaces its usual word. None is «нет данных»."""
    look = STATES.get(state or "no_data", STATES["no_data"])
    st.badge(f"{look.icon}\u00a0{label or look.label}", color=look.colour)  # type: ignore[arg-type]


def text(state: str | None) -> str:
    """Return icon and word of a state for a cell of a table."""
    look = STATES.get(state or "no_data", STATES["no_data"])
    return f"{look.icon} {look.label}"


def heading(words: str) -> None:
    """Draw the small heading of a part: no larger than the text, yet a heading to be jumped to."""
    st.subheader(words, anchor=False)


def tile(
    label: str,
    value: str,
    *,
    note: str = "",
    state: str | None = None,
    spark: list[float | None] | None = None,
) -> None:
    """Draw one figure: label above, formatted value, a note and a state below.

    Args:
        label, value, note: words already formatted (`formats`), never bare floats.
        state: a key of `theme.STATES`, drawn as icon, word and colour.
        spark: recent values, oldest first, drawn as a thin line; None leaves a gap.
    """
    with st.container(border=True, height="stretch"):
        st.html(
            f'<div class="tile"><span>{escape(label)}</span><b>{escape(value)}</b>'
            f"<small>{escape(note)}</small></div>"
        )
        if spark and len(spark) > 1:
            st.line_chart(spark, height=48)
        if state:
            badge(state)


def tiles(figures: Iterable[tuple[str, str, str]]) -> None:
    """Draw figures side by side, as many in a row as there is room for.

    Args:
        figures: label, value and note of each, as `tile` takes them.
    """
    with st.container(horizontal=True):
        for label, value, note in figures:
            with st.container(width=240, height="stretch"):
                tile(label, value, note=note)


def passport(rows: dict[str, str], *, key: str) -> None:
    """Draw «Как это посчитано»: formula, variant, base, calendar, target, version, data as of.

    Args:
        rows: name of the row -> its text, both in the current language, in order.
        key: `<page>_<name>`.
    """
    with st.popover(_("Как это посчитано"), type="tertiary", key=key):
        for name, value in rows.items():
            st.markdown(f"**{name}**  \n{value}")
