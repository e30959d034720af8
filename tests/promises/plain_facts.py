"""What is known of a contact, read off its rows one at a time: moments, fields, conditions.

Words are those of promises.md and docs/promises.md; nothing of pipelines/ is used.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

NEVER = None
Moment = datetime | None


def first(*moments: Moment) -> Moment:
    """Return the earliest moment that exists."""
    return min((m for m in moments if m is not None), default=None)


def seconds(text: str) -> int:
    """Return an ISO 8601 duration in seconds."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    assert found is not None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


@dataclass(eq=False)
class Contact:
    """One contact: header, events in the order they happened, legs."""

    header: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)
    legs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id."""
        return self.header["contact_id"]

    @property
    def received_at(self) -> datetime:
        """When it came."""
        return self.header["received_at"]

    def at(self, *kinds: str) -> list[datetime]:
        """Return the times of events of these kinds."""
        return [e["event_at"] for e in self.events if e["kind"] in kinds]


class Facts:
    """Everything a promise may ask of one contact."""

    def __init__(self, contact: Contact, world: "Any") -> None:
        self.c, self.world = contact, world

    def moment(self, name: str) -> Moment:
        """Return the first time of a moment."""
        found = self._moments.get(name, self._moments)
        if found is self._moments:
            found = first(*self.c.at(name))
        return found

    @cached_property
    def _moments(self) -> dict[str, Moment]:
        c, knows = self.c, self.world.sources[self.c.header["source"]]
        legs = c.legs
        answered = first(*c.at("answered"), *(leg.get("answered_at") for leg in legs))
        abandoned = first(
            *c.at("abandoned"),
            *(leg.get("left_at") for leg in legs if leg.get("left_as") == "abandoned"),
        )
        said, told = first(*c.at("message_out")), first(*c.at("first_response"))
        called = first(*c.at("callback_made"))
        called_in = first(*c.at("specialist_contacted"))
        found: dict[str, Moment] = {
            "received": c.received_at,
            "queued": first(*c.at("queued"), *(leg.get("queued_at") for leg in legs)),
            "answered": answered,
            "abandoned": abandoned,
            "operator_message": said,
            "human_response": first(told, answered, said, called),
            "first_response": told,
            "specialist_contacted": called_in,
        }
        if "first_response" not in knows and told is None:
            found["first_response"] = first(answered, said, called)
        if "specialist_contacted" not in knows and called_in is None:
            found["specialist_contacted"] = first(called, answered, said)
        found["closed"] = self._closed(knows, abandoned)
        found["left"] = self._left(found)
        found["confirmation_email"] = self._confirmed_by_mail()
        return found | self._others()

    def _closed(self, knows: set[str], abandoned: Moment) -> Moment:
        c = self.c
        resolved, replied = first(*c.at("resolved")), first(*c.at("replied"))
        if c.at("ended"):
            return first(*c.at("ended"))
        if c.header["channel"] == "portal":
            return replied or resolved
        if "ended" in knows:
            return NEVER
        last = [leg.get("left_at") for leg in c.legs] + [resolved, replied, abandoned]
        return max((m for m in last if m is not None), default=None)

    def _left(self, found: dict[str, Moment]) -> Moment:
        c = self.c
        if found["abandoned"] is not None:
            return found["abandoned"]
        unserved = found["human_response"] is None and not c.at("self_served")
        gone = c.header["channel"] == "chat" or c.header.get("outcome") in (
            "abandoned",
            "abandoned_menu",
        )
        return first(*c.at("ended")) if unserved and gone else NEVER

    def _confirmed_by_mail(self) -> Moment:
        sent = [e for e in self.c.events if e["kind"] == "confirmation_sent"]
        by_mail = first(*(e["event_at"] for e in sent if "mail" in (e.get("value") or "")))
        if by_mail is None and "mail" in (self.c.header.get("confirmation_channel") or ""):
            return first(*(e["event_at"] for e in sent))
        return by_mail

    def _others(self) -> dict[str, Moment]:
        """Moments that need other contacts, or who answered."""
        c, mine = self.c, self.c.header
        transferred = first(*c.at("transferred"))
        answers = [(leg["answered_at"], leg.get("operator_id"), leg["line"]) for leg in c.legs
                   if leg.get("answered_at")]  # fmt: skip
        answers += [(e["event_at"], e.get("operator_id"), "") for e in c.events
                    if e["kind"] in ("answered", "callback_made")]  # fmt: skip
        reserve = [at for at, who, line in answers
                   if line == "reserve" or self.world.teams.get(who) == "reserve"]  # fmt: skip
        later = [n for n in self.world.contacts if n.received_at > c.received_at
                 and n.header.get("citizen_key") == mine.get("citizen_key") is not None
                 and n.header.get("parent_contact_id") is None]  # fmt: skip
        children = [n for n in self.world.contacts if n.header.get("parent_contact_id") == c.id]
        return {
            "transfer_answered": self._answered_after(transferred),
            "reserve_answered": first(*reserve),
            "repeat": first(
                *(n.received_at for n in later
                  if n.header.get("category") == mine.get("category") is not None)
            ),
            "redial": first(
                *(n.received_at for n in later if n.header["channel"] == "phone"
                  and transferred and n.received_at > transferred)
            ),
            "child_answered": first(
                *(m for n in children
                  for m in [*n.at("answered"), *(leg.get("answered_at") for leg in n.legs)])
            ),
        }  # fmt: skip

    def _answered_after(self, transferred: Moment) -> Moment:
        """The next answer after the transfer: in a later leg, or told after it."""
        if transferred is None:
            return NEVER
        told = [e["kind"] for e in self.c.events].index("transferred")
        events = [e["event_at"] for e in self.c.events[told:] if e["kind"] == "answered"]
        legs = [leg["answered_at"] for leg in self.c.legs if leg.get("answered_at")
                and leg["answered_at"] >= transferred
                and (leg["leg"] > 1 or leg["answered_at"] > transferred)]  # fmt: skip
        return first(*events, *legs)

    def fields(self, deadline: Moment = None) -> dict[str, Any]:
        """Return the fields, the category being the one known at a deadline."""
        found = {**self._fields, "category": self.category_at(deadline)}
        found["class"] = self.world.classes.get(found["category"])
        skill = self.world.class_skills.get(found["class"])
        skills = self.world.skills.get(found["first_operator"])
        found["has_skill"] = None if skills is None or skill is None else skill in skills
        return found

    def category_at(self, deadline: Moment) -> str | None:
        """Return the category known at a moment."""
        changes = [e for e in self.c.events if e["kind"] == "recategorised"]
        if not changes or deadline is None:
            return self.c.header.get("category")
        known = self.c.header.get("first_category")
        for change in changes:
            if change["event_at"] <= deadline:
                known = change["value"]
        return known

    @cached_property
    def _fields(self) -> dict[str, Any]:
        c, m, head = self.c, self._moments, self.c.header
        called, other = first(*c.at("callback_made")), (
            first(*c.at("first_response")), m["answered"], m["operator_message"],
        )  # fmt: skip
        is_served = bool(c.at("replied")) or (
            m["human_response"] is not None
            and not (called and head.get("callback_result") == "attempted" and not any(other))
        )
        knows = self.world.sources[head["source"]]
        holds = [leg["hold_s"] for leg in c.legs if leg.get("hold_s") is not None]
        silent = 0 if not c.at("hold_started") and knows & {"hold_s", "hold_started"} else None
        answers = sorted((leg["answered_at"], leg["operator_id"]) for leg in c.legs
                         if leg.get("answered_at"))  # fmt: skip
        first_operator = answers[0][1] if answers else head.get("operator_id")
        skills = self.world.skills.get(first_operator)
        language = head.get("language")
        return {
            **{k: head.get(k) for k in self.world.columns},
            "is_served": is_served,
            "hold_s": sum(holds) if holds else silent,
            "n_transfers": len(c.at("transferred")),
            "is_short_abandon": m["abandoned"] is not None and m["answered"] is None
            and (m["abandoned"] - (m["queued"] or m["abandoned"])).total_seconds() < 10,
            "is_transferred_to_other_skill": bool(c.at("transferred")) and self._is_other_skill(),
            "first_operator": first_operator,
            "speaks_english": None if skills is None else "en" in skills,
            "needs_interpreter": None if language is None else language not in ("ru", "en"),
            "has_due": head.get("due_at") is not None,
        }  # fmt: skip

    def _is_other_skill(self) -> bool:
        to = self.c.header.get("transferred_to")
        if to is None:
            to = next((leg["line"] for n, leg in enumerate(self.c.legs, 1) if n > 1), None)
        skills = self.world.line_skills
        return to is None or skills.get(to, to) != skills.get(self.c.header["line"])

    def holds(self, condition: dict[str, Any], deadline: Moment = None) -> bool:
        """Tell whether a condition of promises.yml holds; unknown fields are false."""
        return all(self._part(name, value, deadline) for name, value in condition.items())

    def _part(self, name: str, value: Any, deadline: Moment) -> bool:
        if name == "all":
            return all(self.holds(part, deadline) for part in value)
        if name == "any":
            return any(self.holds(part, deadline) for part in value)
        if name == "not":
            return not self.holds(value, deadline)
        if name in ("has", "lacks"):
            return (name == "has") == any(self.moment(m) is not None for m in value)
        if name == "within":
            moment, of = self.moment(value["moment"]), self.moment(value["of"])
            limit = timedelta(seconds=seconds(value.get("limit", "PT0S")))
            return moment is not None and of is not None and moment <= of + limit
        return _compared(self.fields(deadline)[name], value)


def _compared(known: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return known is not None and known in (wanted if isinstance(wanted, list) else [wanted])
    tests = {
        "not": lambda v: known is not None and known not in (v if isinstance(v, list) else [v]),
        "known": lambda v: (known is not None) == v,
        "at_most": lambda v: known is not None and known <= v,
        "at_least": lambda v: known is not None and known >= v,
        "less_than": lambda v: known is not None and known < v,
        "more_than": lambda v: known is not None and known > v,
    }
    return all(tests[word](value) for word, value in wanted.items())
