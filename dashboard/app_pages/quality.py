"""Данные: can the figures be trusted?"""

from dashboard.components import filters, frame

# Filters
chosen = filters.bar(period="7d")

# View
frame.as_of(chosen.words)
