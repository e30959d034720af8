"""Colours, icons and words of states: one definition for pages, figures and the live board.

The colours themselves stand in `.streamlit/config.toml`, which this module reads, so Streamlit's
own widgets, Plotly figures and the board cannot drift apart. A state is never shown by colour
alone: it has an icon and a word. Breached and overdue share a colour and differ by icon.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.i18n import N_, _

HERE = Path(__file__).parent
FAVICON = HERE / "static" / "favicon.svg"
FONT = "Golos Text, sans-serif"


@dataclass(frozen=True)
class State:
    """How one state looks: Streamlit's colour name, a text icon, a message of the catalogue."""

    colour: str
    icon: str
    word: str

    @property
    def label(self) -> str:
        """The word in the current language."""
        return _(self.word)


STATES: dict[str, State] = {
    # states of a clock
    "met": State("green", "✓", N_("в срок")),
    "breached": State("red", "✕", N_("срок нарушен")),
    "overdue": State("red", "!", N_("просрочено, ещё открыто")),
    "running": State("blue", "◔", N_("в работе, срок не истёк")),
    "cancelled": State("gray", "–", N_("вне расчёта")),
    "no_data": State("gray", "○", N_("нет данных")),
    # states of a promise
    "kept": State("green", "✓", N_("выполняется")),
    "at_risk": State("orange", "△", N_("под угрозой")),
    "broken": State("red", "✕", N_("не выполняется")),
    "below_own_target": State("orange", "▽", N_("ниже внутренней цели")),
    # a source against its rhythm, a day against its usual level
    "fresh": State("green", "✓", N_("идёт как обычно")),
    "late": State("orange", "△", N_("запаздывает")),
    "silent": State("red", "!", N_("молчит")),
    "unknown": State("gray", "○", N_("мало истории")),
    "usual": State("green", "✓", N_("как обычно")),
    "low": State("orange", "▽", N_("ниже обычного")),
    "high": State("blue", "▲", N_("выше обычного")),
    # how grave an alert is
    "critical": State("red", "‼", N_("критично")),
    "warning": State("orange", "△", N_("внимание")),
    "notice": State("blue", "◇", N_("к сведению")),
    # operators
    "watch": State("orange", "△", N_("наблюдение")),
    "attention": State("red", "!", N_("нужна поддержка")),
    "typical": State("blue", "●", N_("в норме")),
    "strong": State("green", "▲", N_("выше нормы")),
    "insufficient": State("gray", "○", N_("недостаточно данных")),
    "no_trace": State("green", "✓", N_("следа нет")),
    "depends": State("orange", "△", N_("есть связь")),
    "cannot_tell": State("gray", "○", N_("сказать нельзя")),
}


@cache
def _theme() -> dict[str, Any]:
    with (HERE / ".streamlit" / "config.toml").open("rb") as file:
        theme: dict[str, Any] = tomllib.load(file)["theme"]
    return theme


def mode() -> str:
    """Return `dark` or `light` as the viewer's browser shows it now."""
    return "dark" if st.context.theme.type == "dark" else "light"


def colour(name: str, shade: str) -> str:
    """Return the hex colour of a palette name (`green`, `redText`, `text`) in a shade."""
    return str(_theme()[shade][f"{name}Color"])


def variables(shade: str) -> dict[str, str]:
    """Return the colours of a shade as Streamlit's variables: what draws a wall screen dark.

    >>> variables("dark")["--st-secondary-background-color"]
    '#18212a'
    """
    colours = {name: value for name, value in _theme()[shade].items() if name.endswith("Color")}
    return {"--st-" + re.sub("([A-Z])", r"-\1", name).lower(): v for name, v in colours.items()}


def palette(shade: str) -> dict[str, str]:
    """Return what a figure needs: every state's colour, text, border, accent, and `series_0`…7.

    The series are for things that are no states: sources, teams.
    """
    own = {state: colour(look.colour, shade) for state, look in STATES.items()}
    base = {
        "text": colour("text", shade),
        "muted": colour("grayText", shade),
        "border": colour("border", shade),
        "background": colour("background", shade),
        "accent": colour("primary", shade),
    }
    things = _theme()[shade]["chartCategoricalColors"]
    return own | base | {f"series_{n}": paint for n, paint in enumerate(things)}


def either() -> dict[str, str]:
    """Return `palette` as CSS that follows the browser by itself: for the HTML of a page.

    A figure is drawn in the shade of its run; HTML stays when the evening turns the browser dark.
    """
    light, dark = palette("light"), palette("dark")
    return {name: f"light-dark({paint}, {dark[name]})" for name, paint in light.items()}
