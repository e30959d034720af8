"""Arrivals: a nonhomogeneous Poisson process by stream, hour, weekday and holiday, and outages."""

from datetime import date

import numpy as np

from pipelines.simulator.calendar import busyness, midnight
from pipelines.simulator.drafts import Drafts, U, blank, joined
from pipelines.simulator.incidents import Incident
from pipelines.simulator.parameters import (
    CHAT,
    DAY_S,
    FAULTS,
    INCIDENT,
    MAIN,
    N_STREAMS,
    PORTAL,
    Floats,
    Ints,
    Parameters,
)
from pipelines.simulator.population import Population

_BIN_S = 300  # the rate is constant within five minutes


def fresh(
    params: Parameters, people: Population, seed: int, contacts_per_day: int, day: date
) -> Drafts:
    """Return the day's contacts of people who come with something new, by time of arrival."""
    rng = np.random.default_rng([seed, 41, day.toordinal()])
    mean = contacts_per_day * params.raw["fresh_share"] * busyness(params, seed, day)
    rate = mean * params.stream_share[:, None] * _by_bin(params.hour_weight)
    counts = rng.poisson(rate)  # [stream, bin]
    stream = np.repeat(np.arange(N_STREAMS), counts.sum(axis=1))
    bins = np.concatenate([np.repeat(np.arange(rate.shape[1]), row) for row in counts])
    at = (bins + rng.random(len(bins))) * _BIN_S
    order = np.argsort(at, kind="stable")
    made = blank(rng, len(at))
    made.at_s, made.stream = at[order], stream[order]
    made.category = _categories(params, made)
    _who(params, people, made, rng)
    return made


def _by_bin(weights: Floats) -> Floats:
    """Spread hourly weights over five-minute bins, sliding from hour to hour."""
    per_hour = 3600 // _BIN_S
    centre = np.arange(24 * per_hour) / per_hour
    ring = np.concatenate([weights[:, -1:], weights, weights[:, :1]], axis=1)
    where = np.arange(-1, 25) + 0.5
    bins = np.stack([np.interp(centre + 0.5 / per_hour, where, row) for row in ring])
    found: Floats = bins / bins.sum(axis=1, keepdims=True)
    return found


def _categories(params: Parameters, made: Drafts) -> Ints:
    found = np.zeros(len(made), dtype=np.int64)
    for stream in range(N_STREAMS):
        mine = made.stream == stream
        edges = np.cumsum(params.category_weight[stream])
        found[mine] = np.searchsorted(edges, made.u[mine, U.CATEGORY] * edges[-1], side="right")
    return np.minimum(found, len(params.categories) - 1)


def _who(params: Parameters, people: Population, made: Drafts, rng: np.random.Generator) -> None:
    """Give each contact a citizen who is awake at this hour and likely to call."""
    tries = np.searchsorted(people.activity, rng.random((len(made), 3)))
    tries = np.minimum(tries, len(people.phone) - 1)
    hour = (made.at_s[:, None] / 3600 + params.region_offset_h[people.region[tries]]) % 24
    asleep = (hour < 7) | (hour > 22.5)
    pick = np.argmin(asleep, axis=1)  # the first one awake, else the first
    made.citizen = tries[np.arange(len(made)), pick]
    made.region = people.region[made.citizen]
    made.language = people.language[made.citizen]


def of_incident(
    params: Parameters, people: Population, seed: int, per_day: int, day: date, zone: str,
    incident: Incident, index: int,
) -> Drafts:  # fmt: skip
    """Return the contacts an outage adds to a day: a steep rise, then a slow fall."""
    first = midnight(day, zone)
    rng = np.random.default_rng([seed, 42, day.toordinal(), int(incident.detected_s)])
    begin = incident.detected_s - first
    end = min(incident.restored_s - first, begin + 6 * 3600)
    busy_hour = per_day * float((params.stream_share @ params.hour_weight).max())
    awake = float(np.interp((begin / 3600) % 24, [0, 6, 9, 18, 24], [0.2, 0.3, 1.0, 0.9, 0.2]))
    hours = (end - begin) / 3600
    n = int(rng.poisson(busy_hour * incident.extra_share * hours * awake))
    at = begin + (end - begin) * rng.beta(1.25, 1.9, n)
    at = np.sort(at[(at >= 0) & (at < DAY_S)])
    made = blank(rng, len(at))
    made.at_s = at
    made.stream = rng.choice([MAIN, FAULTS, CHAT, PORTAL], len(at), p=[0.50, 0.18, 0.27, 0.05])
    made.category[:] = params.categories.index(incident.category)
    made.origin[:] = INCIDENT
    made.incident[:] = index
    _who(params, people, made, rng)
    if incident.region:
        code = params.regions.index(incident.region)
        there = np.flatnonzero(people.region == code)
        if len(there):
            made.citizen = rng.choice(there, len(at))
            made.region[:] = code
    return made


def of_day(
    params: Parameters, people: Population, seed: int, per_day: int, day: date, zone: str,
    incidents: tuple[Incident, ...], back: Drafts,
) -> Drafts:  # fmt: skip
    """Return everything that arrives on a day by itself: new, come back, driven by outages.

    The order is by origin, not by time: outages stand last so that one more changes nothing else.
    """
    parts = [fresh(params, people, seed, per_day, day), back]
    for index, incident in enumerate(incidents):
        parts.append(of_incident(params, people, seed, per_day, day, zone, incident, index))
    made = joined(parts)
    for index, incident in enumerate(incidents):
        _touch(params, made, incident, index, midnight(day, zone))
    return made


def _touch(params: Parameters, made: Drafts, incident: Incident, index: int, first: float) -> None:
    """Mark the contacts that would have come anyway and now meet the outage."""
    inside = (made.at_s + first >= incident.detected_s) & (made.at_s + first < incident.restored_s)
    same = made.category == params.categories.index(incident.category)
    if incident.region:
        same &= made.region == params.regions.index(incident.region)
    made.incident[inside & same & (made.incident < 0)] = index
