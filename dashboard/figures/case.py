"""Contacts of one citizen below each other on one axis of time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import TIMES, laid
from dashboard.figures.contact import bars


def case(
    rows: pl.DataFrame,
    spans: pl.DataFrame,
    dues: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
) -> go.Figure:
    """Draw when each contact came, its waits and talks, and its deadlines.

    Args:
        rows: label (one a contact), at (received), said, is_this (the one looked at).
        spans: label, part (wait, served), begin, finish, said. dues: label, state, at, said.
            All times are naive local ones.
        colours: `theme.palette`.
        words: `wait`, `served`, `came`, and of each state of `dues`.

    Returns:
        A circle where a contact came, full for the one looked at; bars of waits and talks; an
        upright stroke at each deadline in the colour of its state. The axis ends with what happened
        and what is late or still due: a deadline kept long before it passes stretches nothing.
    """
    figure = go.Figure()
    bars(figure, spans, colours, words)
    _deadlines(figure, dues, colours, words)
    figure.add_scatter(
        x=rows["at"].to_list(),
        y=rows["label"].to_list(),
        mode="markers",
        name=words["came"],
        marker={
            "size": 10,
            "symbol": ["circle" if this else "circle-open" for this in rows["is_this"]],
            "color": colours["text"],
            "line": {"width": 2},
        },
        customdata=rows["said"].to_list(),
        hovertemplate="%{x|%d.%m %H:%M:%S}<br>%{customdata}<extra></extra>",
    )
    laid(figure, dict(colours), height=140 + 40 * len(rows))
    figure.update_layout(barmode="overlay", hovermode="closest", margin={"b": 20})
    figure.update_xaxes(
        type="date", tickformatstops=TIMES, showgrid=True, range=_ends(rows, spans, dues)
    )
    order = rows["label"].to_list()
    figure.update_yaxes(
        autorange="reversed", showgrid=True, categoryorder="array", categoryarray=order
    )
    return figure


def _deadlines(
    figure: go.Figure, dues: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]
) -> None:
    for state in dues["state"].unique(maintain_order=True):
        mine = dues.filter(pl.col("state") == state)
        figure.add_scatter(
            x=mine["at"].to_list(),
            y=mine["label"].to_list(),
            mode="markers",
            name=words[state],
            marker={
                "symbol": "line-ns",
                "size": 18,
                "line": {"color": colours[state], "width": 2},
            },
            customdata=mine["said"].to_list(),
            hovertemplate=f"%{{x|%d.%m %H:%M}} · {words[state]}<br>%{{customdata}}<extra></extra>",
        )


def _ends(rows: pl.DataFrame, spans: pl.DataFrame, dues: pl.DataFrame) -> list[datetime]:
    open_or_late = dues.filter(pl.col("state") != "met")["at"]
    every = pl.concat([rows["at"], spans["begin"], spans["finish"], open_or_late])
    moments: list[datetime] = every.drop_nulls().to_list()
    first, last = min(moments), max(moments)
    edge = (last - first) / 30 + timedelta(minutes=1)
    return [first - edge, last + edge]
