"""The week by hours: where a promise is kept least."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid
from dashboard.figures.operators import faded

SPAN = 20  # points of a share the colours span at least: 99 % must not look like a disaster
SMALL = "·"  # stands in a cell whose base is too small for a colour


def by_hour(
    cells: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    days: list[str],
    *,
    is_mean: bool,
    target: float = 0,
) -> go.Figure:
    """Draw a promise by weekday and hour: the stronger, the worse; cells of a small base are grey.

    Args:
        cells: `pipelines.metrics.heatmap`: weekday (1-7), hour_of_day, value (share 0-1, or seconds
            of a mean; null draws nothing), n, is_small.
        colours: `theme.palette`.
        words: `n`, `small`, `unit` (of a mean): in the current language.
        days: names of the seven days, Monday first.
        is_mean: the value is a time, and more is worse.
        target: of a mean; the full colour stands for it, or for the longest above it.

    Returns:
        A figure whose cells are points one can click; customdata: weekday, hour, n. A cell of a
        small base is grey and holds a dot instead of a figure.
    """
    grid = cells.sort("weekday", "hour_of_day").with_columns(
        day=pl.col("weekday").replace_strict(dict(enumerate(days, 1)), return_dtype=pl.String)
    )
    # half seen through: the text of a cell must be read on the strongest colour, in both themes
    worst, best = faded(colours["breached"], 0.6), faded(colours["breached"], 0)
    grey = faded(colours["muted"])
    figure = go.Figure()
    for is_small, scale in (
        (True, [[0, grey], [1, grey]]),
        (False, [[0, best], [1, worst]] if is_mean else [[0, worst], [1, best]]),
    ):
        # the whole grid each time: a cell's size follows from its neighbours
        mine = pl.when(pl.col("is_small") == is_small).then("value")
        values = grid.select(mine if is_mean else mine * 100).to_series().to_list()
        known = [v for v in values if v is not None]
        text = ["" if v is None else SMALL if is_small else f"{v:.0f}" for v in values]
        figure.add_heatmap(
            x=list(range(24)),
            y=days,
            z=[values[24 * n : 24 * n + 24] for n in range(7)],
            text=[text[24 * n : 24 * n + 24] for n in range(7)],
            zmin=0 if is_mean else min([100 - SPAN, *known]),
            zmax=max([target, *known]) if is_mean else 100,
            texttemplate="%{text}",
            textfont={"color": colours["text"]},
            colorscale=scale,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            hoverongaps=False,
        )
    told = grid.filter(pl.col("value").is_not_null())
    _points(figure, told, words, is_mean=is_mean)
    laid(figure, dict(colours), height=270)
    figure.update_layout(hovermode="closest", margin={"t": 8}, showlegend=False)
    figure.update_xaxes(dtick=3, range=[-0.5, 23.5], ticks="", tickangle=0)
    figure.update_yaxes(
        categoryorder="array", categoryarray=days[::-1], range=[-0.5, 6.5], showgrid=False
    )
    return figure


def _points(
    figure: go.Figure, told: pl.DataFrame, words: Mapping[str, str], *, is_mean: bool
) -> None:
    """Lay an unseen point over each cell: a heat map alone tells no click."""
    value = "%{customdata[3]:.0f}" if is_mean else "%{customdata[3]:.1%}"
    figure.add_scatter(
        x=told["hour_of_day"].to_list(),
        y=told["day"].to_list(),
        customdata=told.select(
            "weekday",
            "hour_of_day",
            "n",
            "value",
            pl.when("is_small").then(pl.lit(f" · {words['small']}")).otherwise(pl.lit("")),
        ).rows(),
        mode="markers",
        marker={"symbol": "square", "size": 22, "opacity": 0},
        hovertemplate=(
            "%{y}, %{x}:00–%{x}:59<br>"
            f"<b>{value}</b>{words['unit']} · {words['n']}: %{{customdata[2]:,}}"
            "%{customdata[4]}<extra></extra>"
        ),
    )
