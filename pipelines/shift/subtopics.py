"""What analysts make of suggested sub-topics: another name, one of two, out of sight.

Acts of the desk, as those of a shift: nothing is changed or deleted, each act is undone by a later
one. `subject` of these acts is the sub-topic's id. The lake follows in `lake.subtopics`
(`project.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipelines.acts import Act
from pipelines.errors import ActError, nearest
from pipelines.lake.connect import Lake
from pipelines.shift.acts import acts, write
from pipelines.shift.incidents import masked

PREFIX = "subtopic_"
MOST_LETTERS = 80


@dataclass(frozen=True)
class Standing:
    """What acts have made of one sub-topic: its name (None: the machine's), where it counts."""

    given_name: str | None = None
    is_hidden: bool = False
    into: str | None = None


def fold(found: Iterable[Act]) -> dict[str, Standing]:
    """Return the sub-topics acts speak of, by id; acts of other kinds are passed over."""
    made: dict[str, Standing] = {}
    for act in found:
        topic = act.subject
        was = made.get(topic, Standing())
        match act.kind.removeprefix(PREFIX):
            case "renamed":
                made[topic] = replace(was, given_name=act.args["text"] or None)
            case "merged":
                made[topic] = replace(was, into=act.args["into"])
            case "split":
                made[topic] = replace(was, into=None)
            case "hidden" | "shown" as kind:
                made[topic] = replace(was, is_hidden=kind == "hidden")
    return made


def counts_as(topic: str, standing: Mapping[str, Standing]) -> str:
    """Return the sub-topic one counts as: the end of the way of merges it is on.

    >>> counts_as("a", {"a": Standing(into="b"), "b": Standing(into="c")})
    'c'
    """
    into = standing.get(topic, Standing()).into
    return topic if into is None else counts_as(into, standing)


def rename(lake: Lake, who: str, at: datetime, topic: str, name: str) -> None:
    """Give a sub-topic a name; an empty one brings back the machine's.

    Raises:
        ActError: no such sub-topic, the name it has, or one longer than MOST_LETTERS.
    """
    words = masked(lake, name)
    if len(words) > MOST_LETTERS:
        raise ActError("too_long", f"a name has at most {MOST_LETTERS} letters")

    def check(standing: dict[str, Standing]) -> None:
        if (standing.get(topic, Standing()).given_name or "") == words:
            raise ActError("done_already", "it has this name")

    _act(lake, "renamed", who, at, topic, {"text": words}, check)


def merge(lake: Lake, who: str, at: datetime, topic: str, into: str) -> None:
    """Let the contacts of a sub-topic count as those of another one of its category.

    Raises:
        ActError: no such sub-topics, of two categories, merged already, or in a circle.
    """
    if _category(lake, topic) != _category(lake, into):
        raise ActError("not_there", "sub-topics of one category are merged only")

    def check(standing: dict[str, Standing]) -> None:
        if standing.get(topic, Standing()).into is not None:
            raise ActError("done_already", "merged already")
        if counts_as(into, standing) == topic:
            raise ActError("in_a_circle", f"{into} counts as {topic}")

    _act(lake, "merged", who, at, topic, {"into": into}, check)


def split(lake: Lake, who: str, at: datetime, topic: str) -> None:
    """Let a merged sub-topic count for itself again.

    Raises:
        ActError: no such sub-topic, or not merged.
    """

    def check(standing: dict[str, Standing]) -> None:
        if standing.get(topic, Standing()).into is None:
            raise ActError("done_already", "not merged")

    _act(lake, "split", who, at, topic, {}, check)


def hide(lake: Lake, who: str, at: datetime, topic: str) -> None:
    """Take a sub-topic out of the list; its contacts stay counted.

    Raises:
        ActError: no such sub-topic, or hidden already.
    """
    _act(lake, "hidden", who, at, topic, {}, _is_hidden(topic, wanted=False))


def show(lake: Lake, who: str, at: datetime, topic: str) -> None:
    """Bring a hidden sub-topic back into the list.

    Raises:
        ActError: no such sub-topic, or not hidden.
    """
    _act(lake, "shown", who, at, topic, {}, _is_hidden(topic, wanted=True))


def _is_hidden(topic: str, *, wanted: bool) -> Callable[[dict[str, Standing]], None]:
    def check(standing: dict[str, Standing]) -> None:
        if standing.get(topic, Standing()).is_hidden is not wanted:
            raise ActError("done_already", "somebody did so already")

    return check


def _category(lake: Lake, topic: str) -> str:
    known = dict(lake.frame("select topic, category from lake.subtopics").rows())
    if topic not in known:
        raise ActError("not_there", f"no sub-topic '{topic}'{nearest(topic, known)}")
    return str(known[topic])


def _act(
    lake: Lake,
    kind: str,
    who: str,
    at: datetime,
    topic: str,
    args: Mapping[str, Any],
    check: Callable[[dict[str, Standing]], None],
) -> None:
    _category(lake, topic)

    def make(found: list[Act]) -> dict[str, Any]:
        check(fold(found))
        return dict(args)

    # a circle of merges is seen in the acts of all of them
    write(lake.settings, make, kind=PREFIX + kind, who=who, at=at, subject=topic, of_all=True)


def stand(lake: Lake, new: Iterable[Act]) -> None:
    """Bring `lake.subtopics` up to what acts made of the categories that new ones speak of.

    The caller's transaction.
    """
    touched = sorted({a.subject for a in new if a.kind.startswith(PREFIX) and a.subject})
    if not touched:
        return
    topics = lake.frame(
        "select topic from lake.subtopics where category in (select category from lake.subtopics "
        "where list_contains($touched::varchar[], topic))",
        {"touched": touched},
    )["topic"].to_list()
    standing = fold(acts(lake.settings, subjects=topics))
    each = [standing.get(topic, Standing()) for topic in topics]
    lake.con.execute(
        """
        update lake.subtopics as subtopics
        set given_name = made.given_name, is_hidden = made.is_hidden, counts_as = made.counts_as
        from (
            select
                unnest($topics::varchar[]) as topic, unnest($names::varchar[]) as given_name,
                unnest($hidden::boolean[]) as is_hidden, unnest($into::varchar[]) as counts_as
        ) as made
        where subtopics.topic = made.topic
        """,
        {
            "topics": topics,
            "names": [one.given_name for one in each],
            "hidden": [one.is_hidden for one in each],
            "into": [counts_as(topic, standing) for topic in topics],
        },
    )
