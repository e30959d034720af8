"""Сейчас: who waits, what breaches next, and is the level held?"""

from dashboard.components import frame

# View
frame.as_of()
