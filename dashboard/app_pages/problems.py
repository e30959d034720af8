"""Проблемы: what keeps going wrong?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    empty,
    filters,
    frame,
    problem_bursts,
    problem_parts,
    problem_topic,
    problem_tree,
    problem_views,
)
from pipelines.metrics import Query, topics

# Filters
chosen = filters.bar(period="28d")
view = problem_views.view()

# Data
query = Query(
    chosen.start,
    chosen.end,
    where=chosen.where,
    as_of=data.minute(),
    scope=access.scope(frame.person()),
)
frame.as_of(chosen.words)
if view != problem_views.TOPICS:
    problem_views.draw(view, query)
    st.stop()
query = problem_tree.narrowed(query)
rows = data.ask(topics, query, each_minute=True)
if rows.is_empty():
    empty.nothing_in_period()
    st.stop()

# View
problem_parts.tiles(rows)
problem_bursts.of_all(query)
if not problem_tree.classes(query, rows):
    problem_parts.heaviest(rows.drop_nulls("category"))
topic = problem_parts.listed(rows)
if topic:
    problem_topic.draw(topic, rows, query)
