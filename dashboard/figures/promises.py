"""Figures of promises."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import MONTHS, laid


def by_day(
    days: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    *,
    goal: float | None,
    is_mean: bool,
) -> go.Figure:
    """Draw a promise day by day, with the goal (a share) or the target (a mean) as a rule.

    Args:
        days: day (YYYY-MM-DD), value (share 0-1, or minutes for a mean; null draws a gap), n.
        colours: `theme.palette`.
        words: `value`, `goal`, `n`: names in the current language.
        goal: share 0-1, or minutes for a mean; None draws no rule.
        is_mean: the value is a time, not a share.

    Returns:
        A figure; a share's axis runs up to 100 % and never below 0.
    """
    shown = days.with_columns(pl.col("day").str.to_date())
    figure = go.Figure()
    pattern = "%{y:.1f}" if is_mean else "%{y:.1%}"
    figure.add_scatter(
        x=shown["day"].to_list(),
        y=shown["value"].to_list(),
        customdata=shown["n"].to_list(),
        name=words["value"],
        mode="lines+markers",
        line={"color": colours["accent"], "width": 2},
        marker={"size": 6},
        hovertemplate=f"{pattern} · {words['n']}: %{{customdata:,}}<extra></extra>",
    )
    if goal is not None and len(shown):
        figure.add_scatter(
            x=[shown["day"].min(), shown["day"].max()],
            y=[goal, goal],
            name=words["goal"],
            mode="lines",
            line={"color": colours["muted"], "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    laid(figure, dict(colours))
    figure.update_xaxes(tickformat=MONTHS, hoverformat=MONTHS)
    if is_mean:
        figure.update_yaxes(rangemode="tozero", title={"text": words["value"]})
    else:
        low = shown["value"].min()
        floor = min(low if isinstance(low, float) else 1.0, 1.0 if goal is None else goal)
        figure.update_yaxes(tickformat=".0%", range=[max(0.0, floor - 0.05), 1.005])
    return figure
