"""When a duty of the worker is to be done again."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Due:
    """When each duty was done last (time.monotonic()), and how many seconds it took."""

    last: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)

    def now(self, name: str, every_s: float, first_s: float = 0.0, most: float = 1.0) -> bool:
        """Tell whether a duty is to be done now, which then counts as done.

        Args:
            every_s, first_s: first after `first_s`, then each `every_s`.
            most: of a `timed` duty, the share of the time it may take: it comes later where the
                machine is slow.
        """
        now = time.monotonic()
        last = self.last.setdefault(name, now - every_s + first_s)
        if now - last < max(every_s, self.took.get(name, 0.0) / most):
            return False
        self.last[name] = now
        return True

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a duty takes."""
        began = time.monotonic()
        yield
        self.took[name] = time.monotonic() - began
