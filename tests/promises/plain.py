"""A plain reading of promises.md: the state of every clock at a moment, one contact at a time.

Written to be checked by eye, not to be fast, and from the words alone: nothing of pipelines/ is
used. What a contact is (filters, start, category at the deadline) is read from all that is known
of it; what its clock did is read from what had happened by the moment asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.promises import plain_time
from tests.promises.plain_facts import Contact, Facts, Moment, first, seconds

PAUSE_MAX = timedelta(hours=72)
REOPEN = timedelta(hours=24)
END = datetime.max.replace(tzinfo=plain_time.MOSCOW)


@dataclass(frozen=True)
class Clock:
    """One run of a clock as known at a moment: from its start to its stop, if it stopped."""

    start: datetime
    stop: Moment
    gaps: tuple[plain_time.Span, ...] = ()  # resolved, then open again


class World:
    """All contacts, and the few facts of reference data the reading needs."""

    def __init__(self, contacts: list[Contact], known: dict[str, Any]) -> None:
        self.contacts = contacts
        self.__dict__.update(known)  # sources, teams, skills, classes, class_skills, line_skills…
        self.facts = {c.id: Facts(c, self) for c in contacts}

    def states(self, promise: dict[str, Any], contact: Contact, at: datetime) -> dict[int, str]:
        """Return the state of each clock (by number) of a promise and a contact at a moment."""
        if not self.is_in_base(promise, contact):
            return {}
        found = {}
        for number, clock in self._clocks(promise, contact, at).items():
            is_version = _in_force(promise, clock.start)
            known = self._known_category(promise, contact, number, at)
            if is_version and clock.start <= at and known:
                found[number] = self._state(promise, contact, clock, at)
        return {number: state for number, state in found.items() if state}

    def moments(self, promise: dict[str, Any], contact: Contact) -> set[datetime]:
        """Return the moments at which something happens to a promise of a contact."""
        if not self.is_in_base(promise, contact):
            return set()
        found: set[datetime] = set()
        for clock in self._clocks(promise, contact, END).values():
            due = self.due(promise, contact, clock, END)
            found |= {m for m in (clock.start, due, clock.stop) if m} | {
                edge for gap in clock.gaps for edge in gap
            }
        return found

    def is_in_base(self, promise: dict[str, Any], contact: Contact) -> bool:
        """Tell whether the contact has clocks of this promise, whatever the moment."""
        if not self._applies(promise, contact):
            return False
        if promise.get("subject") == "case":
            case = [c for c in self._unit(promise, contact) if self._applies(promise, c)]
            return contact is min(case, key=lambda c: (c.received_at, c.id))
        return True

    def _applies(self, promise: dict[str, Any], contact: Contact) -> bool:
        if contact.header["source"] == "bare" and promise["id"] not in self.bare_knows:
            return False
        if promise.get("subject") != "exchange" and self._start(promise, contact) is None:
            return False
        # at its end, and as it was known before it was reopened
        marks = [m for c in self._unit(promise, contact) for m in c.at("resolved")]
        return any(
            self._known_category(promise, contact, number, at)
            for at in (END, *marks) for number in self._clocks(promise, contact, at)
        )  # fmt: skip

    def _known_category(
        self, promise: dict[str, Any], contact: Contact, number: int, at: datetime
    ) -> bool:
        """Tell whether the filter holds with the category known at the clock's deadline.

        A clock that was resolved and went on had a deadline before, of what was known by then.
        """
        clock = self._clocks(promise, contact, at).get(number)
        if clock is None:
            return False
        later = [m for m, mark in self._marks(promise, contact) if mark == 0 and m > at]
        if clock.stop is None and later and promise.get("stop") == ["resolved"]:
            clock = self._clocks(promise, contact, min(later))[number]
        deadline = self.due(promise, contact, clock, END)
        if promise["kind"] == "mean":
            deadline = clock.stop and max(clock.start, clock.stop)
        return self.facts[contact.id].holds(promise.get("applies", {}), deadline)

    def _start(self, promise: dict[str, Any], contact: Contact) -> Moment:
        facts, start = self.facts[contact.id], promise["start"]
        if isinstance(start, dict):
            ((pick, names),) = start.items()
            moments = [m for m in map(facts.moment, names) if m is not None]
            return {"earliest": min, "latest": max}[pick](moments, default=None)
        return next((m for m in map(facts.moment, start) if m is not None), None)

    def _clocks(self, promise: dict[str, Any], c: Contact, at: datetime) -> dict[int, Clock]:
        """Return the clocks that were known at a moment, by number."""
        if promise.get("subject") == "exchange":
            return dict(enumerate(self._exchanges(c, at), 1))
        start = self._start(promise, c)
        assert start is not None
        stops = promise.get("stop", [])
        if promise["kind"] == "clock" and stops == ["resolved"]:
            return self._reopened(promise, c, start, at)
        names = [s if isinstance(s, dict) else {s: "P4000D"} for s in stops]
        moments = [
            m for item in names for name, limit in item.items()
            if (m := self.facts[c.id].moment(name)) is not None
            and m <= start + timedelta(seconds=seconds(limit)) and m <= at
        ]  # fmt: skip
        return {1: Clock(start, first(*moments))}

    def _exchanges(self, contact: Contact, at: datetime) -> Iterable[Clock]:
        """Each message of a citizen that follows an operator's, and the operator's next one."""
        said = [e for e in contact.events if e["kind"] in ("message_in", "message_out")]
        for n, message in enumerate(said):
            if n and message["kind"] == "message_in" and said[n - 1]["kind"] == "message_out":
                answers = [e["event_at"] for e in said[n:] if e["kind"] == "message_out"]
                yield Clock(message["event_at"], first(*(m for m in answers[:1] if m <= at)))

    def _unit(self, promise: dict[str, Any], contact: Contact) -> list[Contact]:
        """Return the contacts whose events are this clock's: its own, or those of its case."""
        case = contact.header.get("case_number")
        if promise.get("subject") != "case" or case is None:
            return [contact]
        return [c for c in self.contacts if c.header.get("case_number") == case]

    def _reopened(
        self, promise: dict[str, Any], contact: Contact, start: datetime, at: datetime
    ) -> dict[int, Clock]:
        clocks, clock = {}, Clock(start, None)
        for moment, mark in self._marks(promise, contact):
            if moment > at:
                break
            if mark == 0 and clock.stop is None:
                clock = Clock(clock.start, moment, clock.gaps)
            elif mark == 1 and clock.stop is not None:
                if moment - clock.stop <= REOPEN:
                    clock = Clock(clock.start, None, (*clock.gaps, (clock.stop, moment)))
                else:
                    clocks[len(clocks) + 1] = clock
                    clock = Clock(moment, None)
        return {**clocks, len(clocks) + 1: clock}

    def _marks(self, promise: dict[str, Any], contact: Contact) -> list[tuple[datetime, int]]:
        """Return when the contact or its case was resolved (0) and reopened (1)."""
        return sorted(
            (moment, mark) for c in self._unit(promise, contact)
            for mark, kind in ((0, "resolved"), (1, "reopened"))
            for moment in c.at(kind)
            if c is contact or moment >= contact.received_at
        )  # fmt: skip

    def due(self, promise: dict[str, Any], c: Contact, clock: Clock, at: datetime) -> Moment:
        """Return when a clock is due; when a share is ripe; nothing for a mean."""
        if promise["kind"] == "share":
            ripe_s = seconds(promise.get("matures_after", "PT0S"))
            return clock.start + timedelta(seconds=ripe_s)
        if promise["kind"] == "mean":
            return None
        target = promise["target"] if isinstance(promise["target"], list) else [promise["target"]]
        named = c.header.get(target[0])
        if target[0] in ("due_at", "callback_due_at") and (named or len(target) == 1):
            return named
        pauses = list(clock.gaps)
        if promise.get("pause") == "waiting_for_citizen":
            pauses += self._waits(promise, c, at)
        pauses = [
            (max(a, clock.start), min(b, max(clock.stop or b, clock.start))) for a, b in pauses
            if b > clock.start and (clock.stop is None or a < clock.stop)
        ]  # fmt: skip
        calendar, line = promise.get("calendar", "always"), c.header["line"]
        hours = self.hours.get(line if calendar == "staffed" else calendar, {})
        if calendar == "staffed" and not hours:
            calendar = "always"
        spans = plain_time.open_spans(calendar, hours, clock.start)
        return plain_time.due(clock.start, seconds(target[-1]), spans, plain_time.merged(pauses))

    def _waits(self, promise: dict[str, Any], contact: Contact, at: datetime) -> list[Any]:
        """From a question to the citizen's next word on any channel, 72 hours at most."""
        unit = self._unit(promise, contact)
        people = {c.header["citizen_key"] for c in unit if c.header.get("citizen_key")}
        words = [m for c in unit for m in c.at("citizen_replied", "message_in")]
        for other in self.contacts:
            if other.header.get("citizen_key") in people:
                words += [*other.at("citizen_replied", "message_in"), other.received_at]
        asked = [m for c in unit for m in c.at("waiting_for_citizen") if m <= at]
        return [(m, min([w for w in words if m < w <= at] + [m + PAUSE_MAX])) for m in asked]

    def _state(
        self, promise: dict[str, Any], contact: Contact, clock: Clock, at: datetime
    ) -> str | None:
        facts, due = self.facts[contact.id], self.due(promise, contact, clock, at)
        stop = clock.stop and max(clock.stop, clock.start)
        if promise["kind"] == "mean":
            return "met" if stop else None
        if promise["kind"] == "share":
            return self._share(promise, facts, clock, at)
        if due is None:  # nobody named a time
            return None
        gone = [facts.moment(name) for name in promise.get("cancel_on", [])]
        on_abandon = promise.get("on_abandon", "cancel")
        left = facts.moment("closed" if promise.get("subject") == "exchange" else "left")
        gone_at = first(*gone, left if on_abandon == "cancel" else None)
        failed_at = left if on_abandon == "breach" else None
        away = first(gone_at, failed_at)
        away = away if away and away <= at else None
        if stop and (away is None or clock.stop <= away):
            return "met" if stop <= due else "breached"
        if away:
            is_cancelled = away == gone_at and away != failed_at and max(away, clock.start) <= due
            return "cancelled" if is_cancelled else "breached"
        return "overdue" if due < at else "running"

    def _share(self, promise: dict[str, Any], facts: Facts, clock: Clock, at: datetime) -> str:
        ripe = self.due(promise, facts.c, clock, at)
        assert ripe is not None
        lost = [facts.moment(name) for name in promise.get("unless", [])]
        is_lost = any(m and clock.start < m <= min(ripe, at) for m in lost)
        has = facts.holds(promise.get("property", {}), ripe) and (
            clock.stop is not None or not promise.get("stop")
        )
        # a property that can still be lost is certain only when it is ripe
        if has and not is_lost and (not promise.get("unless") or at >= ripe):
            return "met"
        return "breached" if at > ripe else "running"


def _in_force(promise: dict[str, Any], start: datetime) -> bool:
    def midnight(day: date) -> datetime:
        return plain_time.local(day, "00:00")

    begins, ends = promise.get("valid_from"), promise.get("valid_to")
    return not (begins and start < midnight(begins)) and not (ends and start >= midnight(ends))
