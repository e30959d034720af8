"""The acts of a shift: of its outages, of the register of actions, of weeks, topics, coaching."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipelines.acts import Act, Log, New
from pipelines.settings import Settings

# of an incident, in the order they may come; `note` and `handover` need none; of weeks there are
# those of decisions.py besides
KINDS = (
    "opened", "changed", "complex", "announced", "silenced", "restored", "resumed", "withdrawn",
    "notified", "note", "handover",
    # of the register of actions (actions.py); their subject is the id of the action
    "action_opened", "action_done", "action_dropped", "action_note",
    # of sub-topics of categories (subtopics.py); their subject is the id of the sub-topic
    "subtopic_renamed", "subtopic_merged", "subtopic_split", "subtopic_hidden", "subtopic_shown",
    # of coaching (coaching.py); their subject is the id of the entry
    "coaching_agreed", "coaching_noted", "coaching_done", "coaching_dropped", "coaching_added",
    "coaching_answered",
)  # fmt: skip
LOG = Log("acts", "incident_id")
acts = LOG.acts


def write(
    settings: Settings,
    make: Callable[[list[Act]], dict[str, Any]],
    *,
    kind: str,
    who: str,
    at: datetime,
    subject: str,
    of_all: bool = False,
) -> None:
    """Write one act under the lock of the desk.

    Args:
        make: gets the acts so far (of the subject, or `of_all`); returns the args of the new one.
            An error of its own is raised and nothing is written.
        kind: of KINDS; who: the profile; at: product time; subject: "": the shift itself.
    """
    LOG.write(
        settings,
        lambda found: [New(kind, subject, make(found))],
        who=who,
        at=at,
        subjects=None if of_all else [subject] if subject else [],
    )
