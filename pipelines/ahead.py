"""Make the next item while the last one is used: reading goes on beside DuckDB's work."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
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
