"""Неделя: how many people did we fail, and what must be decided?"""

from dashboard.components import filters, frame

# Filters
chosen = filters.bar(period="week")

# View
frame.as_of(chosen.words)
