"""Shares of one work done by every core at once, each through a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from pipelines.lake.connect import Lake

Share = TypeVar("Share")


def cores(lake: Lake) -> int:
    """Return how many cores are open: see `Lake.sized`."""
    return int(lake.con.sql("select current_setting('threads')").fetchall()[0][0])


def do_each(lake: Lake, work: Callable[[Lake, Share], None], shares: Sequence[Share]) -> None:
    """Do a work on each share, all at once; raise the first error when all have ended."""
    if not shares:
        return
    with ExitStack() as stack, ThreadPoolExecutor(len(shares)) as pool:
        lakes = [lake, *(stack.enter_context(lake.beside()) for _ in shares[1:])]
        for _ in pool.map(work, lakes, shares):
            pass
