"""Where the category of one contact came from, and the sub-topic its text suggests."""

from collections.abc import Mapping
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import run

_SQL = """
with
guess as (
    select state, category, confidence, version, guessed_at from lake.category_guesses
    where contact_id = $id and received_date = $day
),

decision as (
    select decided_at, who, was, was_source from lake.category_decisions
    where contact_id = $id order by seq desc limit 1
),

topic as (
    select coalesce(t.given_name, t.name) as subtopic, t.given_name is null as is_suggested
    from lake.subtopic_guesses as g
    inner join lake.subtopics as own on g.topic = own.topic
    inner join lake.subtopics as t on own.counts_as = t.topic
    where g.contact_id = $id and g.received_date = $day and g.category = $category
        and not t.is_hidden
)

select
    guess.state, guess.category as guessed, guess.confidence, guess.version, guess.guessed_at,
    decision.decided_at, decision.who, decision.was, decision.was_source,
    topic.subtopic, topic.is_suggested
from (select 1) as one
left join guess on true
left join decision on true
left join topic on true
"""
_SAID = {
    "model": ("confidence", "version", "guessed_at"),
    "analyst": ("decided_at", "who", "was", "was_source"),
    "unsure": ("guessed", "confidence", "version"),
    "contradicted": ("guessed", "confidence", "version"),
}


def category_from(lake: Lake, header: Mapping[str, Any]) -> dict[str, Any]:
    """Tell where a contact's category came from.

    Args:
        header: the contact's row of lake.contacts.

    Returns:
        how: recorded (by its log), contradicted (recorded, and its text says otherwise), model,
        analyst, unsure (the model was not sure enough), unseen (it has a text no model has looked
        at), no_text; and of these: first_category (what the log had said before it said otherwise),
        guessed, confidence (0-1), version, guessed_at of the model; who, decided_at, was,
        was_source of the analyst's last decision; else null. subtopic (name; null: none is known or
        it is hidden), is_suggested (no analyst named it).
    """
    params = {"id": header["contact_id"], "day": header["received_date"]}
    found = run(lake, _SQL, params | {"category": header["category"]}).row(0, named=True)
    how = _how(header, found)
    names = {name for known in _SAID.values() for name in known}
    return {
        "how": how,
        "first_category": header["first_category"] if how in ("recorded", "contradicted") else None,
        **{name: found[name] if name in _SAID.get(how, ()) else None for name in sorted(names)},
        "subtopic": found["subtopic"],
        "is_suggested": found["is_suggested"],
    }


def _how(header: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    if header["category_source"] in ("model", "analyst"):
        return str(header["category_source"])
    if header["category"] is not None:
        is_other = found["state"] == "contradicted" and found["guessed"] != header["category"]
        return "contradicted" if is_other else "recorded"
    if header["text"] is None:
        return "no_text"
    return "unsure" if found["state"] == "undetermined" else "unseen"
