"""Операторы: who needs help, fairly judged?"""

from dashboard.components import filters, frame

# Filters
chosen = filters.bar(period="28d")

# View
frame.as_of(chosen.words)
