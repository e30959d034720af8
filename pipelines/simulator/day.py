"""One day of the world: arrivals meet operators; the result is arrays by contact and by stay."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.simulator import arrivals
from pipelines.simulator.calendar import is_working, midnight
from pipelines.simulator.drafts import Drafts, U, blank, joined
from pipelines.simulator.incidents import Incident
from pipelines.simulator.luck import Luck, luck
from pipelines.simulator.parameters import MAIN, REDIAL, Floats, Ints, Parameters
from pipelines.simulator.population import Population
from pipelines.simulator.queue import Floor
from pipelines.simulator.staff import Staff


@dataclass
class Stays:
    """Arrays by stay in a queue, in the order they began; absent times are nan."""

    contact: Ints
    leg: Ints
    line: Ints
    state: Ints  # TALKED, ABANDONED, FLOWED_OUT, CALLBACK of queue.py; WAITING: never taken
    queued_s: Floats
    answered_s: Floats
    left_s: Floats
    operator: Ints
    rang_out: Ints
    rang_by: Ints  # -1: nobody
    ring_s: Floats
    wrap_s: Floats
    transferred_s: Floats
    transferred_to: Ints
    taken_s: Floats
    taker: Ints


@dataclass
class Tasks:
    """Arrays by contact that was owed a call."""

    contact: Ints
    is_ticket: Ints
    made_s: Floats
    operator: Ints
    reached: Ints


@dataclass
class Day:
    """What happened on a day. `parent` is the index of the contact a redial or call came from."""

    date: date
    midnight_s: float
    drafts: Drafts
    parent: Ints
    stays: Stays
    tasks: Tasks
    log: list[tuple[float, int, str, str]]
    busy: dict[int, float]
    incidents: tuple[Incident, ...]
    redialled: Ints  # indices of contacts that tried again at once


def run(
    params: Parameters, people: Population, team: Staff, seed: int, per_day: int, day: date,
    zone: str, incidents: tuple[Incident, ...], back: Drafts, busy: dict[int, float],
    *, confounded: bool = False,
) -> Day:  # fmt: skip
    """Let one day happen.

    Args:
        params, people, team, seed, per_day: the world.
        day: the local date; zone: its time zone.
        incidents: outages that touch the day.
        back: drafts of citizens who come back today.
        busy: operators who are still busy, with the second of the day they are free at.
        confounded: hard matters go to good operators as far as there is a choice.
    """
    made = arrivals.of_day(params, people, seed, per_day, day, zone, incidents, back)
    spare = _spare(seed, day, per_day)
    both = _together(luck(params, made), luck(params, spare))
    n, room = len(made), len(made) + len(spare)
    lift = np.ones(room)
    lift[:n][made.incident >= 0] = params.raw["incidents"]["handle_lift"]
    english = np.zeros(room, dtype=bool)
    english[:n] = made.language == params.languages.index("en")
    category = np.zeros(room, dtype=np.int64)
    category[:n] = made.category
    floor = Floor(
        params, team, team.shifts(day, is_working(day)), busy, both,
        category.tolist(), lift.tolist(), english.tolist(), n, made.at_s.tolist(),
        confounded=confounded,
    )  # fmt: skip
    floor.run()
    drafts, parent, redialled = _with_born(made, spare, floor)
    return Day(
        day, midnight(day, zone), drafts, parent, _stays(floor), _tasks(floor), floor.log,
        floor.busy, incidents, redialled,
    )  # fmt: skip


def _spare(seed: int, day: date, per_day: int) -> Drafts:
    """Return rows for contacts born during the day; who they are is filled in later.

    Always as many: one contact more must not change the luck of the others.
    """
    spare = blank(np.random.default_rng([seed, 43, day.toordinal()]), per_day // 2 + 200)
    spare.at_s[:] = 12 * 3600.0
    spare.stream[:] = MAIN
    spare.category[:] = 0
    spare.u[:, U.MENU_LEFT] = 1.0
    spare.u[:, U.TRANSFER] = 0.5  # nobody is transferred on a second try
    return spare


def _together(first: Luck, second: Luck) -> Luck:
    return Luck(**{k: np.concatenate([v, getattr(second, k)]) for k, v in vars(first).items()})


def _with_born(made: Drafts, spare: Drafts, floor: Floor) -> tuple[Drafts, Ints, Ints]:
    """Return the day's drafts with redials and escalations, and whose child each one is."""
    both = joined([made, spare.take(np.arange(len(floor.born)))])
    parent = np.full(len(both), -1, dtype=np.int64)
    for index, mother, at, line, origin in floor.born:  # in the order of birth: mothers first
        parent[index] = mother
        both.at_s[index], both.stream[index], both.origin[index] = at, line, origin
        for column in (both.category, both.region, both.citizen, both.language, both.incident):
            column[index] = column[mother]
    redialled = np.array([b[1] for b in floor.born if b[4] == REDIAL], dtype=np.int64)
    return both, parent, redialled


def _known(values: list[float]) -> Floats:
    found = np.array(values, dtype=np.float64)
    found[np.isinf(found)] = np.nan
    return found


def _stays(floor: Floor) -> Stays:
    s = floor.stays

    def ints(name: str) -> Ints:
        return np.array([getattr(x, name) for x in s], dtype=np.int64)

    def times(name: str) -> Floats:
        return _known([getattr(x, name) for x in s])

    return Stays(
        contact=ints("contact"), leg=ints("leg"), line=ints("line"), state=ints("state"),
        queued_s=times("queued_s"), answered_s=times("answered_s"), left_s=times("left_s"),
        operator=ints("operator"), rang_out=ints("rang_out"), rang_by=ints("rang_by"),
        ring_s=times("ring_s"),
        wrap_s=times("wrap_s"), transferred_s=times("transferred_s"),
        transferred_to=ints("transferred_to"), taken_s=times("taken_s"), taker=ints("taker"),
    )  # fmt: skip


def _tasks(floor: Floor) -> Tasks:
    t = floor.tasks
    return Tasks(
        contact=np.array([x.contact for x in t], dtype=np.int64),
        is_ticket=np.array([x.is_ticket for x in t], dtype=np.int64),
        made_s=_known([x.made_s for x in t]),
        operator=np.array([x.operator for x in t], dtype=np.int64),
        reached=np.array([x.reached for x in t], dtype=np.int64),
    )
