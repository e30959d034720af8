"""Figures of the week."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid, two_lines

THIN = 0.006  # a step of nothing is a line
TEXT = 0.45  # beside the longest bar of a waterfall
ROOM = 0.06  # of the longest bar, for a letter beside it: a bar may be no wider than 140 pixels


def topics(rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Draw what citizens came with: this week as a bar, the week before as a mark on it.

    Args:
        rows: label, contacts, contacts_before (null: not known), shown (text beside the bar), in
            this order from above.
        colours: `theme.palette`.
        words: `now`, `before`.
    """
    drawn = rows.reverse().with_columns(
        label=pl.Series([two_lines(one) for one in rows["label"].reverse()], dtype=pl.String)
    )
    figure = go.Figure(
        go.Bar(
            x=drawn["contacts"].to_list(),
            y=drawn["label"].to_list(),
            orientation="h",
            name=words["now"],
            marker={"color": colours["accent"]},
            hoverinfo="skip",
        )
    )
    known = drawn.filter(pl.col("contacts_before").is_not_null())
    if len(known):
        figure.add_scatter(
            x=known["contacts_before"].to_list(),
            y=known["label"].to_list(),
            name=words["before"],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 16,
                "line": {"width": 3, "color": colours["at_risk"]},
            },
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=drawn.select(pl.max_horizontal("contacts", "contacts_before")).to_series().to_list(),
        y=drawn["label"].to_list(),
        text=[f"  {one}" for one in drawn["shown"]],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
    laid(figure, dict(colours), height=70 + 32 * len(drawn))
    longest = max((len(one) for one in drawn["shown"]), default=0)
    most = max([1, *drawn["contacts"], *known["contacts_before"]])
    figure.update_layout(hovermode=False, bargap=0.4)
    figure.update_xaxes(range=[0, most * (1.1 + ROOM * longest)], visible=False)
    figure.update_yaxes(showgrid=False)
    return figure


def waterfall(rows: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> go.Figure:
    """Draw the steps from one share to another as bars between two levels.

    Args:
        rows: of `pipelines.reports`: label, value (text), left, right (0..1), tone (plain, good,
            bad, mute), from above.
        colours: `theme.palette`.
    """
    tones = {
        "plain": colours["accent"],
        "good": colours["kept"],
        "bad": colours["broken"],
        "mute": colours["no_data"],
    }
    drawn = list(reversed(rows))
    figure = go.Figure(
        go.Bar(
            base=[row["left"] for row in drawn],
            x=[max(row["right"] - row["left"], THIN) for row in drawn],
            y=[two_lines(row["label"]) for row in drawn],
            orientation="h",
            marker={"color": [tones[row["tone"]] for row in drawn]},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.add_scatter(
        x=[max(row["right"], THIN) for row in drawn],
        y=[two_lines(row["label"]) for row in drawn],
        text=[f"  {row['value']}" for row in drawn],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
    laid(figure, dict(colours), height=50 + 30 * len(drawn))
    figure.update_layout(hovermode=False, bargap=0.35)
    figure.update_xaxes(range=[0, 1 + TEXT], visible=False)
    figure.update_yaxes(showgrid=False)
    return figure
