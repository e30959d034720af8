"""The week in parts: outages or ourselves, the statute's answers, regions, the week after."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import state, table, week_links
from dashboard.i18n import _
from pipelines.reports.evidence import REGION


def said(page: dict[str, Any]) -> None:
    """Draw whether it was us or the service, and what the statute's deadlines came to."""
    for name in ("service", "statute"):
        if page[name]:
            state.heading(page["heads"][name])
            st.markdown(" ".join(page[name]))
            week_links.draw(page, name)


def risk(page: dict[str, Any]) -> None:
    """Draw where the goal will be missed in the week after."""
    told, heads = page["risk"], page["heads"]
    if not told["sentence"]:
        return
    state.heading(heads["risk"])
    st.markdown(told["sentence"])
    if told["rows"]:
        rows = pl.DataFrame(told["rows"]).with_columns(
            value=pl.format("{} ({})", pl.col("value"), pl.col("range"))
        )
        table.table(
            rows,
            {
                "label": _("День и линия"),
                "contacts": _("Ждём контактов"),
                "value": _("Прогноз уровня"),
                "hours": _("Когда не хватит"),
                "more": _("Сколько добавить"),
            },
            key="week_risk",
            right=("contacts", "value"),
            picks=False,
        )
        st.caption(told["note"])
    week_links.draw(page, "risk")


def regions(page: dict[str, Any]) -> None:
    """Draw the regions most citizens came from, and their change."""
    told, heads = page["regions"], page["heads"]
    if not (told["rows"] or told["note"]):
        return
    st.markdown(f"**{heads['regions']}**")
    if told["rows"]:
        clicked = table.table(
            pl.DataFrame(told["rows"]).select("label", "value", "change", "key"),
            {
                "label": _("Регион"),
                "value": _("Заявителей"),
                "change": _("Изменение"),
            },
            key=week_links.table_key(REGION),
            right=("value", "change"),
        )
        week_links.picks(REGION, clicked)
    if told["note"]:
        st.caption(told["note"])
