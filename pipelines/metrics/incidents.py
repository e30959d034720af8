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
LATE_S = 3600.0  # contacts of so late tell which lines an outage of a category strikes
LEAST_OF_LINE = 5  # contacts: fewer may be of it by chance
WEEKS = 4  # before, at the same hours: what is usual then
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
_GOING_ON = """
with
outages as (
    select * from lake.incidents
    where detected_at <= $at_ and (restored_at is null or restored_at > $at_)
),
shares as (
    select
        i.incident_id, f.line,
        count(*) filter (
            where coalesce(i.category = f.category, i.category is null)
                and coalesce(i.region = f.region, i.region is null)
        ) as n_of_it,
        count(*) as n
    from outages as i
    inner join lake.contacts as f on f.received_at >= greatest(i.detected_at, $since)
    where i.line is null and f.line is not null
        and f.received_date between $first_day and $last_day
        and f.received_at >= $since and f.received_at <= $at_
    group by i.incident_id, f.line
),
lines as (
    select incident_id, list(line order by line) as lines from shares
    where n_of_it >= $least and 2 * n_of_it >= n
    group by incident_id
),
counted as (
    select
        i.incident_id, w.week, count(*) as n,
        count(*) filter (
            where coalesce(i.category = f.category, i.category is null)
                and coalesce(i.region = f.region, i.region is null)
                and coalesce(i.line = f.line, i.line is null)
        ) as n_of_it
    from outages as i
    cross join (select unnest(range($weeks + 1)) as week) as w
    inner join lake.contacts as f
        on f.received_at >= greatest(i.detected_at, $since) - to_days(7 * w.week::int)
        and f.received_at <= $at_ - to_days(7 * w.week::int)
    where list_contains($days::date[], f.received_date)
    group by i.incident_id, w.week
),
above as (
    select
        incident_id,
        sum(n) filter (where week = 0) - coalesce(avg(n) filter (where week > 0), 0) as n,
        sum(n_of_it) filter (where week = 0) - coalesce(avg(n_of_it) filter (where week > 0), 0)
            as n_of_it
    from counted group by incident_id
)
select
    i.incident_id, i.category, i.line, i.region, coalesce(s.lines, []::varchar[]) as lines,
    coalesce(a.n > 0 and a.n_of_it >= $least and 2 * a.n_of_it >= a.n, false) as is_most
from outages as i
left join lines as s on i.incident_id = s.incident_id
left join above as a on i.incident_id = a.incident_id
order by
    (i.category is not null)::int + (i.line is not null)::int + (i.region is not null)::int desc,
    i.detected_at desc, i.incident_id"""


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
        Rows of incident_id, category, line, region (null: not limited by it), lines (those at
        least half of whose contacts since it began, within the last hour, are of it), is_most (at
        least half of what all lines have above the usual since then is of it: usual is the mean
        of the same minutes of up to four weeks before, where there was any contact in them).
    """
    # planning over a table that never held a row costs more than asking whether it did
    if not lake.has("lake.incidents"):
        return []
    zone, since = lake.settings.tz, at - timedelta(seconds=LATE_S)
    first, last = since.astimezone(zone).date(), at.astimezone(zone).date()
    return run(
        lake,
        _GOING_ON,
        {
            "at_": at,
            "since": since,
            "first_day": first,
            "last_day": last,
            "days": [
                day - timedelta(weeks=week) for week in range(WEEKS + 1) for day in {first, last}
            ],
            "weeks": WEEKS,
            "least": LEAST_OF_LINE,
        },
    ).to_dicts()


def incident_for(outages: Iterable[Mapping[str, Any]], **what: str | None) -> str | None:
    """Return the outage that covers a category, line or region, or None: what folds under it.

    An outage covers what is of its category, line and region, as far as it names them; of several
    the one that names most, then the latest.

    A line asked about alone (its queue grows, its level falls) is covered too where the outage
    names none, but most late contacts of the line are of it; all lines together (None) or all
    categories (`*`), where most of what they have above the usual is of it.

    >>> outages = [{"incident_id": "i-1", "category": "form_error", "line": None, "region": None,
    ...             "lines": ["faults"], "is_most": True}]
    >>> incident_for(outages, category="form_error"), incident_for(outages, line="main")
    ('i-1', None)
    >>> incident_for(outages, line="faults"), incident_for(outages, line=None)
    ('i-1', 'i-1')
    """
    is_whole = set(what.values()) <= {None, "*"}
    line = what["line"] if set(what) == {"line"} else None
    for one in outages:
        is_named = all(one[n] in (None, what.get(n)) for n in ("category", "line", "region"))
        is_struck = one["is_most"] if is_whole else line is not None and line in one["lines"]
        if is_named or is_struck:
            return str(one["incident_id"])
    return None
