"""Erlang A against a published table, and against queues simulated event by event."""

import heapq
import random

import pytest

from pipelines.metrics.erlang_a import Work, expected_wait_s, level, operators_for, performance


def test_the_published_example_of_fifty_operators():
    # Mandelbaum and Zeltyn (2005), table 1: 50 agents, 48 calls a minute, 1 minute of service,
    # 2 minutes of patience
    found = performance(48 / 60, Work(60, 120), 50, 20)
    assert round(found.abandoned * 100, 1) == 3.1
    assert round(found.wait_mean_s, 1) == 3.7
    assert round(found.queue_mean) == 3
    assert round(found.occupancy * 100) == 93
    # its 90th percentile of the wait is 12.5 s: so many are neither waiting nor gone by then
    served = performance(48 / 60, Work(60, 120), 50, 12.5).level
    assert served + found.abandoned > 0.9 > served


def simulated(
    per_h: float, work: Work, operators: int, threshold_s: float
) -> tuple[float, float, dict[int, list[float]]]:
    """Shares answered in time and hung up of 60,000 calls, and waits by the people found ahead.

    First come first served; the wait is what a caller who stays would wait, all operators busy.
    """
    rng = random.Random(7)
    free = [0.0] * operators  # when each operator is free
    queue: list[float] = []  # when each of those waiting leaves the queue
    waits: dict[int, list[float]] = {}
    now, in_time, gone, n = 0.0, 0, 0, 60_000
    for _ in range(n):
        now += rng.expovariate(per_h / 3600)
        queue = [leaves for leaves in queue if leaves > now]
        begins, patience = max(now, free[0]), rng.expovariate(1 / work.patience_s)
        if begins > now:
            waits.setdefault(len(queue), []).append(begins - now)
            queue.append(now + min(begins - now, patience))
        if begins - now > patience:
            gone += 1
            continue
        in_time += begins - now <= threshold_s
        heapq.heapreplace(free, begins + rng.expovariate(1 / work.handle_s))
    return in_time / n, gone / n, waits


@pytest.mark.parametrize(
    ("per_h", "handle_s", "operators"),
    [(120, 300, 12), (600, 240, 43), (60, 420, 9), (300, 300, 24)],
)
def test_a_simulated_queue_does_the_same_overloaded_or_not(per_h, handle_s, operators):
    work = Work(handle_s, 120)
    found = performance(per_h / 3600, work, operators, 20)
    in_time, gone, _ = simulated(per_h, work, operators, 20)
    assert found.level == pytest.approx(in_time, abs=0.015)
    assert found.abandoned == pytest.approx(gone, abs=0.01)


def test_the_least_number_of_operators_reaches_the_share_and_one_less_does_not():
    rates, work = (0.02, 0.08, 0.05), Work(300, 120)
    least = operators_for(rates, work, 20, 0.8)
    assert least is not None
    assert level(rates, work, least, 20) >= 0.8 > level(rates, work, least - 1, 20)
    assert operators_for(rates, work, 20, 1.0) is None


def test_hours_count_by_their_calls():
    quiet, busy = (performance(rate, Work(300, 120), 10, 20).level for rate in (0.01, 0.05))
    both = level((0.01, 0.05), Work(300, 120), 10, 20)
    assert both == pytest.approx((quiet + 5 * busy) / 6)


@pytest.mark.parametrize("ahead", [0, 3, 8])
def test_a_caller_waits_as_long_as_those_who_found_so_many_ahead(ahead):
    work = Work(300, 120)
    _, _, waits = simulated(300, work, 24, 20)
    found = waits[ahead]
    assert expected_wait_s(ahead, work, 24) == pytest.approx(sum(found) / len(found), rel=0.05)
