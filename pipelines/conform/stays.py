"""Which stay in a queue each line of a queue_log belongs to, from all lines of the call.

Every line names its queue, and entering one is always told: so a line belongs to the stay of its
call *in its queue* that it comes after. Lines of one second stand in any order, and the same
entry may be told twice about a second apart, by the log and by the exchange's table of it.
"""

import duckdb

# sources whose every event names its queue; in them a transfer opens no stay by itself
NAMES_QUEUES = ("queue_log",)
NAMES_QUEUES_SQL = "(" + ", ".join(f"'{source}'" for source in NAMES_QUEUES) + ")"
RECOVERED = "recovered"  # value of an entry or answer that only another line proves
ROUTE = "('queued', 'answered', 'transferred', 'flowed_out', 'abandoned', 'ended')"

# most calls enter one queue once: all their lines are of that stay
ODD = """
create or replace table conform_odd as
select contact_no
from conform_events
where names_queue and (kind = 'queued' or value = '{recovered}')
group by contact_no
having count(*) > 1 or bool_or(value is not distinct from '{recovered}')
"""

NAMED = """
create or replace table conform_named as
with
routes as (
    select
        contact_no, event_at, seq, nth, kind, line, operator_id, value,
        coalesce(line, '') as queue,
        kind in ('transferred', 'flowed_out', 'abandoned', 'ended') as is_leave,
        kind = 'queued' and (
            value is distinct from '{recovered}'
            or not bool_or(kind = 'queued' and value is distinct from '{recovered}')
                over (partition by contact_no)
        ) as is_entry
    from conform_events
    where kind in {route} and contact_no in (select conform_odd.contact_no from conform_odd)
)

select *, count(*) filter (where is_entry) over (partition by contact_no) > 1 as is_winding
from routes
-- the end of a talk proves an answer to an entry that is known: who had entered before the log
-- begins is counted where that is told
qualify
    kind <> 'answered' or value is distinct from '{recovered}'
    or bool_or(is_entry or (kind = 'answered' and value is distinct from '{recovered}'))
        over (partition by contact_no)
"""

# of calls that entered more than once: what each queue had seen before this second, and in it
SEEN = """
create or replace table conform_seen as
select
    *,
    max(event_at) filter (where is_entry) over before_now as entered_at,
    max(event_at) filter (where is_leave) over before_now as left_at,
    max(event_at) filter (where kind = 'answered') over before_now as picked_up_at,
    count(*) filter (where is_entry) over before_now as n_entered,
    count(*) filter (where is_leave) over before_now as n_left,
    count(*) filter (where is_leave) over at_once as n_leaving,
    row_number() over (
        partition by contact_no, queue, event_at, is_entry order by seq
    ) as nth_entry,
    row_number() over (
        partition by contact_no, queue, event_at, kind in ('ended', 'transferred'), is_leave
        order by kind, seq
    ) as nth_leave
from conform_named
where is_winding
window
    before_now as (
        partition by contact_no, queue order by event_at
        range between unbounded preceding and interval 1 microsecond preceding
    ),
    at_once as (partition by contact_no, queue, event_at)
"""

# place of a line within its second: the end of the stay before, a new entry, then what follows it
PLACED = """
create or replace table conform_placed as
with
standing as (
    select
        *,
        coalesce(
            n_entered > 0 and (
                left_at is null or left_at < entered_at
                or (left_at = entered_at and n_entered > n_left)
            ),
            false
        ) as is_inside,
        coalesce(picked_up_at >= entered_at, false) as is_talking
    from conform_seen
),

entering as (
    select
        *,
        is_entry
        and not (is_inside and n_leaving = 0 and event_at < entered_at + interval 2 seconds)
        and not (nth_entry > 1 and n_leaving = 0) as is_start,
        is_leave and is_inside and nth_leave = 1 and (kind in ('ended', 'transferred')) = is_talking
            as is_end_before
    from standing
)

select
    *,
    case
        when is_end_before then 0
        when is_start then 1
        when is_leave then 3
        else 2
    end as place,
    bool_or(is_leave and not is_end_before) over (partition by contact_no, queue, event_at)
        as is_left_at_once
from entering
"""

LEGS_OF_EVENTS = """
with
numbered as (
    select
        *,
        case
            when is_start then count(*) filter (where is_start) over (
                partition by contact_no
                order by event_at, is_start desc, is_left_at_once desc, queue, seq
                rows between unbounded preceding and current row
            )
        end as stay
    from conform_placed
)

select
    contact_no, event_at, nth, kind, line, operator_id, value, is_start,
    coalesce(
        last_value(stay ignore nulls) over (
            partition by contact_no, queue order by event_at, place, stay
            rows between unbounded preceding and current row
        ),
        max(stay) over (partition by contact_no order by event_at),
        1
    ) as leg
from numbered
union all
select contact_no, event_at, nth, kind, line, operator_id, value, is_entry, 1
from conform_named
where not is_winding
union all
select
    contact_no, event_at, nth, kind, line, operator_id, value, kind = 'queued', 1
from conform_events
where names_queue and kind in {route}
    and contact_no not in (select conform_odd.contact_no from conform_odd)
"""


def routes_sql(con: duckdb.DuckDBPyConnection) -> str:
    """Return SQL of the routes (as in rederive_calls) of calls whose log names the queues.

    Args:
        con: holds conform_events with `names_queue`.
    """
    for sql in (ODD, NAMED, SEEN, PLACED):
        con.execute(sql.format(recovered=RECOVERED, route=ROUTE))
    return LEGS_OF_EVENTS.format(route=ROUTE)
