"""Проблемы: what keeps going wrong?"""

import polars as pl
import streamlit as st

from dashboard import access, data, theme
from dashboard.components import chart, empty, filters, frame, problem_parts, state
from dashboard.figures.problems import pareto
from dashboard.i18n import _
from pipelines.metrics import Query, recurring

# Filters
chosen = filters.bar(period="28d")

# Data
query = Query(
    chosen.start,
    chosen.end,
    where=chosen.where,
    as_of=data.minute(),
    scope=access.scope(frame.person()),
)
rows = data.ask(recurring, query, each_minute=True)
frame.as_of(chosen.words)
if rows.is_empty():
    empty.nothing_in_period()
    st.stop()

# View
problem_parts.tiles(rows)
known = rows.drop_nulls("category")
named = known.with_columns(
    name=pl.Series([problem_parts.name(one) for one in known["category"]], dtype=pl.String)
)
words = {
    "contacts": _("контакты"),
    "first": _("впервые"),
    "repeats": _("повторные"),
    "burst": _("впервые, всплеск"),
    "cumulative": _("накопленная доля"),
}
with st.container(border=True):
    state.heading(_("Немногие тематики дают большинство обращений"))
    st.caption(_("Справа от столбца — какую долю дают тематики до него включительно."))
    chart.draw(
        pareto(named, theme.palette(theme.mode()), words),
        key="problems_pareto",
    )
topic = problem_parts.listed(rows)
if topic:
    problem_parts.draw(topic, rows, query)
else:
    st.caption(_("Нажмите на строку: по дням, всплески и контакты этой тематики."))
