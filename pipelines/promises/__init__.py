"""Promises: rows of promises.yml compiled to SQL, judged at a moment, counted.

`make_clocks` turns contacts into rows of lake.clocks; `state_sql` says what a row is at a moment;
`evaluate` counts them per promise and group and gives the verdict.
"""

from pipelines.promises.clocks import make_clocks
from pipelines.promises.figures import evaluate
from pipelines.promises.gather import provides
from pipelines.promises.state import STATES, state, state_sql

__all__ = ["STATES", "evaluate", "make_clocks", "provides", "state", "state_sql"]
