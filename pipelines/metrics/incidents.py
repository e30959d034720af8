"""Outages: who came because of each, what an announcement did to hang-ups, who is to be told.

A contact is of an outage when it was received while it went on and is of its category, line and
region, as far as it names them (the same rule keeps it out of operators' scores): contacts join as
they come, nothing is copied. Formulas: docs/metrics.md, "Incidents".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.incident_rows import gathered
from pipelines.metrics.query import EVERYTHING, Query, Scope, known_groups

FILTERS = ("category", "line", "region")
TO_TELL_DAYS = 1  # a board shows a restored outage so long while people are to be told

_NOBODY = pl.DataFrame(
    schema={
        "contact_id": pl.String,
        "case_number": pl.String,
        "received_at": pl.Datetime("us", "UTC"),
        "channel": pl.String,
        "line": pl.String,
        "category": pl.String,
        "region": pl.String,
        "contacts": pl.Int64,
    }
)
_TO_NOTIFY = """
select
    max_by(c.contact_id, c.received_at) as contact_id,
    max_by(c.case_number, c.received_at) as case_number,
    max(c.received_at) as received_at,
    max_by(c.channel, c.received_at) as channel,
    max_by(c.line, c.received_at) as line,
    max_by(c.category, c.received_at) as category,
    max_by(c.region, c.received_at) as region,
    count(*) as contacts
from incident_contacts as c
left join incident_told as t on c.incident_id = t.incident_id and c.contact_id = t.contact_id
where c.incident_id in (select incident_id from asked_incidents where restored_at is not null)
group by c.incident_id, c.person
having count(t.contact_id) = 0
order by min(c.received_at), 1
"""


@one_snapshot
def incidents(lake: Lake, query: Query, incident_id: str | None = None) -> pl.DataFrame:
    """Return the outages that touch the period, as they stood at its moment; open ones first.

    Args:
        lake: open lake.
        query: period and scope; of filters category, line, region, of the outage itself.
        incident_id: this one only.

    Returns:
        One row an outage: incident_id, category, line, region (null: not limited by it),
        detected_at, restored_at, restored_s (null: goes on), is_complex, note, target_s, due_at
        (null: no such promise), state (running, overdue, met, breached), contacts, citizens
        (distinct; null: none of them is known), contacts_unknown (of no known citizen), to_notify
        (people not told yet, each contact of an unknown citizen one; null while it goes on),
        is_announced, announced_at, silenced_at, announced_by, announcement (the last one),
        offered_before, abandoned_before, abandoned_share_before, offered_announced,
        abandoned_announced, abandoned_share_announced (calls of its lines by the moment of
        queueing: before the first announcement and while one was on; shares 0..1, null without a
        base), opened_at, opened_by (null: by no act).

    Raises:
        QueryError: groups, or another filter.
    """
    known_groups(query.by, (), "group", "incidents")
    known_groups(query.where, FILTERS, "filter", "incidents")
    found = gathered(lake, query.at(lake), incident_id)
    for name in FILTERS:
        if name in query.where:
            wanted = [str(value) for value in query.values(name)]
            found = found.filter(pl.col(name).is_in(wanted))
    return found


@one_snapshot
def running(lake: Lake, at: datetime, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """Return the outages a board shows: those that go on, and those with people still to be told.

    The rows of `incidents` without the figures of calls; a restored one for a day.
    """
    # planning over a table that never held a row costs more than asking whether it did
    if not lake.has("lake.incidents"):
        return []
    query = Query(
        at - timedelta(days=TO_TELL_DAYS), at + timedelta(seconds=1), as_of=at, scope=scope
    )
    found = gathered(lake, query, None, with_calls=False)
    is_shown = pl.col("restored_at").is_null() | (pl.col("to_notify") > 0)
    return found.filter(is_shown).to_dicts()


@one_snapshot
def to_notify(lake: Lake, incident_id: str, as_of: datetime | None = None,
              scope: Scope = EVERYTHING) -> pl.DataFrame:  # fmt: skip
    """Return the people of a restored outage who are not told yet, who came first on top.

    Returns:
        One row a person: their last contact_id, case_number, received_at, channel, line, category,
        region, and how many contacts they have in the outage. No rows while it goes on.
    """
    at = as_of or lake.now()
    query = Query(datetime.fromisoformat("1970-01-01T00:00+00:00"), at + timedelta(seconds=1),
                  as_of=at, scope=scope)  # fmt: skip
    rows = gathered(lake, query, incident_id, with_calls=False)
    return run(lake, _TO_NOTIFY, {}) if len(rows) else _NOBODY


def going_on(lake: Lake, at: datetime) -> list[dict[str, Any]]:
    """Return the outages that go on at a moment, for `incident_for`: the one that names most first.

    Returns:
        Rows of incident_id, category, line, region (null: not limited by it).
    """
    return run(
        lake,
        """
select incident_id, category, line, region from lake.incidents
where detected_at <= $at_ and (restored_at is null or restored_at > $at_)
order by
    (category is not null)::int + (line is not null)::int + (region is not null)::int desc,
    detected_at desc, incident_id""",
        {"at_": at},
    ).to_dicts()


def incident_for(outages: Iterable[Mapping[str, Any]], **what: str | None) -> str | None:
    """Return the outage that covers a category, line or region, or None: what folds under it.

    An outage covers what is of its category, line and region, as far as it names them; of several
    the one that names most, then the latest.

    >>> outages = [{"incident_id": "i-1", "category": "form_error", "line": None, "region": None}]
    >>> incident_for(outages, category="form_error"), incident_for(outages, line="main")
    ('i-1', None)
    """
    for one in outages:
        if all(one[name] in (None, what.get(name)) for name in ("category", "line", "region")):
            return str(one["incident_id"])
    return None
