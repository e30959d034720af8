"""Rows that were not accepted, or were and should be looked at: one by one, and counted.

A held row belongs to the local day it speaks of; a line that is no row speaks of none and belongs
to the day it was held.
"""

from datetime import date

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query, known_groups

GROUPS = ("day", "source", "dataset", "file", "expectation", "status")
DEFAULT_BY = ("day", "source")

_HELD_AT = "coalesce(row_at, quarantined_at)"
_DAY = f"cast({_HELD_AT} at time zone $zone as date)"
_OF = f"""
    ($status::varchar is null or status = $status)
    and ($source::varchar is null or source = $source)
    and ($dataset::varchar is null or dataset = $dataset)
    and ($expectation::varchar is null
        or list_contains(string_split(expectations, ';'), $expectation))
    and ($day::date is null or {_DAY} = $day)
    and ($start::timestamptz is null or ({_HELD_AT} >= $start and {_HELD_AT} < $end))
"""


@one_snapshot
def quarantine(
    lake: Lake,
    query: Query | None = None,
    *,
    source: str | None = None,
    dataset: str | None = None,
    expectation: str | None = None,
    day: date | None = None,
    status: str | None = "held",
    limit: int | None = 200,
    offset: int = 0,
) -> pl.DataFrame:
    """Return rows held back, newest first: columns of lake.quarantine and total.

    Args:
        lake: open lake.
        query: its period is that of the row (or, where unreadable, of the quarantine); None: all.
        source, dataset, expectation, day: only of these.
        status: held or retried; None: both.
        limit, offset: a page; total is the number of all.
    """
    sql = f"""
select *, count(*) over () as total
from lake.quarantine
where {_OF}
order by quarantined_at desc, file, row_no
limit $limit offset $offset"""
    params: dict[str, object] = {
        "status": status, "source": source, "dataset": dataset, "expectation": expectation,
        "day": day, "limit": limit, "offset": offset, **_period(lake, query),
    }  # fmt: skip
    return run(lake, sql, params)


@one_snapshot
def quarantine_row(lake: Lake, quarantine_id: str) -> pl.DataFrame:
    """Return one row of the quarantine: the columns of lake.quarantine, the row masked.

    Raises:
        QueryError: no such row.
    """
    found = run(
        lake, "select * from lake.quarantine where quarantine_id = $id", {"id": quarantine_id}
    )
    if found.is_empty():
        raise QueryError(
            f"no row '{quarantine_id}' in quarantine: `liniya quarantine list` shows them"
        )
    return found.head(1)


@one_snapshot
def quarantine_counts(
    lake: Lake, query: Query | None = None, *, by: tuple[str, ...] = DEFAULT_BY,
    source: str | None = None, day: date | None = None, status: str | None = "held",
) -> pl.DataFrame:  # fmt: skip
    """Count the rows of the quarantine by day, source, dataset, file, expectation or status.

    A row that broke several rules counts with each of them where expectation is a group.

    Returns:
        One row a group, days newest first: the groups (day as 2026-11-01), rows.

    Raises:
        QueryError: another group.
    """
    known_groups(by, GROUPS, "group", "quarantine")
    names = {name: f'"{name}"' for name in GROUPS} | {
        "day": f"cast({_DAY} as varchar)",
        "expectation": "unnest(string_split(expectations, ';'))",
    }
    columns = ", ".join(f"{names[name]} as {name}" for name in by)
    order = ", ".join(f"{name} desc" if name == "day" else name for name in by)
    sql = f"""
with held as (select {columns} from lake.quarantine where {_OF})
select {", ".join(by)}, count(*) as rows from held group by {", ".join(by)} order by {order}"""
    params: dict[str, object] = {
        "status": status, "source": source, "dataset": None, "expectation": None, "day": day,
        **_period(lake, query),
    }  # fmt: skip
    return run(lake, sql, params)


_BEHIND = """
with
found as (
    select
        'held' as fate, source, dataset, file, row_no, row_at, row, quarantined_at as found_at,
        case when json_valid(row) then json_extract_string(row, '$.contact_id') end as contact_id
    from lake.quarantine
    where status = 'held' and list_contains(string_split(expectations, ';'), $expectation)
    union all by name
    select
        'flagged' as fate, source, dataset, file, row_no, row_at, row, flagged_at as found_at,
        contact_id
    from lake.flagged
    where expectation = $expectation
),
asked as (
    select * from found
    where ($source::varchar is null or source = $source)
        and ($dataset::varchar is null or dataset = $dataset)
        and (
            (row_at >= $start and row_at < $end)
            or (found_at >= $start and found_at < $end)
        )
)
select
    a.* exclude (contact_id), c.contact_id, count(*) over () as total
from asked as a
left join (
    select contact_id from lake.contacts
    where contact_id in (select asked.contact_id from asked)
) as c on a.contact_id = c.contact_id
order by a.found_at desc, a.file, a.row_no
limit $limit"""


@one_snapshot
def rows_behind(
    lake: Lake, query: Query, expectation: str, *,
    source: str | None = None, dataset: str | None = None, limit: int = 200,
) -> pl.DataFrame:  # fmt: skip
    """Return rows behind a failed expectation: held ones, and flagged ones that went on.

    `pipelines.quality.broken_rows` answers the same of a rule about the lake's own rows.

    Args:
        lake: open lake.
        query: its period: the row speaks of it, or was found in it (as in `quality`).
        expectation: id of a rule. source, dataset: only of these.
        limit: rows at most; total is the number of all that are kept.

    Returns:
        Newest first: fate (held, flagged), source, dataset, file, row_no, row_at, row
        (JSON, masked), found_at, contact_id (null: no such contact in the lake), total.
    """
    params: dict[str, object] = {
        "expectation": expectation, "source": source, "dataset": dataset, "limit": limit,
        "start": query.start, "end": query.end,
    }  # fmt: skip
    return run(lake, _BEHIND, params)


def _period(lake: Lake, query: Query | None) -> dict[str, object]:
    return {
        "zone": lake.settings.zone,
        "start": query.start if query else None,
        "end": query.end if query else None,
    }
