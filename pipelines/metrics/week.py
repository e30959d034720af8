"""The week in one answer: whom we failed, which promises were kept, what moved."""

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
    count(*) filter (where f.rating >= 4) as top, count(*) as contacts
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start and f.received_at < $end
    and f.received_at <= $as_of and {where}
"""


@one_snapshot
def week(
    lake: Lake, iso_week: str, scope: Scope = EVERYTHING, as_of: datetime | None = None
) -> dict[str, Any]:
    """Return the figures of one ISO week (2026-W46) and, where it says so, of the week before.

    Returns:
        week, start, end, as_of, is_preliminary (rows may still come: `late_days` are not over);
        people: {tried, unserved, unserved_share, before}, None counts where no citizen is known;
        promises: frame of `promises` with state_before, value_before and moved (value less that
        of the week before);
        promise_states: {kept, at_risk, broken, below_own_target, no_data} counts, and before;
        volume, volume_before: rows of `volume` in all; by_channel: frame by channel with
        contacts_before; level: the service level, and before;
        categories: the 10 with most contacts: frame of problems with contacts_before, change;
        ratings: {n, mean, top, share, response_share}, and before; share = ratings of 4 and 5;
        repeats: {repeats, contacts, share}, before; operators: who worked (answered a leg);
        incidents: frame; bursts: frame; quality: {read, accepted, quarantined, failed_checks}.
    """
    start, end = parse_week(iso_week, lake.settings.tz)
    at = as_of or lake.now()
    now = Query(start, end, as_of=at, scope=scope)
    before = Query(start - timedelta(days=7), start, as_of=at, scope=scope)
    kept = _promises(lake, now, before)
    return {
        "week": iso_week.upper(),
        "start": start,
        "end": end,
        "as_of": at,
        "is_preliminary": at < end + timedelta(days=lake.settings.late_days),
        "people": _people(lake, now) | {"before": _people(lake, before)},
        "promises": kept,
        "promise_states": _states(kept, "state") | {"before": _states(kept, "state_before")},
        "volume": volume(lake, now).row(0, named=True),
        "volume_before": volume(lake, before).row(0, named=True),
        "by_channel": _changed(volume, lake, now, before, "channel").drop("change"),
        "level": sla(lake, now).row(0, named=True)
        | {"before": sla(lake, before).row(0, named=True)},
        "categories": _changed(problems, lake, now, before, "category").head(TOP),
        "ratings": _ratings(lake, now) | {"before": _ratings(lake, before)},
        "repeats": _repeats(lake, now) | {"before": _repeats(lake, before)},
        "operators": _operators(lake, now),
        "incidents": _incidents(lake, now),
        "bursts": _bursts(lake, now),
        "quality": _quality(lake, now),
    }


def _promises(lake: Lake, now: Query, before: Query) -> pl.DataFrame:
    past = promises(lake, before).select("promise", state_before="state", value_before="value")
    return (
        promises(lake, now)
        .join(past, on="promise", how="left")
        .with_columns(moved=pl.col("value") - pl.col("value_before"))
    )


def _states(kept: pl.DataFrame, column: str) -> dict[str, int]:
    counts = dict(kept.get_column(column).value_counts().iter_rows())
    states = ("kept", "at_risk", "broken", "below_own_target", "no_data")
    return {state: counts.get(state, 0) for state in states}


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


def _people(lake: Lake, query: Query) -> dict[str, Any]:
    """People who tried and were served on no channel within 24 hours of a try; ripe tries only."""
    found = _contacts(lake, query, _UNSERVED)
    if not found["tried"]:
        return {"tried": None, "unserved": None, "unserved_share": None}
    return found | {"unserved_share": found["unserved"] / found["tried"]}


def _ratings(lake: Lake, query: Query) -> dict[str, Any]:
    found = _contacts(lake, query, _RATINGS)
    n, contacts = found["n"], found.pop("contacts")
    return found | {
        "share": found["top"] / n if n else None,
        "response_share": n / contacts if contacts else None,
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


def _quality(lake: Lake, query: Query) -> dict[str, Any]:
    """One line: rows that speak of the week, how many of them are held, and which rules failed."""
    return run(
        lake,
        """
select
    (select count(*) from lake.source_rows where row_at >= $start and row_at < $end) as accepted,
    (
        select count(*) from lake.quarantine
        where status = 'held' and coalesce(row_at, quarantined_at) >= $start
            and coalesce(row_at, quarantined_at) < $end
    ) as quarantined,
    (
        select count(distinct expectation)
        from (
            select unnest(string_split(expectations, ';')) as expectation
            from lake.quarantine
            where status = 'held' and coalesce(row_at, quarantined_at) >= $start
                and coalesce(row_at, quarantined_at) < $end
        )
    ) as failed_checks""",
        _period(lake, query),
    ).row(0, named=True)
