"""Does a score go with circumstances of the work: a change with its interval for each of them."""

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from dashboard.figures.base import laid, two_lines, whiskers


def changes(rows: pl.DataFrame, colours: Mapping[str, str], words: Mapping[str, str]) -> go.Figure:
    """Draw by how many points a score changes with each factor, and what change is none.

    Args:
        rows: label, change, change_low, change_high, margin (points), verdict, shown (the same in
            words), in this order from above; nothing null.
        colours: `theme.palette`.
        words: `points`, `margin` (of the shaded band).
    """
    drawn = rows.reverse()
    names = [two_lines(one) for one in drawn["label"]]
    margin = float(drawn["margin"][0])
    figure = go.Figure(
        go.Scatter(
            x=drawn["change"].to_list(),
            y=names,
            mode="markers",
            marker={"size": 11, "color": [colours[one] for one in drawn["verdict"]]},
            error_x=whiskers(
                drawn["change"],
                drawn["change_low"],
                drawn["change_high"],
                thickness=2,
                width=5,
                color=colours["muted"],
            ),
            customdata=drawn["shown"].to_list(),
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    laid(figure, dict(colours), height=96 + 46 * len(drawn))
    figure.add_vrect(
        x0=-margin,
        x1=margin,
        fillcolor=colours["border"],
        opacity=0.45,
        line_width=0,
        layer="below",
        annotation={
            "text": words["margin"],
            "font": {"color": colours["muted"], "size": 12},
            "yref": "paper",
            "y": 1,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "center",
        },
    )
    widest = max(margin, *(abs(one) for one in drawn["change_low"]),
                 *(abs(one) for one in drawn["change_high"]))  # fmt: skip
    figure.update_layout(hovermode="closest", margin={"t": 30})
    figure.update_xaxes(
        range=[-1.12 * widest, 1.12 * widest],
        title={"text": words["points"]},
        zeroline=True,
        zerolinecolor=colours["muted"],
    )
    figure.update_yaxes(showgrid=False)
    return figure
