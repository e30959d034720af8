"""Shares of one work done by every core at once, each through a connection of its own.

DuckDB shares statements over some ten thousand contacts badly among cores (two of them spend up to
twice the CPU of one); statements that each keep to one core lose nothing.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from pipelines.lake.connect import Lake

AT_LEAST = 10_000  # contacts a share: statements cost as much as so many
Item = TypeVar("Item")
Share = TypeVar("Share")


def n_shares(lake: Lake, contacts: int) -> int:
    """Return into how many shares a work on so many contacts is cut: one where few are worth it.

    In a transaction it is one: another connection would not see what it has written.
    """
    if not lake.is_wide or lake.is_inside:
        return 1
    cores = int(lake.con.sql("select current_setting('threads')").fetchall()[0][0])
    return max(1, min(cores, contacts // AT_LEAST))


def even(items: Sequence[tuple[Item, int]], n: int) -> list[list[Item]]:
    """Cut items (each with its weight), in their order, into at most `n` runs of about one weight.

    >>> even([("a", 3), ("b", 1), ("c", 1), ("d", 2)], 2)
    [['a'], ['b', 'c', 'd']]
    """
    most = sum(weight for _, weight in items) / n
    runs, done = list[list[Item]](), 0
    for item, weight in items:
        if not runs or (done + weight / 2 > most * len(runs) and len(runs) < n):
            runs.append([])
        runs[-1].append(item)
        done += weight
    return runs


def do_each(lake: Lake, work: Callable[[Lake, Share], None], shares: Sequence[Share]) -> None:
    """Do a work on each share, all at once; raise the first error when all have ended."""
    if not shares:
        return
    with ExitStack() as stack, ThreadPoolExecutor(len(shares)) as pool:
        lakes = [lake, *(stack.enter_context(lake.beside()) for _ in shares[1:])]
        for _ in pool.map(work, lakes, shares):
            pass
