"""One episode of the burst detector looked into: how many people, where, saying what.

An episode is of the whole hotline, so its parts are too, whatever filters it was found under.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.bursts import bursts
from pipelines.metrics.facts import moment, one_snapshot, period, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.phrases import phrases
from pipelines.metrics.query import Query
from pipelines.metrics.topic_sides import topic_sides
from pipelines.problems.bursts import ALL

EXAMPLES = 3

# a text said by several is shown once; those that say most of what marks the episode stand first
_EXAMPLES = """
select f.contact_id, f.received_at, f.channel, f.line, f.text
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start
    and f.received_at < $end and f.received_at <= $as_of and f.text is not null and {where}
qualify row_number() over (partition by f.text order by f.received_at, f.contact_id) = 1
order by
    len(list_filter($phrases::varchar[], lambda said: contains(
        replace(lower(f.text), 'ё', 'е'), said
    ))) desc,
    f.received_at, f.contact_id
limit $most
"""
_PEOPLE = """
select count(distinct f.citizen_key) as citizens, count(f.citizen_key) as known
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start
    and f.received_at < $end and f.received_at <= $as_of and {where}
"""
# the outage it belongs to: of its category, or of everything; the narrower first
_OUTAGE = """
select incident_id from lake.incidents
where detected_at < $end and detected_at <= $as_of
    and coalesce(restored_at, $as_of::timestamptz) > $start
    and line is null and region is null and (category is null or category = $category)
order by category is null, detected_at desc, incident_id limit 1
"""


@one_snapshot
def burst_detail(
    lake: Lake, query: Query, category: str, started_at: datetime
) -> dict[str, Any] | None:
    """Return one episode with its contacts by line and region, its phrases and three examples.

    Args:
        lake: open lake. query: moment and scope; its period and filters are not looked at.
        category: `*` for all contacts together. started_at: as `bursts` tells it.

    Returns:
        None: no such episode is known at that moment or to that scope. Else burst (its row of
        `bursts`); query (of its contacts: from the beginning of the window that alarmed to its
        end, or to the moment); citizens (distinct; null: nobody is known); excess_people (its
        excess contacts, at as many people a contact as in the episode; null where either is not
        known); lines and regions (as `topic_sides`); phrases; examples (at most EXAMPLES rows:
        contact_id, received_at, channel, line, text (masked), different texts, those that say most
        of the phrases first); incident_id (of the outage it belongs to; null: none).

    Source: docs/metrics.md#problems.
    """
    asked = query.at(lake)
    started_at = started_at.astimezone(UTC)
    around = replace(asked, start=started_at, end=started_at + timedelta(seconds=1))
    found = bursts(lake, around, category).filter(pl.col("started_at") == started_at)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    begun = started_at - timedelta(hours=row["window_h"] - 1)
    its = replace(
        asked,
        start=begun,
        end=row["ended_at"] or moment(asked) + timedelta(seconds=1),
        where={} if category == ALL else {"category": (category,)},
        by=(),
    )
    said = phrases(lake, its)
    people = _of_contacts(lake, its, _PEOPLE, {}).row(0, named=True)
    known = people["known"] and row["excess"] is not None
    return {
        "burst": row,
        "query": its,
        "citizens": people["citizens"] or None,
        "excess_people": row["excess"] * people["citizens"] / people["known"] if known else None,
        "lines": topic_sides(lake, its, "line"),
        "regions": topic_sides(lake, its, "region"),
        "phrases": said,
        "examples": _of_contacts(
            lake, its, _EXAMPLES, {"phrases": said["phrase"].to_list(), "most": EXAMPLES}
        ),
        "incident_id": _outage(lake, its, category),
    }


def _of_contacts(lake: Lake, its: Query, sql: str, more: dict[str, object]) -> pl.DataFrame:
    where, params = conditions(its, "contact_facts", lake)
    values = period(lake, its) | {"zone": lake.settings.zone}
    text = sql.format(where=where, joins=joins(where, is_leg=False))
    return run(lake, text, params | values | more)


def _outage(lake: Lake, its: Query, category: str) -> str | None:
    # planning over a table that never held a row costs more than asking whether it did
    if not lake.has("lake.incidents"):
        return None
    values = {"start": its.start, "end": its.end, "as_of": moment(its)}
    found = run(lake, _OUTAGE, values | {"category": category})
    return None if found.is_empty() else str(found.item())
