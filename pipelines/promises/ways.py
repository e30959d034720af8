"""The way clocks of a promise are made: promises of the same way share a select."""

from dataclasses import dataclass

from pipelines.promises.compile import fields_used
from pipelines.reference.model import Promise

# fields whose value may be another after a recategorisation
CATEGORIES = frozenset({"category", "class", "has_skill"})


@dataclass(frozen=True)
class Way:
    """What decides which steps a select of clocks has."""

    kind: str  # clock, share, mean
    subject: str
    calendar: str = "always"
    pause: str = "none"
    is_reopened: bool = False  # its stop can be undone, and the time until then is a pause
    is_losable: bool = False  # of a share: something after the stop may undo it
    by_category: bool = False  # the category known at the deadline decides, and there are several
    is_dated: bool = False  # the promise is in force on some days only

    @property
    def has_pauses(self) -> bool:
        """Tell whether anything makes its clocks stand still."""
        return self.is_reopened or self.pause != "none"


def way_of(promise: Promise, *, has_turns: bool, has_spans: bool) -> Way:
    """Return the way of a promise over facts.

    Args:
        promise: of kind clock, share or mean.
        has_turns: something was reopened, paused, or several contacts share a case.
        has_spans: a contact was recategorised.
    """
    is_clock = promise.kind == "clock"
    return Way(
        promise.kind,
        promise.subject,
        calendar=promise.calendar if is_clock else "always",
        pause=promise.pause if is_clock and has_turns else "none",
        is_reopened=is_clock and has_turns and "resolved" in promise.stop.names,
        is_losable=bool(promise.unless),
        by_category=has_spans and hears_category(promise),
        is_dated=promise.valid_from is not None or promise.valid_to is not None,
    )


def hears_category(promise: Promise) -> bool:
    """Tell whether another category would change what a promise says of a contact."""
    return not CATEGORIES.isdisjoint(fields_used(promise))
