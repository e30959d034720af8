"""Обещания: which public promises are kept?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import empty, filters, frame, promise_detail, promise_rows, seed_text
from pipelines.metrics import Query, fulfilment, promise_sides

# Filters
chosen = filters.bar(period="28d", category=True)

# Data
query = Query(
    chosen.start,
    chosen.end,
    where=chosen.where,
    as_of=data.minute(),
    scope=access.scope(frame.person()),
)
rows = data.ask(fulfilment, query, each_minute=True)
view = promise_rows.view(rows)
if not rows["n"].sum():
    frame.as_of(chosen.words)
    empty.nothing_in_period()
    st.stop()

# View
frame.as_of(chosen.words)
promise_rows.tiles(rows)
if view == "map":
    seed_text.draw(query)
    st.stop()
sides = data.ask(promise_sides, query, each_minute=True)
chosen_row = promise_rows.listed(rows, sides, view)
if chosen_row:
    promise_detail.draw(chosen_row, query)
