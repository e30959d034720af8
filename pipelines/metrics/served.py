"""Tries of citizens, and whether any channel served them within 24 hours."""

from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, period, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query, known_groups
from pipelines.metrics.sentences import seed_people

# tried: every citizen with a contact in the period; served: on any channel within 24 h of the try,
# also by a contact begun before it (a form of last week answered in this one)
BEGUN_DAYS = 14  # replies wait for working days: two weeks reach over the longest holidays
# after the relation judged: citizens, once each, of the tries from $split on and of those before
CITIZENS = """
select
    received_at >= $split as is_now,
    count(distinct citizen_key) as tried,
    count(distinct citizen_key) filter (
        where not is_served and is_ripe
    ) as unserved
from judged group by is_now
"""
_JUDGED = """
with
tries as (
    select f.citizen_key, f.contact_id, f.received_at, f.received_date
    from lake.contacts as f {joins}
    where f.received_date between $first and $last and f.received_at >= $start
        and f.received_at < $end and f.received_at <= $as_of and f.citizen_key is not null
        and {where}
),
known as materialized (
    select contact_id, citizen_key, callback_result from lake.contacts
    where received_date between $begun and $last + 2 and citizen_key is not null
),
served as (
    select c.citizen_key, coalesce(l.answered_at, l.left_at, l.queued_at) as served_at
    from lake.legs as l
    inner join known as c on c.contact_id = l.contact_id
    where l.received_date between $begun and $last + 2 and l.left_as = 'answered'
        and coalesce(l.answered_at, l.left_at, l.queued_at) <= $as_of
    union all
    select c.citizen_key, e.event_at as served_at
    from (
        -- a list is held against rows in the scan; `in` would be a join behind it
        select contact_id, event_at, kind from lake.events
        where received_date between $begun and $last + 2 and event_at <= $as_of
            and list_contains(['self_served', 'callback_made', 'replied'], kind)
    ) as e
    inner join known as c on c.contact_id = e.contact_id
    where (e.kind <> 'callback_made' or coalesce(c.callback_result, 'reached') <> 'attempted')
),
judged as (
    select
        t.citizen_key, t.contact_id, t.received_at, t.received_date,
        count(s.served_at) > 0 as is_served,
        t.received_at + interval 24 hours <= $as_of as is_ripe
    from tries as t
    left join served as s
        on s.citizen_key = t.citizen_key and s.served_at >= t.received_at
        and s.served_at <= t.received_at + interval 24 hours
    group by t.citizen_key, t.contact_id, t.received_at, t.received_date
)"""


def judged_tries(lake: Lake, query: Query) -> tuple[str, dict[str, object]]:
    """Return SQL that begins with `with` and ends after the relation judged, and its values.

    judged: the contacts of known citizens in the period: citizen_key, contact_id, received_at,
    received_date, is_served, is_ripe (24 hours have passed: who is not served by now is unserved).
    """
    where, params = conditions(query, "contact_facts", lake)
    first, _ = query.local_days(lake.settings.tz)
    params |= period(lake, query) | {"begun": first - timedelta(days=BEGUN_DAYS)}
    return _JUDGED.format(joins=joins(where, is_leg=False), where=where), params


@one_snapshot
def served(lake: Lake, query: Query) -> pl.DataFrame:
    """Citizens who tried, whom no channel served within 24 hours, whom a promise was broken for.

    Returns:
        One row: tried, unserved (both of distinct citizens; the tries of the last 24 hours before
        the moment count as tried only), unserved_share (0 to 1), failed (distinct citizens a
        promise of the source was broken for, as `seed_people`). No row where no citizen is known.

    Raises:
        QueryError: the query has groups; a citizen tries under several.
    """
    known_groups(query.by, (), "group", "served")
    judged, params = judged_tries(lake, query.at(lake))
    found = run(lake, f"{judged} {CITIZENS}", params | {"split": query.start})
    return found.drop("is_now").with_columns(
        unserved_share=pl.col("unserved") / pl.col("tried"),
        failed=pl.lit(seed_people(lake, query)["failed"], pl.Int64),
    )
