"""The portal's desk: forms are answered one after another, on working days, by people with shifts.

First come, first served over the operators of desk `portal`; who is free when is carried from day
to day, so Monday begins with the weekend's forms.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from heapq import heapify, heapreplace

import numpy as np

from pipelines.simulator.calendar import is_working, midnight
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U, Z
from pipelines.simulator.parameters import PORTAL, Floats, Ints, Parameters
from pipelines.simulator.staff import Staff


@dataclass
class Replies:
    """Arrays by contact of the day, nan and -1 for other channels; seconds from its midnight."""

    registered_s: Floats
    assigned_s: Floats
    replied_s: Floats
    operator: Ints


@lru_cache(maxsize=4096)
def _window(day: date, zone: str, begins_h: float, lasts_h: float) -> tuple[float, float]:
    """Return the first working window that ends after a day's midnight, in epoch seconds."""
    while not is_working(day):
        day += timedelta(days=1)
    start = midnight(day, zone) + 3600 * begins_h
    return start, start + 3600 * lasts_h


class Desk:
    """When each operator of the portal's desk is free, in epoch seconds."""

    def __init__(self, params: Parameters, team: Staff, zone: str, free: dict[int, float]):
        members = team.members[team.desks.index("portal")]
        self.free = [(free.get(o, 0.0), o) for o in members]
        heapify(self.free)
        self.zone = zone
        self.hours: tuple[float, float] = tuple(params.raw["desks"]["portal"]["hours"][0])
        self.speed = [2.0**-x for x in team.effect("speed").tolist()]

    def reply(self, day: date, assigned_s: float, work_s: float) -> tuple[float, int]:
        """Return when a form is answered and by whom: the operator who is free first."""
        free, operator = self.free[0]
        t = max(free, assigned_s)
        start, end = _window(day, self.zone, *self.hours)
        while t >= end - 600:  # nothing new is begun in the last ten minutes
            day += timedelta(days=1)
            start, end = _window(day, self.zone, *self.hours)
        done = max(t, start) + work_s * self.speed[operator]
        heapreplace(self.free, (done, operator))
        return done, operator


def replies(params: Parameters, day: Day, desk: Desk) -> Replies:
    """Register, assign and answer the day's forms in order of arrival."""
    d, n = day.drafts, len(day.drafts)
    raw = params.raw["portal_handle_s"]
    mine = np.flatnonzero(d.stream == PORTAL)
    mine = mine[np.argsort(d.at_s[mine], kind="stable")]
    never = np.full(n, np.nan)
    nobody = np.full(n, -1, dtype=np.int64)
    found = Replies(never.copy(), never.copy(), never.copy(), nobody)
    slow = d.u[:, U.NUMBER] < 0.03  # the mail gateway stalls now and then
    registered = d.at_s + np.where(slow, 90.0, 9.0) * np.exp(0.6 * d.z[:, Z.REGISTER])
    assigned = registered + np.where(d.u[:, U.TICKET] < 0.05, 600.0, 45.0) * np.exp(
        0.7 * d.z[:, Z.ACCEPT]
    )
    work = raw["median"] * np.exp(raw["sigma"] * d.z[:, Z.HANDLE])
    work = np.where(form_types(params, day) == 2, 0.3 * work, work)
    found.registered_s[mine], found.assigned_s[mine] = registered[mine], assigned[mine]
    for i in mine.tolist():
        done, operator = desk.reply(day.date, day.midnight_s + float(assigned[i]), float(work[i]))
        found.replied_s[i], found.operator[i] = done - day.midnight_s, operator
    return found


def form_types(params: Parameters, day: Day) -> Ints:
    """Return the type of each form: 0 complaint, 1 suggestion, 2 gratitude."""
    d = day.drafts
    edges = np.cumsum(list(params.raw["portal_types"].values()))
    drawn = np.minimum(np.searchsorted(edges, d.u[:, U.TYPE]), 2)
    return np.where(d.kind >= 0, d.kind, drawn)
