"""When marts may answer: edges of their histograms, and the rules they were made by."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import takewhile

from pipelines.lake.connect import Lake
from pipelines.marts.relations import text
from pipelines.promises.state import state_sql

MODELS = (
    "mart_legs_15min",
    "mart_waits_15min",
    "mart_contacts_15min",
    "mart_visits",
    "mart_chats_day",
    "mart_topics_day",
    "mart_open_clocks",
    "mart_promises_day",
    "mart_operator_parts",
    "mart_kept_day",
)
FACTS = ("leg_facts", "contact_facts")
WHOLE_SECONDS_TO = 50  # from here on a 2 % step is a second or more
STEP = 1.02
LAST_EDGE_S = 400 * 86400.0  # a portal contact may wait for months
# a leg still waiting counts against any threshold up to this; longer ones are answered from rows
WAITING_HORIZON_S = 3600.0


def edges(thresholds: tuple[float, ...] = ()) -> list[float]:
    """Return the upper edges of the buckets of waits, seconds, infinity last.

    >>> e = edges((61.5,))
    >>> e[:3], e[49:53], 61.5 in e, e[-1]
    ([0.0, 1.0, 2.0], [49.0, 50.0, 51.0, 52.02], True, inf)
    """
    step = float(WHOLE_SECONDS_TO)
    logarithmic = []
    while step < LAST_EDGE_S:
        step *= STEP
        logarithmic.append(round(step, 3))
    whole = [float(n) for n in range(WHOLE_SECONDS_TO + 1)]
    return [*sorted({*whole, *logarithmic, *map(float, thresholds)}), float("inf")]


def lake_edges(lake: Lake) -> list[float]:
    """Return the edges in force: the grid and every target of the reference data, seconds."""
    return list(_edges_of(_targets(lake)))


# raise it when marts come to be kept otherwise: 2, rows of days that are not settled are gone;
# 3, days say until when a leg of theirs is open
ROWS = "3"


def fingerprint(lake: Lake) -> str:
    """Return a short hash of all that decides what a mart row says, but the rows themselves."""
    settings = lake.settings
    own = (settings.short_abandon_s, settings.fcr_days, settings.zone)
    return _fingerprint(own, _targets(lake))


def _targets(lake: Lake) -> tuple[float, ...]:
    found = (p.target_s for p in lake.reference.promises if p.target_s)
    level_s = float(lake.reference.rules.level_within_s)
    return (level_s, *sorted({float(t) for t in found}))


@cache
def _edges_of(targets: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(edges(targets))


@cache
def _fingerprint(own: tuple[int | str, ...], targets: tuple[float, ...]) -> str:
    parts = [ROWS, *map(str, own), str(_edges_of(targets))]
    parts += [state_sql(), *(_code(name) for name in (*FACTS, "visit_chains", *MODELS))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _code(name: str) -> str:
    lines = text(name).splitlines()
    opening = len(list(takewhile(lambda line: line.startswith("--"), lines)))
    return "\n".join(lines[opening:])


def has_marts(lake: Lake) -> bool:
    """Say whether any day was ever built: until then the tables do not exist."""
    found = lake.con.execute("select count(*) from lake.meta where name = 'marts'").fetchall()
    return bool(found[0][0])


@dataclass(frozen=True)
class Marks:
    """What is known of days: which are settled, by what moment all of them was over, dirty ones.

    open_until: after it no leg of a settled day waits or talks.
    """

    settled: Mapping[date, datetime]
    dirty: frozenset[date]
    open_until: Mapping[date, datetime]

    def clean(self, as_of: datetime | None = None) -> frozenset[date]:
        """Return the days marts tell the truth of; with a moment, of those over by then."""
        return frozenset(
            day
            for day, last in self.settled.items()
            if day not in self.dirty and (as_of is None or last <= as_of)
        )

    def may_be_open(self, day: date, as_of: datetime) -> bool:
        """Tell whether a leg of a day may wait or talk at a moment."""
        until = self.open_until.get(day)
        return day in self.dirty or until is None or until > as_of


def read_marks(lake: Lake) -> Marks:
    """Return the marks of all days as they stand."""
    found = lake.con.execute(
        "select received_date, last_stop_at, open_until from lake.settled_days "
        "where exists (select 1 from lake.meta where name = 'marts' and value = $rules) "
        "union all select received_date, null, null from lake.dirty_days",
        {"rules": fingerprint(lake)},
    ).fetchall()
    return Marks(
        {day: last for day, last, _ in found if last is not None},
        frozenset(day for day, last, _ in found if last is None),
        {day: until for day, _, until in found if until is not None},
    )


def clean(lake: Lake, days: Iterable[date]) -> list[date]:
    """Return those of the days that marts answer: settled and not dirty (built anew in turn)."""
    return sorted(read_marks(lake).clean() & set(days))
