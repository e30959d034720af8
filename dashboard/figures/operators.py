"""Figures of operators: where scores lie with their doubt, and what moved one of them."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid, rule, whiskers

# a shape a band, as their marks in words: no band is known by its colour alone
BANDS = {
    "attention": "x",
    "watch": "triangle-up-open",
    "typical": "circle",
    "strong": "triangle-up",
}


def spread(
    rows: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    *,
    average: float,
    least: float | None,
    picked: str | None = None,
) -> go.Figure:
    """Draw every score as a point with its 80 % interval over the number of contacts.

    The axis is contacts, not places: nobody stands before anybody, and the few contacts behind a
    far-out point are seen at once.

    Args:
        rows: operator, name, team, score, score_low, score_high, n, band; rows without a score
            are not drawn.
        colours: `theme.palette`.
        words: the bands, `average`, `least`, `contacts`, `score`, `interval`.
        average: of the scale. least: the agreed minimum; None draws no rule.
        picked: operator to mark.
    """
    figure = go.Figure()
    scores = rows.filter(pl.col("score").is_not_null())
    for band, shape in BANDS.items():
        mine = scores.filter(pl.col("band") == band)
        if mine.is_empty():
            continue
        figure.add_scatter(
            x=mine["n"].to_list(),
            y=mine["score"].to_list(),
            error_y=whiskers(
                mine["score"],
                mine["score_low"],
                mine["score_high"],
                thickness=1,
                width=0,
                color=faded(colours[band]),
            ),
            customdata=mine.select("operator", "name", "team", "score_low", "score_high").rows(),
            name=words[band],
            mode="markers",
            marker={
                "symbol": shape,
                "size": [13 if one == picked else 9 for one in mine["operator"]],
                "color": colours[band],
                "line": {
                    # an open shape is its line
                    "width": [
                        2 if one == picked or "open" in shape else 0 for one in mine["operator"]
                    ],
                    "color": colours[band] if "open" in shape else colours["text"],
                },
            },
            hovertemplate=(
                "<b>%{customdata[1]}</b> · %{customdata[2]}<br>"
                f"{words['score']}: %{{y:.0f}} "
                f"({words['interval']}: %{{customdata[3]:.0f}}–%{{customdata[4]:.0f}})<br>"
                f"{words['contacts']}: %{{x:,}}<extra></extra>"
            ),
        )
    laid(figure, dict(colours), height=430)
    figure.update_layout(hovermode="closest", margin={"r": 90})
    rule(figure, average, words["average"], colours["muted"], "dot")
    if least is not None:
        rule(figure, least, words["least"], colours["muted"], "dash")
    figure.update_xaxes(title={"text": words["contacts"]}, rangemode="tozero", tickformat=",d")
    figure.update_yaxes(title={"text": words["score"]})
    return figure


def parts(rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Draw by how many points each component moved one score; green raised it, red lowered it.

    Args:
        rows: label, contribution (points, not null), shown (the same in words); in this order
            from above.
        colours: `theme.palette`.
        words: `points`.
    """
    drawn = rows.reverse()
    points = drawn["contribution"].to_list()
    figure = go.Figure(
        go.Bar(
            x=points,
            y=drawn["label"].to_list(),
            orientation="h",
            marker={
                "color": [
                    colours["met" if one >= 0 else "breached"] for one in drawn["contribution"]
                ]
            },
            text=drawn["shown"].to_list(),
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    laid(figure, dict(colours), height=70 + 34 * len(drawn))
    # the words outside a bar take the same room however narrow the figure: twice the longest bar
    widest = max([1.0, *(abs(one) for one in points)]) * 2
    figure.update_layout(margin={"t": 8}, hovermode=False, bargap=0.45)
    figure.update_xaxes(
        range=[-widest, widest],
        title={"text": words["points"]},
        zeroline=True,
        zerolinecolor=colours["muted"],
    )
    figure.update_yaxes(showgrid=False)
    return figure


def faded(colour: str, alpha: float = 0.45) -> str:
    """Return a hex colour seen through.

    >>> faded("#102030")
    'rgba(16,32,48,0.45)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
