"""A component of the score as a funnel, and one operator's scores over time."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid, rule, whiskers

_DASHES = {2: "dot", 3: "solid"}


def funnel(
    rows: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    *,
    picked: str | None = None,
) -> go.Figure:
    """Draw how far each operator is from the expected over the number of contacts, with limits.

    Args:
        rows: of one component of `metrics.funnel`: operator, name, team, n, gap, outside, low_2,
            high_2, low_3, high_3 (null: no limits), shown (value and expected in words).
        colours: `theme.palette`.
        words: `inside`, `outside`, `limit_2`, `limit_3`, `contacts`, `gap`.
        picked: operator to mark.
    """
    figure = go.Figure()
    edges = rows.filter(pl.col("low_2").is_not_null()).sort("n")
    for k, dash in _DASHES.items():
        for side in ("low", "high") if len(edges) else ():
            figure.add_scatter(
                x=edges["n"].to_list(),
                y=(edges[f"{side}_{k}"] * 100).to_list(),
                mode="lines",
                line={"color": colours["muted"], "width": 1, "dash": dash},
                name=words[f"limit_{k}"],
                legendgroup=f"limit_{k}",
                showlegend=side == "low",
                hoverinfo="skip",
            )
    for name, shape, colour in (
        ("inside", "circle", colours["accent"]),
        ("outside", "diamond", colours["at_risk"]),
    ):
        mine = rows.filter(pl.col("outside").is_null() == (name == "inside"))
        if mine.is_empty():
            continue
        figure.add_scatter(
            x=mine["n"].to_list(),
            y=(mine["gap"] * 100).to_list(),
            customdata=mine.select("operator", "name", "team", "shown").rows(),
            mode="markers",
            name=words[name],
            marker={
                "symbol": shape,
                "size": [14 if one == picked else 9 for one in mine["operator"]],
                "color": colour,
                "opacity": 0.8,
                "line": {
                    "width": [2 if one == picked else 0 for one in mine["operator"]],
                    "color": colours["text"],
                },
            },
            hovertemplate=(
                "<b>%{customdata[1]}</b> · %{customdata[2]}<br>%{customdata[3]}<br>"
                f"{words['contacts']}: %{{x:,}}<extra></extra>"
            ),
        )
    laid(figure, dict(colours), height=430)
    figure.update_layout(hovermode="closest")
    figure.add_hline(y=0, line={"color": colours["muted"], "width": 1})
    figure.update_xaxes(title={"text": words["contacts"]}, rangemode="tozero", tickformat=",d")
    figure.update_yaxes(title={"text": words["gap"]})
    return figure


def course(
    rows: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    *,
    average: float,
    least: float | None,
) -> go.Figure:
    """Draw one operator's scores period by period, each with its 80 % interval.

    Args:
        rows: label (of the period), score, score_low, score_high, shown (the score in words), the
            oldest first; nothing null.
        colours: `theme.palette`.
        words: `average`, `least`.
        average: of the scale. least: the agreed minimum; None draws no rule.
    """
    figure = go.Figure(
        go.Scatter(
            x=rows["label"].to_list(),
            y=rows["score"].to_list(),
            error_y=whiskers(
                rows["score"],
                rows["score_low"],
                rows["score_high"],
                thickness=2,
                width=5,
                color=colours["muted"],
            ),
            customdata=rows["shown"].to_list(),
            mode="lines+markers",
            line={"color": colours["muted"], "width": 1},
            marker={"size": 10, "color": colours["accent"]},
            hovertemplate="<b>%{x}</b><br>%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    laid(figure, dict(colours), height=240)
    figure.update_layout(hovermode="closest", margin={"t": 8, "r": 90})
    for value, name, dash in ((average, "average", "dot"), (least, "least", "dash")):
        if value is not None:
            rule(figure, value, words[name], colours["muted"], dash)
    figure.update_xaxes(type="category", showgrid=False)
    return figure
