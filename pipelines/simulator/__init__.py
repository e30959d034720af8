"""A simulated hotline: people with problems, operators on shifts, queues between them.

`simulate` writes a history of canonical logs, `live` appends today's events as they happen,
`continues_from` says where either goes on. All are functions of seed and size: the same seed has
the same citizens, operators and luck.
"""

from pipelines.simulator.history import continues_from, simulate
from pipelines.simulator.live import live

__all__ = ["continues_from", "live", "simulate"]
