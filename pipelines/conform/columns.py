"""Every column of every canonical log and what it becomes; docs/events.md is made of it."""

from pipelines.conform.cdr import CDR
from pipelines.conform.columns_calls import CALLS
from pipelines.conform.columns_chats import CHATS, FEEDBACK, MESSAGES
from pipelines.conform.columns_events import EVENTS
from pipelines.conform.mapping import Column, Event
from pipelines.conform.people import JOURNAL, OPERATORS

COLUMNS: dict[str, tuple[Column, ...]] = {
    "calls": CALLS,
    "chats": CHATS,
    "feedback": FEEDBACK,
    "operators": OPERATORS,
    "journal": JOURNAL,
    "cdr": CDR,
    "events": EVENTS,
}
_OF_MESSAGES: dict[str, tuple[Event, ...]] = {"messages": MESSAGES}


def kinds_of(dataset: str, column: Column) -> tuple[str, ...]:
    """Return the event kinds a column makes, those of the single messages of a chat included."""
    single = _OF_MESSAGES.get(column.name, ()) if dataset == "chats" else ()
    return (*column.kinds, *dict.fromkeys(event.kind for event in single))


def made_kinds(dataset: str) -> frozenset[str]:
    """Return every event kind the columns of a wide log make."""
    return frozenset(kind for column in COLUMNS[dataset] for kind in kinds_of(dataset, column))
