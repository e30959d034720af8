"""The register of actions against problems: what is done, by whom, by when; acts of the desk.

An action is opened with its topic, owner and date, then done since a day or dropped; notes may be
added. Nothing is changed or deleted. `pipelines.metrics.actions` holds its effect.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pipelines.acts import Act
from pipelines.errors import ActError, nearest
from pipelines.lake.connect import Lake
from pipelines.shift.acts import write
from pipelines.shift.incidents import choices, masked


@dataclass(frozen=True)
class Action:
    """One action; `done_on` None: not done yet. Texts are masked."""

    action_id: str
    opened_at: datetime
    opened_by: str
    category: str
    text: str
    owner: str
    due_on: date
    done_on: date | None = None
    is_dropped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.done_on is None and not self.is_dropped


def fold(acts: Iterable[Act]) -> dict[str, Action]:
    """Return the actions of acts in their order, by id; acts of other kinds are passed over."""
    found: dict[str, Action] = {}
    for act in acts:
        action_id = act.subject
        if act.kind == "action_opened":
            found[action_id] = Action(
                action_id=action_id,
                opened_at=act.acted_at,
                opened_by=act.who,
                category=act.args["category"],
                text=act.args["text"],
                owner=act.args["owner"],
                due_on=date.fromisoformat(act.args["due_on"]),
            )
        elif action_id not in found:
            continue
        elif act.kind == "action_done":
            done_on = date.fromisoformat(act.args["done_on"])
            found[action_id] = replace(found[action_id], done_on=done_on)
        elif act.kind == "action_dropped":
            found[action_id] = replace(found[action_id], is_dropped=True)
    return found


def open_action(
    lake: Lake, who: str, at: datetime, *, category: str, text: str, owner: str, due_on: date
) -> str:
    """Write a new action and return its id.

    Raises:
        ActError: an unknown category, no text, no owner, or a date that has passed.
    """
    known = choices(lake)["category"]
    if category not in known:
        raise ActError("unknown", f"unknown category '{category}'{nearest(category, known)}")
    words, whose = masked(lake, text), masked(lake, owner)
    if not words:
        raise ActError("no_text", "say what is to be done")
    if not whose:
        raise ActError("no_owner", "say who answers for it")
    if due_on < _today(lake, at):
        raise ActError("past_date", f"{due_on} has passed")
    action_id = uuid.uuid4().hex[:8]
    args = {"category": category, "text": words, "owner": whose, "due_on": due_on.isoformat()}
    write(lake.settings, lambda _: args, kind="action_opened", who=who, at=at, subject=action_id)
    return action_id


def finish(lake: Lake, who: str, at: datetime, action_id: str, done_on: date) -> None:
    """Write that an action works since a day: its effect is measured from that day on.

    Raises:
        ActError: no such action, done or dropped already, or a day that has not come.
    """
    if done_on > _today(lake, at):
        raise ActError("in_future", f"{done_on} is later than today")
    _act(lake, "action_done", who, at, action_id, {"done_on": done_on.isoformat()})


def drop(lake: Lake, who: str, at: datetime, action_id: str, reason: str) -> None:
    """Write that an action will not be done, and why.

    Raises:
        ActError: no such action, done or dropped already, or no reason.
    """
    words = masked(lake, reason)
    if not words:
        raise ActError("no_text", "say why")
    _act(lake, "action_dropped", who, at, action_id, {"text": words})


def note(lake: Lake, who: str, at: datetime, action_id: str, text: str) -> None:
    """Add a note to an action, open or not.

    Raises:
        ActError: no such action, or no text.
    """
    words = masked(lake, text)
    if not words:
        raise ActError("no_text", "write something")
    _act(lake, "action_note", who, at, action_id, {"text": words}, check=lambda _: None)


def _is_open(action: Action) -> None:
    if not action.is_open:
        raise ActError("done_already", "done or dropped already")


def _act(
    lake: Lake,
    kind: str,
    who: str,
    at: datetime,
    action_id: str,
    args: Mapping[str, Any],
    check: Callable[[Action], None] = _is_open,
) -> None:
    def make(acts: list[Act]) -> dict[str, Any]:
        action = fold(acts).get(action_id)
        if action is None:
            raise ActError("not_there", f"no action '{action_id}'")
        check(action)
        return dict(args)

    write(lake.settings, make, kind=kind, who=who, at=at, subject=action_id)


def _today(lake: Lake, at: datetime) -> date:
    return at.astimezone(lake.settings.tz).date()
