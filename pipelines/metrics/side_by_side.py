"""Parts of one answer, two at a time where the lake is large, both of one version of it.

A statement over a lake is half planning, which one thread does; two connections ask side by side.
"""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.marts.settled import Marks
from pipelines.metrics.facts import know_marks, known_marks, one_snapshot

Told = Callable[[str], Any]  # the answer of a part named before
Part = Callable[[Lake, Told], Any]
Meanwhile = Callable[[int, int], object]


def side_by_side(
    lake: Lake, parts: Mapping[str, Part], meanwhile: Meanwhile = lambda *_: None
) -> dict[str, Any]:
    """Return the answer of every part.

    Args:
        lake: in a transaction that changed nothing itself. A second connection helps where it is
            wide (`Lake.sized`) and sees the same version.
        parts: in the order they are begun; each may ask for the answers of those before it.
        meanwhile: called in this thread between two parts, with how many are begun and how many
            there are.
    """
    work = _Work(parts)
    if not lake.is_wide:
        work.go_on(lake, meanwhile)
        return work.answers()
    with lake.beside() as other, ThreadPoolExecutor(1) as pool:
        helping = pool.submit(_help, other, lake.snapshot(), known_marks(lake), work)
        try:
            work.go_on(lake, meanwhile)
        finally:
            work.names.clear()
            helping.result()
    return work.answers()


class _Work:
    """The parts still to be begun, and the answers."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts, self.names = parts, deque(parts)
        self.found: dict[str, Future[Any]] = {name: Future() for name in parts}

    def go_on(self, lake: Lake, meanwhile: Meanwhile = lambda *_: None) -> None:
        """Answer one part after another until all are begun."""
        while self.names:
            meanwhile(len(self.parts) - len(self.names), len(self.parts))
            try:
                name = self.names.popleft()
            except IndexError:  # the other thread took the last one
                return
            try:
                self.found[name].set_result(self.parts[name](lake, self.told))
            except BaseException as error:
                self.names.clear()
                self.found[name].set_exception(error)  # who waits for it shall not wait for ever
                raise

    def told(self, name: str) -> Any:
        """Return the answer of a part begun before; waits for the other thread to give it."""
        return self.found[name].result()

    def answers(self) -> dict[str, Any]:
        """Return all answers."""
        return {name: answer.result() for name, answer in self.found.items()}


@one_snapshot
def _help(lake: Lake, snapshot: int, kept: Marks | None, work: _Work) -> None:
    """Go on with the work through another connection, where it sees the version `snapshot`."""
    if lake.snapshot() == snapshot:
        know_marks(lake, kept)
        work.go_on(lake)
