"""Work on several cores: the next item is made while the last one is used, or all are at once."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
_END = object()


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Return the same items in the same order, each made in a thread while the one before is used.

    The first is begun at once. An exception of the maker is raised where its item would have come.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    thread = ThreadPoolExecutor(1)
    return _follow(thread, items, thread.submit(next, items, _END))


def _follow(
    thread: ThreadPoolExecutor, items: Iterator[Item], coming: "Future[Item | object]"
) -> Iterator[Item]:
    with thread:
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, items, _END)
            yield item  # type: ignore[misc]


def several_ahead(items: Iterator[Item], make: Callable[[Item], Made]) -> Iterator[Made]:
    """Return what `make` makes of the items, in their order; as many are made ahead as are cores.

    >>> list(several_ahead(iter("abc"), str.upper))
    ['A', 'B', 'C']
    """
    with ThreadPoolExecutor(cores()) as threads:
        coming: deque[Future[Made]] = deque()
        for item in items:
            coming.append(threads.submit(make, item))
            if len(coming) > cores():
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def cores() -> int:
    """Return how many cores this process may use, four at most: threads of it share the rest."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)


def on_all_cores(act: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    """Return what `act` makes of each item, in their order; several at once, in threads.

    >>> on_all_cores(str.upper, "abc")
    ['A', 'B', 'C']
    """
    if len(items) < 2:
        return [act(item) for item in items]
    with ThreadPoolExecutor(cores()) as threads:
        return list(threads.map(act, items))
