"""The world: people, staff and what one day leaves to the next, run day by day.

What is carried on (operators still busy, forms still queued, citizens who will come back) is JSON,
so live traffic can go on exactly where a simulated history ends.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulator import day as one_day
from pipelines.simulator import incidents, tables
from pipelines.simulator.call_rows import calls
from pipelines.simulator.course import FORM, course
from pipelines.simulator.expected import Mix, mix
from pipelines.simulator.identifiers import identifiers
from pipelines.simulator.outcome import outcome
from pipelines.simulator.parameters import DAY_S, parameters
from pipelines.simulator.population import population
from pipelines.simulator.portal import Desk, replies
from pipelines.simulator.returns import Returns, come_back
from pipelines.simulator.scene import Scene
from pipelines.simulator.staff import staff


@dataclass(frozen=True)
class Logs:
    """One day's rows of every log; times are epoch seconds. `messages.chat` is a row of `chats`."""

    date: date
    midnight_s: float
    calls: pl.DataFrame
    chats: pl.DataFrame
    messages: pl.DataFrame
    feedback: pl.DataFrame
    journal: pl.DataFrame
    operators: pl.DataFrame
    n_citizens: frozenset[int]
    n_come_back: int
    n_redials: int
    incidents: tuple[incidents.Incident, ...]
    mix: Mix


class World:
    """A hotline of one seed, size and zone. `next_day` must be called with consecutive days."""

    def __init__(
        self, seed: int, contacts_per_day: int, zone: str, founded: date,
        staffing: float = 1.0, state: dict[str, Any] | None = None, *, confounded: bool = False,
    ) -> None:  # fmt: skip
        self.params = parameters()
        self.seed, self.per_day, self.zone = seed, contacts_per_day, zone
        self.founded = date.fromisoformat(state["founded"]) if state else founded
        self.confounded = confounded
        self.people = population(seed, contacts_per_day)
        self.team = staff(self.params, seed, contacts_per_day, self.founded, staffing)
        self.busy = {int(k): v for k, v in state["busy"].items()} if state else {}
        free = {int(k): v for k, v in state["free"].items()} if state else {}
        self.desk = Desk(self.params, self.team, zone, free)
        self.returns = Returns(state["expected"] if state else {})

    def next_day(self, day: date, asked: tuple[incidents.Incident, ...] = ()) -> Logs:
        """Let a day happen and return its logs.

        Args:
            day: the local date, the one after the last.
            asked: outages that somebody wants to see, besides the world's own.
        """
        scene = self.happens(day, asked)
        chats, said = tables.chats(scene)
        drafts = scene.day.drafts
        return Logs(
            day, scene.day.midnight_s, calls(scene), chats, said, tables.feedback(scene),
            tables.journal(scene), tables.operators(self.team, scene.day),
            frozenset(drafts.citizen.tolist()), int((drafts.origin == 2).sum()),
            int((drafts.origin == 3).sum()), incidents.begun(self.seed, day, self.zone),
            mix(self.team, scene.day, scene.course, scene.forms),
        )  # fmt: skip

    def happens(self, day: date, asked: tuple[incidents.Incident, ...] = ()) -> Scene:
        """Let a day happen and return it before anything is written down; as `next_day`."""
        touching = incidents.of_day(self.seed, day, self.zone, asked)
        back = self.returns.drafts(self.seed, day)
        done = one_day.run(
            self.params, self.people, self.team, self.seed, self.per_day, day, self.zone,
            touching, back, self.busy, confounded=self.confounded,
        )  # fmt: skip
        self.busy = {o: t - DAY_S for o, t in done.busy.items()}
        if day == self.founded:  # the logs begin in the middle of a night shift
            done.log += [
                (0.0, s.operator, "login", "") for s in self.team.shifts(day, True) if s.on_s < 0
            ]
        what = course(self.params, done)
        forms = replies(self.params, done, self.desk)
        what.ended_s = np.where(what.outcome == FORM, forms.replied_s, what.ended_s)
        result = outcome(self.params, self.team, done, what, forms)
        ids = identifiers(self.params, self.people, done, what)
        self.returns.add(
            day, come_back(self.params, done, what, result, ids.contact_id, ids.own_case)
        )
        return Scene(self.params, self.people, self.team, done, what, result, forms, ids)

    def state(self, next_day: date) -> dict[str, Any]:
        """Return what `next_day` needs to follow, as JSON."""
        return {
            "seed": self.seed,
            "contacts_per_day": self.per_day,
            "zone": self.zone,
            "founded": self.founded.isoformat(),
            "next_day": next_day.isoformat(),
            "busy": self.busy,
            "free": {o: t for t, o in self.desk.free},
            "expected": self.returns.expected,
        }
