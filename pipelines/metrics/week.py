"""The week in one answer: whom we failed, which promises were kept, what moved."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import conditions, joins, moment, one_snapshot, run
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.query import EVERYTHING, Query, Scope, parse_week
from pipelines.metrics.sla import sla
from pipelines.metrics.volume import volume

TOP = 10  # categories named

# tried: every citizen with a contact in the week; served: on any channel within 24 h of the try
_UNSERVED = """
with
tries as (
    select f.citizen_key, f.contact_id, f.received_at
    from lake.contacts as f {joins}
    where f.received_date between $first and $last and f.received_at >= $start
        and f.received_at < $end and f.received_at <= $as_of and f.citizen_key is not null
        and {where}
),
served as (
    select c.citizen_key, l.answered_at as served_at
    from lake.legs as l
    inner join lake.contacts as c
        on c.contact_id = l.contact_id and c.received_date between $first and $last + 2
    where l.received_date between $first and $last + 2 and l.answered_at <= $as_of
    union all
    select c.citizen_key, e.event_at as served_at
    from lake.events as e
    inner join lake.contacts as c
        on c.contact_id = e.contact_id and c.received_date between $first and $last + 2
    where e.received_date between $first and $last + 2 and e.event_at <= $as_of
        and e.kind in ('self_served', 'callback_made', 'replied')
        and (e.kind <> 'callback_made' or coalesce(c.callback_result, 'reached') <> 'attempted')
),
judged as (
    select t.citizen_key, t.received_at, count(s.served_at) > 0 as is_served
    from tries as t
    left join served as s
        on s.citizen_key = t.citizen_key and s.served_at >= t.received_at
        and s.served_at <= t.received_at + interval 24 hours
    group by t.citizen_key, t.contact_id, t.received_at
)
select
    count(distinct citizen_key) as tried,
    count(distinct citizen_key) filter (
        where not is_served and received_at + interval 24 hours <= $as_of
    ) as unserved
from judged
"""
_RATINGS = """
select count(f.rating) as n, avg(f.rating) as mean,
    count(*) filter (where f.rating >= 4) as top,
    count(*) filter (where f.operator_id is not null or f.rating is not null) as base
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start and f.received_at < $end
    and f.received_at <= $as_of and {where}
"""


@one_snapshot
def week(
    lake: Lake, iso_week: str, scope: Scope = EVERYTHING, as_of: datetime | None = None
) -> dict[str, Any]:
    """Return the figures of one ISO week (2026-W46) beside those of the week before.

    Returns:
        The dict `pipelines.reports.week.Week` describes: week, start, end (dates, end exclusive),
        as_of, snapshot, is_preliminary and final_on (rows may still come for `late_days`),
        contacts, citizens (people who came), unserved (of them, those whom no channel served
        within 24 h of a try; tries younger than that are left out; None where no citizen is known),
        promises, channels, problems (the 10 largest categories), rating, quality; counts of the
        week before as `*_before`. Besides: volume, level (rows of `volume` and `sla`), repeats
        {repeats, contacts, share}, promise_states (counts by state), operators (people who
        answered), each with a `*_before`, and incidents, bursts of the week.
    """
    start, end = parse_week(iso_week, lake.settings.tz)
    at = as_of or lake.now()
    now = Query(start, end, as_of=at, scope=scope)
    before = Query(start - timedelta(days=7), start, as_of=at, scope=scope)
    final_at = end + timedelta(days=lake.settings.late_days)
    promised = _promises(lake, now, before)
    return {
        "week": iso_week.strip().upper(),
        "start": start.date(),
        "end": end.date(),
        "as_of": at,
        "snapshot": lake.snapshot(),
        "is_preliminary": at < final_at,
        "final_on": final_at.date(),
        **_both(_totals, lake, now, before),
        "promises": promised,
        "promise_states": _states(promised, "state"),
        "promise_states_before": _states(promised, "state_before"),
        "channels": _changed(volume, lake, now, before, "channel")
        .select("channel", "contacts", "contacts_before")
        .to_dicts(),
        "problems": _changed(problems, lake, now, before, "category").head(TOP).to_dicts(),
        "rating": _rating(lake, now, before),
        "quality": _quality(lake, now, before),
        "incidents": _incidents(lake, now).to_dicts(),
        "bursts": _bursts(lake, now).to_dicts(),
    }


def _both(
    figures: Callable[[Lake, Query], dict[str, Any]], lake: Lake, now: Query, before: Query
) -> dict[str, Any]:
    past = {f"{name}_before": value for name, value in figures(lake, before).items()}
    return figures(lake, now) | past


def _totals(lake: Lake, query: Query) -> dict[str, Any]:
    counted = volume(lake, query).row(0, named=True)
    people = _contacts(lake, query, _UNSERVED)
    return {
        "contacts": counted["contacts"],
        "citizens": people["tried"] or None,
        "unserved": people["unserved"] if people["tried"] else None,
        "volume": counted,
        "level": sla(lake, query).row(0, named=True),
        "repeats": _repeats(lake, query),
        "operators": _operators(lake, query),
    }


def _promises(lake: Lake, now: Query, before: Query) -> list[dict[str, Any]]:
    past = promises(lake, before).select("promise", state_before="state", value_before="value")
    rows = promises(lake, now).join(past, on="promise", how="left", maintain_order="left")
    labels = {p.id: dict(zip(("ru", "en"), p.label, strict=True)) for p in lake.reference.promises}
    return [row | {"label": labels.get(row["promise"])} for row in rows.to_dicts()]


def _states(promised: list[dict[str, Any]], column: str) -> dict[str, int]:
    counts = Counter(row[column] for row in promised)
    states = ("kept", "at_risk", "broken", "below_own_target", "no_data")
    return {state: counts[state] for state in states}


def _changed(
    figure: Callable[[Lake, Query], pl.DataFrame], lake: Lake, now: Query, before: Query, group: str
) -> pl.DataFrame:
    past = figure(lake, replace(before, by=(group,))).select(group, contacts_before="contacts")
    both = figure(lake, replace(now, by=(group,))).join(
        past, on=group, how="left", nulls_equal=True
    )
    return (
        both.with_columns(pl.col("contacts_before").fill_null(0))
        .with_columns(change=pl.col("contacts") - pl.col("contacts_before"))
        .sort("contacts", group, descending=[True, False], nulls_last=True)
    )


def _period(lake: Lake, query: Query) -> dict[str, object]:
    tz = lake.settings.tz
    return {
        "first": query.start.astimezone(tz).date(),
        "last": (query.end - timedelta(microseconds=1)).astimezone(tz).date(),
        "start": query.start,
        "end": query.end,
        "as_of": moment(query),
    }


def _contacts(lake: Lake, query: Query, sql: str) -> dict[str, Any]:
    where, params = conditions(query, "contact_facts", lake)
    text = sql.format(joins=joins(where, is_leg=False), where=where)
    return run(lake, text, params | _period(lake, query)).row(0, named=True)


def _rating(lake: Lake, now: Query, before: Query) -> dict[str, Any]:
    """Ratings with their base: the contacts somebody worked on, which could be rated."""
    found, past = _contacts(lake, now, _RATINGS), _contacts(lake, before, _RATINGS)
    return {
        "n": found["n"],
        "base": found["base"],
        "mean": found["mean"],
        "top_share": found["top"] / found["n"] if found["n"] else None,
        "mean_before": past["mean"],
        "top_share_before": past["top"] / past["n"] if past["n"] else None,
    }


def _repeats(lake: Lake, query: Query) -> dict[str, Any]:
    counted = problems(lake, replace(query, by=("channel",)))
    repeats, contacts = int(counted["repeats"].sum()), int(counted["contacts"].sum())
    return {
        "repeats": repeats,
        "contacts": contacts,
        "share": repeats / contacts if contacts else None,
    }


def _operators(lake: Lake, query: Query) -> int:
    where, params = conditions(query, "leg_facts", lake)
    sql = (
        f"select count(distinct f.operator_id) as n from lake.legs as f "
        f"{joins(where, is_leg=True)} where f.received_date between $first and $last "
        f"and f.answered_at <= $as_of and f.received_at >= $start and f.received_at < $end "
        f"and {where}"
    )
    return int(run(lake, sql, params | _period(lake, query)).item())


def _incidents(lake: Lake, query: Query) -> pl.DataFrame:
    return run(
        lake,
        "select incident_id, category, region, line, detected_at, restored_at, is_complex, note, "
        "epoch(restored_at) - epoch(detected_at) as restored_s from lake.incidents "
        "where detected_at < $end and detected_at <= $as_of "
        "and coalesce(restored_at, $as_of::timestamptz) >= $start order by detected_at",
        _period(lake, query),
    )


def _bursts(lake: Lake, query: Query) -> pl.DataFrame:
    return run(
        lake,
        "select * from lake.bursts where started_at < $end and started_at <= $as_of "
        "and coalesce(ended_at, $as_of::timestamptz) >= $start order by excess desc, started_at",
        _period(lake, query),
    )


def _quality(lake: Lake, now: Query, before: Query) -> dict[str, Any]:
    """Rows that speak of the week, those held back, rules that hold them, sources gone silent."""
    found = run(lake, _QUALITY, _period(lake, now)).row(0, named=True)
    sources = (
        "select distinct source from lake.contacts where received_date between $first and $last"
    )
    heard = set(run(lake, sources, _period(lake, now))["source"])
    before_heard = set(run(lake, sources, _period(lake, before))["source"])
    return {
        "read": found["accepted"] + found["quarantined"],
        "quarantined": found["quarantined"],
        "failed": found["failed"],
        "silent": sorted(before_heard - heard),
    }


_QUALITY = """
with
held as (
    select expectations from lake.quarantine
    where status = 'held' and coalesce(row_at, quarantined_at) >= $start
        and coalesce(row_at, quarantined_at) < $end
)
select
    (select count(*) from lake.source_rows where row_at >= $start and row_at < $end) as accepted,
    (select count(*) from held) as quarantined,
    (
        select count(distinct expectation)
        from (select unnest(string_split(expectations, ';')) as expectation from held)
    ) as failed
"""
