"""What all figures share: type, grid, margins, and days on the axis."""

from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
import polars as pl

FONT = "Golos Text, sans-serif"
LABEL = 26  # letters of a name in a line
SERIES = 8  # colours of the palette for things that are no states
# marks of an axis of time less than a minute apart tell seconds, or several would read the same
TIMES = [
    {"dtickrange": [None, 59_999], "value": "%H:%M:%S\n%d.%m"},
    {"dtickrange": [60_000, None], "value": "%H:%M\n%d.%m"},
]
MONTHS = "%d.%m"  # days as numbers read the same in both languages


def two_lines(name: str) -> str:
    """Return a long name in two lines at most: names must leave room for bars on a phone.

    >>> two_lines("Содержание мест общего пользования и дворов у дома")
    'Содержание мест общего<br>пользования и дворов у …'
    """
    return "<br>".join(wrap(name, LABEL, max_lines=2, placeholder=" …"))


def blended(colour: str, background: str, part: float) -> str:
    """Return an opaque colour, `part` of it over the background.

    Plotly's own choice of a cell's text, black or white, looks at no transparency.

    >>> blended("#ff0000", "#000000", 0.2)
    '#330000'
    """
    pairs = ((int(colour[n : n + 2], 16), int(background[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def laid(figure: go.Figure, colours: dict[str, str], *, height: int = 260) -> go.Figure:
    """Give a figure the look of the pages; returns the same figure.

    Args:
        figure: any.
        colours: `theme.palette`: text, muted, border, accent and every state.
        height: pixels.
    """
    axis: dict[str, Any] = {
        "gridcolor": colours["border"],
        "linecolor": colours["border"],
        "zeroline": False,
        "tickfont": {"color": colours["muted"], "size": 12},
        "fixedrange": True,
        "automargin": True,
    }
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": colours["text"]},
        hoverlabel={"font": {"family": FONT}},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
        dragmode=False,
        hovermode="x unified",
    )
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_xaxes(showgrid=False)
    return figure


def whiskers(middle: pl.Series, low: pl.Series, high: pl.Series, **look: object) -> dict[str, Any]:
    """Return error bars from `low` to `high` around points; `look`: thickness, width, colour."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - middle).to_list(),
        "arrayminus": (middle - low).to_list(),
        **look,
    }


def rule(figure: go.Figure, value: float, text: str, colour: str, dash: str) -> None:
    """Add a level across the figure, its name right of it."""
    figure.add_hline(y=value, line={"color": colour, "width": 1, "dash": dash})
    figure.add_annotation(
        x=1,
        xref="paper",
        y=value,
        text=text,
        showarrow=False,
        xanchor="left",
        xshift=6,
        font={"color": colour, "size": 12},
        align="left",
    )
