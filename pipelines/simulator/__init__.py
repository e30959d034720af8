"""A simulated hotline: people with problems, operators on shifts, queues between them.

`simulate` writes a history of canonical logs, `live` appends today's events as they happen. Both
are functions of seed and size: the same seed has the same citizens, operators and luck.
"""

from pipelines.simulator.history import simulate

__all__ = ["simulate"]
