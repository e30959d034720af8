"""What a bench returns, and how time is taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of the table; `is_met` is None where nothing is promised."""

    what: str
    shown: str
    target: str = ""
    is_met: bool | None = None


def best_s(act: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of several runs, in seconds: other work on the machine only adds."""
    return min(_once_s(act) for _ in range(times))


def _once_s(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def ms(seconds: float) -> str:
    """Return seconds as milliseconds for people.

    >>> ms(0.0123)
    '12.3 ms'
    """
    return f"{seconds * 1000:,.1f} ms"
