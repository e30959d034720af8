"""One contact over time, leg by leg."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import TIMES, laid

PARTS = ("wait", "served")


def legs(
    rows: pl.DataFrame,
    marks: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
) -> go.Figure:
    """Draw the waits and the conversations of each leg on one axis of time, and what happened.

    Args:
        rows: label, part (wait, served), begin, finish (naive local times).
        marks: at (naive local time), text: events, drawn below the legs.
        colours: `theme.palette`.
        words: `wait`, `served`, `events`.
    """
    figure = go.Figure()
    bars(figure, rows, colours, words)
    if len(marks):
        figure.add_scatter(
            x=marks["at"].to_list(),
            y=[words["events"]] * len(marks),
            mode="markers",
            name=words["events"],
            marker={"size": 9, "color": colours["muted"], "symbol": "diamond"},
            customdata=marks["text"].to_list(),
            hovertemplate="%{x|%d.%m %H:%M:%S} · %{customdata}<extra></extra>",
            showlegend=False,
        )
    n = rows["label"].n_unique() + bool(len(marks))
    laid(figure, dict(colours), height=102 + 38 * max(1, n))
    # the second line of the axis, the day, is not counted in by automargin
    figure.update_layout(barmode="overlay", hovermode="closest", margin={"b": 20})
    figure.update_xaxes(type="date", tickformatstops=TIMES, nticks=3, tickangle=0, showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def bars(
    figure: go.Figure, spans: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]
) -> None:
    """Add waits and conversations to a figure; `spans` as the rows of `legs`, with said."""
    look = {"wait": colours["at_risk"], "served": colours["accent"]}
    for part in PARTS:
        mine = spans.filter(pl.col("part") == part)
        if mine.is_empty():
            continue
        figure.add_bar(
            base=mine["begin"].to_list(),
            x=(mine["finish"] - mine["begin"]).dt.total_milliseconds().to_list(),
            y=mine["label"].to_list(),
            orientation="h",
            name=words[part],
            # what took minutes is seen among days
            marker={"color": look[part], "line": {"color": look[part], "width": 1}},
            customdata=mine["said"].to_list(),
            hovertemplate=f"{words[part]}: %{{customdata}}<extra></extra>",
            width=0.5,
        )
