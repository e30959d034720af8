"""Problems: bursts of contacts, what is usual, and the categories that keep coming back.

Writes nothing but lake.bursts, and that only through `refresh`.
"""

from pipelines.problems.bursts import growth, recurring, refresh, signals

__all__ = ["growth", "recurring", "refresh", "signals"]
