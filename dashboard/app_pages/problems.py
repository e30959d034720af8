"""Проблемы: what keeps going wrong?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import empty, filters, frame, problem_parts
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
problem_parts.heaviest(rows.drop_nulls("category"))
topic = problem_parts.listed(rows)
if topic:
    problem_parts.draw(topic, rows, query)
else:
    st.caption(_("Нажмите на строку: по дням, всплески и контакты этой тематики."))
