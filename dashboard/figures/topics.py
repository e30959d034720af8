"""Figures of topics: the tree of classes, weeks beside the usual, hours of the week."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid, two_lines
from dashboard.figures.hours import by_hour
from dashboard.figures.operators import faded
from dashboard.figures.problems import beside_usual

FULL = 0.25  # a quarter more than usual has the full colour


def tree(rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Draw classes and their topics as areas of their contacts, coloured by the change.

    Args:
        rows: `topics` by class and category with class_name, name and told (excess in words):
            category, contacts, baseline and excess (null: grey).
        colours: `theme.palette`.
        words: `contacts`, `excess`, `all`, `usual` (said where the usual is not known).

    Returns:
        A tree map; red is more than usual, green less, the full colour a quarter away from it;
        customdata: the change in words. No click: Streamlit tells none of a tile.
    """
    change = pl.col("excess") / pl.col("baseline").clip(lower_bound=0.05)
    whole = rows.group_by("class_name", maintain_order=True).agg(
        pl.col("contacts").sum(),
        pl.col("excess").sum(),
        pl.col("baseline").sum(),
        n_known=pl.col("baseline").count(),
    )
    known = pl.when(pl.col("n_known") > 0).then(change)
    parts = pl.concat(
        [
            rows.select(
                id=pl.lit(words["all"]), parent=pl.lit(""), name=pl.lit(words["all"]),
                contacts=pl.col("contacts").sum(), change=pl.lit(None, pl.Float64),
                told=pl.lit(""),
            ).head(1),
            whole.select(
                id="class_name", parent=pl.lit(words["all"]), name="class_name",
                contacts="contacts", change=known, told=pl.lit(""),
            ),
            rows.select(
                id=pl.concat_str("class_name", pl.lit("/"), "name"), parent="class_name",
                name="name", contacts="contacts", change=change,
                told=pl.when(pl.col("excess").is_null())
                .then(pl.lit(words["usual"]))
                .otherwise(pl.concat_str(pl.lit(f"{words['excess']}: "), "told")),
            ),
        ],
        how="vertical_relaxed",
    )  # fmt: skip
    figure = go.Figure(
        go.Treemap(
            ids=parts["id"].to_list(),
            labels=[two_lines(name) for name in parts["name"]],
            parents=parts["parent"].to_list(),
            values=parts["contacts"].to_list(),
            branchvalues="total",
            customdata=parts["told"].to_list(),
            marker={
                "colors": [colour(one, colours) for one in parts["change"]],
                "line": {"width": 1, "color": colours["border"]},
            },
            textfont={"color": colours["text"]},
            texttemplate="%{label}<br>%{value:,}",
            hovertemplate=f"%{{label}}<br>{words['contacts']}: %{{value:,}}<br>"
            "%{customdata}<extra></extra>",
            tiling={"pad": 2},
            pathbar={"visible": False},
            root={"color": "rgba(0,0,0,0)"},
        )
    )
    laid(figure, dict(colours), height=420)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 4, "b": 4})
    return figure


def colour(change: float | None, colours: Mapping[str, str]) -> str:
    """Return the colour of a change against the usual (0.25: a quarter more); grey: not known."""
    if change is None:
        return faded(colours["muted"], 0.2)
    strength = min(1.0, abs(change) / FULL)
    return faded(colours["breached" if change > 0 else "met"], 0.08 + 0.52 * strength)


def weeks(rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Draw a topic by week, repeats among its contacts, beside the usual for the season.

    Args:
        rows: `topic_weeks`: week, contacts, repeats (null: not known), baseline (null the same).
        colours: `theme.palette`.
        words: `first`, `repeats`, `usual`.
    """
    shown = rows.with_columns(pl.col("repeats").fill_null(0))
    x = [week.split("-")[1] for week in shown["week"]]
    figure = beside_usual(x, shown, colours, words, digits=0, told=rows["week"].to_list())
    figure.update_xaxes(type="category")
    return figure


def week_hours(
    cells: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str], days: list[str]
) -> go.Figure:
    """Draw contacts by weekday and hour: the stronger, the more; see `hours.by_hour`."""
    return by_hour(
        cells, {**colours, "breached": colours["accent"]}, words, days, is_mean=True, target=0
    )
