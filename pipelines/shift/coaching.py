"""Coaching of operators: notes, what was agreed and by when, the operator's answers; desk acts.

Nothing is changed or deleted, and the operator reads all that is written about them. What help did
is measured since the day an agreed action was done (`pipelines/operators/effects.py`).
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pipelines.acts import Act
from pipelines.errors import ActError, nearest
from pipelines.lake.connect import Lake
from pipelines.operators.effects import TOLD
from pipelines.reviews.reviewing import is_reviewer, not_oneself
from pipelines.shift.acts import write
from pipelines.shift.incidents import masked


@dataclass(frozen=True)
class Coaching:
    """One entry: agreed (due_on is given) or a note. `done_on` None: not done yet."""

    coaching_id: str
    operator_id: str
    is_agreed: bool
    done_on: date | None = None
    is_dropped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something agreed is still to be done."""
        return self.is_agreed and self.done_on is None and not self.is_dropped


def fold(acts: Iterable[Act]) -> dict[str, Coaching]:
    """Return the entries of acts in their order, by id; acts of other kinds are passed over."""
    found: dict[str, Coaching] = {}
    for act in acts:
        coaching_id = act.subject
        if act.kind in ("coaching_agreed", "coaching_noted"):
            found[coaching_id] = Coaching(
                coaching_id, act.args["operator_id"], act.kind == "coaching_agreed"
            )
        elif coaching_id not in found:
            continue
        elif act.kind == "coaching_done":
            done_on = date.fromisoformat(act.args["done_on"])
            found[coaching_id] = replace(found[coaching_id], done_on=done_on)
        elif act.kind == "coaching_dropped":
            found[coaching_id] = replace(found[coaching_id], is_dropped=True)
    return found


def agree(
    lake: Lake,
    who: str,
    at: datetime,
    operator_id: str,
    *,
    text: str,
    due_on: date,
    component: str | None = None,
    category: str | None = None,
) -> str:
    """Write what was agreed with an operator, and return its id.

    Args:
        component, category: what it is to better; its effect is measured there. None: no effect
            is measured, or that of all categories.

    Raises:
        ActError: not a reviewer, oneself, an unknown operator, component or category, one of
            another team, no text, or a date that has passed.
    """
    words = _may_write(lake, who, operator_id, text)
    if component is not None and component not in TOLD:
        raise ActError("unknown", f"unknown component '{component}'{nearest(component, TOLD)}")
    if due_on < _today(lake, at):
        raise ActError("past_date", f"{due_on} has passed")
    args = {"operator_id": operator_id, "text": words, "due_on": due_on.isoformat()}
    args |= {"component": component, "category": category}  # type: ignore[dict-item]
    return _open(lake, "coaching_agreed", who, at, args)


def note(lake: Lake, who: str, at: datetime, operator_id: str, text: str) -> str:
    """Write a note about an operator, who reads it too; return its id.

    Raises:
        ActError: as `agree`.
    """
    words = _may_write(lake, who, operator_id, text)
    return _open(lake, "coaching_noted", who, at, {"operator_id": operator_id, "text": words})


def finish(lake: Lake, who: str, at: datetime, coaching_id: str, done_on: date) -> None:
    """Write that what was agreed is done: its effect is measured from the day after.

    Raises:
        ActError: not a reviewer, no such entry, done or dropped already, a day that has not come.
    """
    if done_on > _today(lake, at):
        raise ActError("in_future", f"{done_on} is later than today")
    _act(lake, "coaching_done", who, at, coaching_id, {"done_on": done_on.isoformat()}, _is_open)


def drop(lake: Lake, who: str, at: datetime, coaching_id: str, reason: str) -> None:
    """Write that what was agreed will not be done, and why.

    Raises:
        ActError: as `finish`; or no reason.
    """
    _act(lake, "coaching_dropped", who, at, coaching_id, {"text": _text(lake, reason)}, _is_open)


def add(lake: Lake, who: str, at: datetime, coaching_id: str, text: str) -> None:
    """Add a line to an entry, done or not.

    Raises:
        ActError: not a reviewer, no such entry, one about oneself, no text.
    """
    _act(lake, "coaching_added", who, at, coaching_id, {"text": _text(lake, text)})


def answer(
    lake: Lake, who: str, at: datetime, coaching_id: str, operator_id: str, text: str
) -> None:
    """Answer as the operator an entry is about.

    Args:
        operator_id: of the person who looks, never chosen by them.

    Raises:
        ActError: no text, or an entry about somebody else.
    """
    words = _text(lake, text)

    def make(acts: list[Act]) -> dict[str, Any]:
        found = fold(acts).get(coaching_id)
        if found is None or not operator_id or found.operator_id != operator_id:
            raise ActError("not_yours", "not about this operator")
        return {"text": words}

    write(lake.settings, make, kind="coaching_answered", who=who, at=at, subject=coaching_id)


def _open(lake: Lake, kind: str, who: str, at: datetime, args: dict[str, Any]) -> str:
    coaching_id = f"k-{uuid.uuid4().hex[:8]}"
    write(lake.settings, lambda _: args, kind=kind, who=who, at=at, subject=coaching_id)
    return coaching_id


def _may_write(lake: Lake, who: str, operator_id: str, text: str) -> str:
    words = _text(lake, text)
    _may_coach(lake, who, operator_id)
    known: dict[str, object] = {"operator": operator_id}
    if not (
        lake.has("lake.operators where operator_id = $operator", known)
        or lake.has("lake.operator_scores where operator_id = $operator", known)
    ):
        raise ActError("not_there", f"no operator '{operator_id}'")
    return words


def _may_coach(lake: Lake, who: str, operator_id: str) -> None:
    is_reviewer(lake.reference, who)
    not_oneself(lake.reference, who, operator_id)
    teams = lake.reference.people[who].teams
    if teams and not lake.has(
        "lake.operators where operator_id = $operator and list_contains($teams, team)",
        {"operator": operator_id, "teams": list(teams)},
    ):
        raise ActError("not_there", f"no operator '{operator_id}' of: {', '.join(teams)}")


def _text(lake: Lake, text: str) -> str:
    words = masked(lake, text)
    if not words:
        raise ActError("no_text", "write something")
    return words


def _is_open(found: Coaching) -> None:
    if not found.is_open:
        raise ActError("done_already", "nothing of it is to be done any more")


def _act(
    lake: Lake,
    kind: str,
    who: str,
    at: datetime,
    coaching_id: str,
    args: dict[str, Any],
    check: Callable[[Coaching], None] = lambda _: None,
) -> None:
    is_reviewer(lake.reference, who)

    def make(acts: list[Act]) -> dict[str, Any]:
        found = fold(acts).get(coaching_id)
        if found is None:
            raise ActError("not_there", f"no entry '{coaching_id}'")
        _may_coach(lake, who, found.operator_id)
        check(found)
        return args

    write(lake.settings, make, kind=kind, who=who, at=at, subject=coaching_id)


def _today(lake: Lake, at: datetime) -> date:
    return at.astimezone(lake.settings.tz).date()
