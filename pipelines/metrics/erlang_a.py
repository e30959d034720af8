"""Erlang A (M/M/n+M): a queue whose callers hang up, each after a patience of their own.

Calls come at random at a steady rate, n operators serve them, service and patience are exponential.
Unlike Erlang C it holds under overload, and it does not understate service where people hang up.

Source: C. Palm (1946); A. Mandelbaum and S. Zeltyn, "The Palm/Erlang-A Queue, with Applications to
Call Centers" (2005): the birth-and-death process of section 3, whose states are people in the
system, with death rates min(k, n) / handle + max(0, k - n) / patience. The expected wait of one
more caller behind k others is the queue-length predictor QL_m of R. Ibrahim and W. Whitt,
"Real-Time Delay Estimation in Overloaded Multiserver Queues with Abandonments" (2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, inf, log, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_OPERATORS = 2000  # more is no answer a shift can use


@dataclass(frozen=True)
class Work:
    """What a call takes: mean handling and mean patience, seconds, both above 0."""

    handle_s: float
    patience_s: float


@dataclass(frozen=True)
class Performance:
    """The steady state: shares of all callers, and what an arriving caller may expect."""

    level: float  # answered within the threshold / offered (SL-1)
    abandoned: float  # share that hangs up
    wait_mean_s: float  # of all callers, those who hang up included
    queue_mean: float
    occupancy: float


def performance(per_s: float, work: Work, operators: int, threshold_s: float) -> Performance:
    """Return the steady state of a queue with `per_s` calls a second.

    >>> found = performance(48 / 60, Work(60, 120), 50, 20)
    >>> round(found.abandoned, 3), round(found.wait_mean_s, 1), round(found.occupancy, 2)
    (0.031, 3.7, 0.93)
    """
    (people,) = _people((per_s,), work, operators)
    ahead = np.arange(len(people) - operators, dtype=np.float64)
    queue = float(ahead @ people[operators:])
    busy = float(np.minimum(np.arange(len(people)), operators) @ people)
    return Performance(
        level=_level(people, work, operators, threshold_s),
        abandoned=queue / work.patience_s / per_s,
        wait_mean_s=queue / per_s,
        queue_mean=queue,
        occupancy=busy / operators,
    )


def level(per_s: Sequence[float], work: Work, operators: int, threshold_s: float) -> float:
    """Return the service level over hours of different rates: weighted by their calls."""
    rates = np.asarray(per_s, dtype=np.float64)
    shares = [
        _level(people, work, operators, threshold_s) for people in _people(per_s, work, operators)
    ]
    return float(rates @ np.asarray(shares) / rates.sum())


@lru_cache(maxsize=512)
def operators_for(
    per_s: tuple[float, ...], work: Work, threshold_s: float, share: float
) -> int | None:
    """Return the least number of operators that reaches a service level over hours of given rates.

    Args:
        per_s: calls a second in each hour, at least one above 0. share: the level wanted, 0..1.

    Returns:
        At least 1; None: no number below MOST_OPERATORS does (a share of 1 never is reached).
    """
    if share >= 1:
        return None
    enough = max(1, ceil(max(per_s) * work.handle_s))
    while level(per_s, work, enough, threshold_s) < share:
        if enough >= MOST_OPERATORS:
            return None
        enough = min(2 * enough, MOST_OPERATORS)
    few = 0
    while enough - few > 1:
        middle = (enough + few) // 2
        if level(per_s, work, middle, threshold_s) < share:
            few = middle
        else:
            enough = middle
    return enough


def expected_wait_s(ahead: int, work: Work, busy: int) -> float:
    """Return the mean wait of a caller behind `ahead` others when all `busy` operators talk.

    Each step forward takes one of the operators to finish, or one of those ahead to hang up.

    >>> round(expected_wait_s(0, Work(300, 120), 10))
    30
    >>> round(expected_wait_s(5, Work(300, 120), 10))
    119
    """
    return sum(1 / (busy / work.handle_s + k / work.patience_s) for k in range(ahead + 1))


def _people(per_s: Sequence[float], work: Work, operators: int) -> Floats:
    """Return the probabilities of 0, 1, ... people in the system: one row a rate."""
    most = max(per_s)
    overload = max(0.0, (most - operators / work.handle_s) * work.patience_s)
    states = operators + ceil(overload + 8 * sqrt(most * work.patience_s)) + 20
    k = np.arange(1, states + 1, dtype=np.float64)
    deaths = np.minimum(k, operators) / work.handle_s + np.maximum(0, k - operators) / (
        work.patience_s
    )
    rates = np.maximum(np.asarray(per_s, dtype=np.float64), 1e-12)
    logs = np.cumsum(np.log(rates)[:, None] - np.log(deaths)[None, :], axis=1)
    logs = np.concatenate([np.zeros((len(rates), 1)), logs], axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _level(people: Floats, work: Work, operators: int, threshold_s: float) -> float:
    served = _served_within(len(people) - operators, work, operators, threshold_s)
    return float(people[:operators].sum() + people[operators:] @ served)


def _served_within(places: int, work: Work, operators: int, threshold_s: float) -> Floats:
    """Return the chance to be answered within the threshold from each place in the queue.

    From place m (m - 1 people ahead) one moves on at n / handle + (m - 1) / patience and hangs up
    at 1 / patience: g_m' = (n / handle + (m - 1) / patience) g_(m-1) - (n / handle + m / patience)
    g_m, g_0 = 1. Solved by uniformization, which is exact up to the tail that is cut off.
    """
    m = np.arange(1, places + 1, dtype=np.float64)
    forward = operators / work.handle_s + (m - 1) / work.patience_s
    leave = operators / work.handle_s + m / work.patience_s
    fastest = float(leave[-1])
    steps = fastest * threshold_s
    chance = np.zeros(places)
    total = np.zeros(places)
    log_weight, seen = -steps, 0.0
    for n in range(ceil(steps + 10 * sqrt(steps)) + 20):
        if n:
            before = np.concatenate([[1.0], chance[:-1]])
            chance = chance + (forward * before - leave * chance) / fastest
            log_weight += log(steps / n) if steps else -inf
        weight = exp(log_weight)
        total += weight * chance
        seen += weight
    return total / seen
