"""Charts: one way to draw a figure, with numbers as the page's language writes them."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.i18n import formats


def draw(figure: go.Figure, *, key: str, **options: Any) -> Any:
    """Draw a figure with no tool bar; returns what `st.plotly_chart` does.

    Args:
        figure: made by `dashboard.figures`; its decimal and thousands marks are set here.
        key: `<page>_<name>`.
        options: `on_select`, `selection_mode`, …
    """
    figure.update_layout(separators=formats.separators())
    return st.plotly_chart(figure, key=key, config={"displayModeBar": False}, **options)


def clicked(figure: go.Figure, *, key: str) -> Any:
    """Draw a figure whose marks can be clicked; return the customdata of the marked one, or None.

    Args:
        figure, key: as `draw` takes them.
    """
    event = draw(figure, key=key, on_select="rerun", selection_mode="points")
    points = event["selection"]["points"]
    return points[0].get("customdata") if points else None
