"""When marts may answer: edges of their histograms, and the rules they were made by."""

import hashlib
from itertools import takewhile

from pipelines.lake.connect import Lake
from pipelines.marts.relations import text

MODELS = ("mart_legs_15min", "mart_waits_15min", "mart_contacts_15min", "mart_citizens_day")
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


def thresholds(lake: Lake) -> tuple[float, ...]:
    """Return every target of reference data that a wait may be held against, seconds."""
    if not _has_table(lake, "ref_promises"):
        return ()
    rows = lake.con.sql(
        "select distinct target_s from ref_promises where target_s > 0 order by target_s"
    )
    return tuple(float(row[0]) for row in rows.fetchall())


def lake_edges(lake: Lake) -> list[float]:
    """Return the edges in force: the grid and the thresholds of the reference data."""
    return edges((20.0, *thresholds(lake)))


def fingerprint(lake: Lake) -> str:
    """Return a short hash of all that decides what a mart row says, but the rows themselves."""
    settings = lake.settings
    parts = [str(settings.short_abandon_s), settings.zone, str(lake_edges(lake))]
    parts += [_code(name) for name in FACTS + MODELS]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def is_current(lake: Lake) -> bool:
    """Say whether the marts of the lake were built by the rules and settings now in force."""
    found = lake.con.sql("select value from lake.meta where name = 'marts'").fetchall()
    return found == [(fingerprint(lake),)]


def _code(name: str) -> str:
    lines = text(name).splitlines()
    opening = len(list(takewhile(lambda line: line.startswith("--"), lines)))
    return "\n".join(lines[opening:])


def _has_table(lake: Lake, name: str) -> bool:
    found = lake.con.sql(
        "select count(*) from duckdb_tables() "
        "where table_name = $name and database_name = 'memory'",
        params={"name": name},
    )
    return bool(found.fetchall()[0][0])
