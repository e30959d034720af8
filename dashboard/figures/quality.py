"""Figures of data quality: what came against the usual, and what is held back a day."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import MONTHS, SERIES, blended, laid

FLAGS = ("unknown", "low", "usual", "high")  # of the metric, as steps of a colour scale


def against_usual(
    days: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]
) -> go.Figure:
    """Draw sources by day: what came as a share of the usual, coloured where it is out of its band.

    Args:
        days: `arrivals` with `label` (n / usual in words, empty where the usual is not known) and
            `told` (what a cell says when pointed at).
        colours: `theme.palette`; what is as usual has its quiet shade.
        words: flag -> its word.

    Returns:
        A map of cells, a row a source; a day that a source had not begun is empty.
    """
    names = days["source"].unique().sort(descending=True).to_list()
    on = days["day"].unique().sort().to_list()
    cells = {(row["source"], row["day"]): row for row in days.iter_rows(named=True)}

    def each(column: str, absent: str | None = None) -> list[list[object]]:
        return [[cells.get((name, day), {}).get(column, absent) for day in on] for name in names]

    steps = [[FLAGS.index(f) if f else None for f in row] for row in each("flag")]
    quiet = blended(colours["usual"], colours["background"], 0.25)
    paints = [colours["border"], colours["at_risk"], quiet, colours["accent"]]
    figure = go.Figure(
        go.Heatmap(
            x=on,
            y=names,
            z=steps,
            zmin=-0.5,
            zmax=3.5,
            colorscale=[
                (edge, paint)
                for i, paint in enumerate(paints)
                for edge in (i / len(paints), (i + 1) / len(paints))
            ],
            showscale=False,
            xgap=2,
            ygap=2,
            text=each("label", "") if len(on) <= 14 else None,  # null would be written as a word
            texttemplate="%{text}" if len(on) <= 14 else None,
            textfont={"size": 11},
            customdata=each("told"),
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    for flag, paint in zip(FLAGS, paints, strict=True):
        figure.add_scatter(
            x=[None],
            y=[names[0]],
            mode="markers",
            marker={"symbol": "square", "size": 11, "color": paint,
                    "line": {"color": colours["border"], "width": 1}},
            name=words[flag],
            hoverinfo="skip",
        )  # fmt: skip
    laid(figure, dict(colours), height=80 + 34 * len(names))
    figure.update_layout(hovermode="closest", plot_bgcolor=colours["border"])
    named = on[:: -(-len(on) // 10)]  # ten days at most have their name: more run into each other
    figure.update_xaxes(
        type="category", tickvals=named, ticktext=[_short(day) for day in named], tickangle=0
    )
    figure.update_yaxes(showgrid=False, tickfont={"color": colours["text"]})
    return figure


def _short(day: str) -> str:
    return f"{day[8:10]}.{day[5:7]}"


def held_by_day(counts: pl.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw rows held back a day, a colour a source.

    Args:
        counts: `quarantine_counts` by day and source: day, source, rows.
        colours: `theme.palette`; sources take its series in turn: no state's colour.

    Returns:
        Stacked bars.
    """
    figure = go.Figure()
    on = counts["day"].unique().sort().to_list()
    turn = [colours[f"series_{n}"] for n in range(SERIES)]
    for i, name in enumerate(counts["source"].unique().sort()):
        mine = dict(counts.filter(source=name).select("day", "rows").iter_rows())
        figure.add_bar(
            x=on,
            y=[mine.get(day) for day in on],
            name=name,
            marker={"color": turn[i % len(turn)]},
            hovertemplate=f"{name}: %{{y:,}}<extra></extra>",
        )
    laid(figure, dict(colours), height=220)
    figure.update_layout(barmode="stack", bargap=0.25, legend={"traceorder": "normal"})
    figure.update_xaxes(type="date", tickformat=MONTHS, hoverformat=MONTHS, dtick=86400000)
    if len(on) > 10:
        figure.update_xaxes(dtick=None, nticks=8)
    figure.update_yaxes(rangemode="tozero", nticks=4, tickformat=",d")
    return figure
