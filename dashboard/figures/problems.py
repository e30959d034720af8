"""Figures of recurring problems."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import MONTHS, laid, two_lines


def pareto(
    rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str], *, most: int = 15
) -> go.Figure:
    """Draw categories by volume as bars, those in a burst marked, and the part of all up to each.

    Args:
        rows: `recurring` with `name` (category in words), most contacts first: category, contacts,
            repeats (null: not known, drawn as none), burst, cumulative (part of all up to it, in
            words).
        colours: `theme.palette`.
        words: `contacts`, `first`, `burst` (first, in a burst), `repeats`, `cumulative`.
        most: bars at most; the rest is left to the table.

    Returns:
        Horizontal bars, the greatest on top: first contacts and, inside them, repeats; customdata:
        contacts, cumulative, category.
    """
    shown = rows.head(most).reverse().with_columns(pl.col("repeats").fill_null(0))
    names = [
        two_lines(f"▲ {name}" if burst else name)
        for name, burst in shown.select("name", "burst").iter_rows()
    ]
    figure = go.Figure()
    first = shown["contacts"] - shown["repeats"]
    for name, colour, mine in (
        ("first", "accent", ~shown["burst"]),
        ("burst", "overdue", shown["burst"]),
    ):
        if not mine.any():
            continue
        figure.add_bar(
            y=names,
            x=[n if is_mine else None for n, is_mine in zip(first, mine, strict=True)],
            orientation="h",
            name=words[name],
            marker={"color": colours[colour]},
            customdata=shown.select("contacts", "cumulative", "category").rows(),
            hovertemplate=(
                f"{words['contacts']}: %{{customdata[0]:,}}<br>"
                f"{words['cumulative']}: %{{customdata[1]}}<extra></extra>"
            ),
        )
    figure.add_bar(
        y=names,
        x=shown["repeats"].to_list(),
        customdata=shown.select("contacts", "cumulative", "category").rows(),
        orientation="h",
        name=words["repeats"],
        marker={"color": colours["at_risk"]},
        text=shown["cumulative"],
        textposition="outside",
        textfont={"color": colours["muted"]},
        cliponaxis=False,
        hovertemplate=f"{words['repeats']}: %{{x:,}}<extra></extra>",
    )
    laid(figure, dict(colours), height=90 + 31 * len(shown))
    # room on the right for the words beside the longest bar, on a phone too
    figure.update_layout(barmode="stack", bargap=0.25, hovermode="y", margin_r=44)
    figure.update_xaxes(showgrid=True, nticks=3, tickangle=0, tickformat=",d")
    figure.update_yaxes(showgrid=False, tickfont={"color": colours["text"]}, ticklabelstandoff=6)
    return figure


def against_usual(
    days: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]
) -> go.Figure:
    """Draw contacts of a category a day, repeats among them, beside what is usual.

    Args:
        days: `recurring_days`: day, contacts, repeats, baseline (null: usual not known).
        colours: `theme.palette`.
        words: `first`, `repeats`, `usual`.

    Returns:
        Stacked bars and the usual as a line with gaps where it is not known.
    """
    shown = days.with_columns(pl.col("day").str.to_date(), pl.col("repeats").fill_null(0))
    told = days["day"].to_list()
    figure = beside_usual(shown["day"].to_list(), shown, colours, words, digits=1, told=told)
    figure.update_xaxes(tickformat=MONTHS, hoverformat=MONTHS)
    return figure


def beside_usual(
    x: Sequence[object],
    shown: pl.DataFrame,
    colours: Mapping[str, str],
    words: Mapping[str, str],
    *,
    digits: int,
    told: Sequence[object],
) -> go.Figure:
    """Draw contacts as bars, repeats among them, and what is usual as a line.

    Args:
        x: one place a row of `shown`: contacts, repeats (0: none or not known), baseline (null:
            usual not known).
        colours, words: as `against_usual` takes them. digits: of the usual under the pointer.
        told: what a click on a bar or the line tells, as customdata.
    """
    figure = go.Figure()
    for name, values, colour in (
        ("first", shown["contacts"] - shown["repeats"], colours["accent"]),
        ("repeats", shown["repeats"], colours["at_risk"]),
    ):
        figure.add_bar(
            x=x,
            y=values.to_list(),
            name=words[name],
            customdata=[(one,) for one in told],
            marker={"color": colour},
            hovertemplate=f"{words[name]}: %{{y:,}}<extra></extra>",
        )
    if shown["baseline"].count():
        figure.add_scatter(
            x=x,
            y=shown["baseline"].to_list(),
            name=words["usual"],
            # the pointer is over all of a day: a click is on the nearest, the line or a bar
            customdata=[(one,) for one in told],
            mode="lines+markers",
            line={"color": colours["text"], "dash": "dot", "width": 2},
            marker={"size": 5},
            hovertemplate=f"{words['usual']}: %{{y:,.{digits}f}}<extra></extra>",
        )
    laid(figure, dict(colours), height=280)
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_yaxes(rangemode="tozero")
    return figure
