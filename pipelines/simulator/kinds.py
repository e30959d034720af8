"""Words of the event loop: kinds of its events, states of a stay, what it hands back."""

from dataclasses import dataclass
from math import inf

# kinds of events in the heap; at the same instant the lower goes first
ON, RESUME, FREE, REST, ENTER, RETRY, TRANSFER, TASK, OFFER, OVERFLOW, PATIENCE, OFF = range(12)
WAITING, RINGING, TALKED, ABANDONED, FLOWED_OUT, CALLBACK = range(6)


@dataclass(slots=True)
class Stay:
    """One stay of one contact in one queue. `left_s` is the end of the talk, or when they left."""

    contact: int
    line: int
    queued_s: float
    state: int = WAITING
    answered_s: float = inf
    left_s: float = inf
    operator: int = -1
    rang_out: int = 0
    rang_by: int = -1  # whose workplace rang out
    ring_s: float = 0.0  # of the operator who answered
    talk_s: float = 0.0
    wrap_s: float = 0.0
    transferred_s: float = inf  # handed over at once to an idle expert, in the same stay
    transferred_to: int = -1
    taken_s: float = inf
    taker: int = -1
    place: int = -1
    leg: int = 1
    index: int = 0


@dataclass(slots=True)
class Task:
    """A call the hotline owes: a callback asked for, or the check of a ticket made off hours."""

    contact: int
    line: int
    ready_s: float
    due_s: float
    is_ticket: bool
    made_s: float = inf
    operator: int = -1
    reached: bool = False
