"""Events of a queue_log that repeat what is known, or prove what no line tells.

The reader sees a part of a log at a time; here all of a contact is together. A `received` comes
with every entry into a queue and the earliest counts. An entry or an answer that another line
proves counts only where no line tells it; an answer that contradicts the line that does is kept as
`times_contradict`.
"""

import duckdb

from pipelines.conform.stays import NAMES_QUEUES_SQL, RECOVERED

SLACK_S = 2  # times and durations of the log are whole seconds, each cut on its own
LONGEST_S = 4 * 3600  # where no entry is known, the answer meant is at most so long before the end

# of the `received` that come with entries all but the earliest; those of a dialled number stay
RECEIVED_AGAIN = """
create or replace table conform_received_again as
with
all_received as (
    select rowid as id, contact_id, event_at, value, line, seq, true as is_new
    from new_events where kind = 'received' and source in {sources}
    union all
    select null, contact_id, event_at, value, line, seq, false
    from conform_old_events where kind = 'received' and source in {sources}
),

several as (
    select contact_id from all_received group by contact_id having count(*) > 1
)

select * exclude (place) from (
    select
        *,
        row_number() over (
            partition by contact_id order by event_at, value nulls last, is_new, line, seq
        ) as place
    from all_received
    where contact_id in (select several.contact_id from several)
)
where place > 1 and value is null
"""
FORGET_RECEIVED = """
delete from new_events
where rowid in (select id from conform_received_again where is_new)
"""
OUTDATED = """
create or replace table outdated as
select old.contact_id, old.received_date, old.seq
from conform_old_events as old
inner join conform_received_again as again
    on old.contact_id = again.contact_id and old.seq = again.seq
where not again.is_new
union
select old.contact_id, old.received_date, old.seq
from conform_old_events as old
inner join new_events as told
    on old.contact_id = told.contact_id and old.kind = told.kind
    and told.value is distinct from '{recovered}'
where old.value = '{recovered}' and (
    old.kind = 'queued' or (
        old.line is not distinct from told.line
        and abs(epoch_us(old.event_at) - epoch_us(told.event_at)) <= {slack} * 1000000
    )
)
"""

# what is told by a line of its own
TOLD = """
create or replace table conform_told as
select contact_id, kind, line, event_at
from (
    select contact_id, kind, line, event_at, value from new_events
    union all
    select contact_id, kind, line, event_at, value from conform_old_events
)
where kind in ('queued', 'answered') and value is distinct from '{recovered}'
    and contact_id in (select contact_id from new_events where value = '{recovered}')
"""
FORGET_ENTRIES = """
delete from new_events
where kind = 'queued' and value = '{recovered}'
    and contact_id in (select contact_id from conform_told where kind = 'queued')
"""
# the stay an answer was proved in: from its entry to the line that proves it
PROVED = """
create or replace table conform_proved as
with
proofs as (
    select
        proved.rowid as id, proved.contact_id, proved.line, proved.event_at,
        max(ends.event_at) as ended_at
    from new_events as proved
    inner join new_events as ends
        on proved.contact_id = ends.contact_id and proved.seq = ends.seq
        and ends.kind in ('ended', 'transferred')
    where proved.kind = 'answered' and proved.value = '{recovered}'
    group by all
),

stays as (
    select proofs.id, max(entries.event_at) as entered_at
    from proofs
    inner join conform_told as entries
        on proofs.contact_id = entries.contact_id and entries.kind = 'queued'
        and proofs.line is not distinct from entries.line
        and entries.event_at <= proofs.event_at + to_seconds({slack})
    group by proofs.id
)

select
    proofs.id,
    proofs.ended_at,
    (epoch_us(proofs.ended_at) - epoch_us(proofs.event_at)) / 1e6 as talk_s,
    min(abs(epoch_us(told.event_at) - epoch_us(proofs.event_at)) / 1e6) as off_s
from proofs
left join stays on proofs.id = stays.id
inner join conform_told as told
    on proofs.contact_id = told.contact_id and told.kind = 'answered'
    and proofs.line is not distinct from told.line
    and told.event_at <= proofs.ended_at
    and told.event_at >= coalesce(
        stays.entered_at, proofs.ended_at - to_seconds({longest})
    ) - to_seconds({slack})
group by proofs.id, proofs.ended_at, proofs.event_at
"""
CONTRADICTED = """
update new_events set
    kind = 'times_contradict',
    event_at = proved.ended_at,
    value = cast(round(proved.talk_s) as bigint)
from conform_proved as proved
where new_events.rowid = proved.id and proved.off_s > {slack}
"""
FORGET_ANSWERS = """
delete from new_events
where rowid in (select id from conform_proved where off_s <= {slack})
    and kind = 'answered' and value = '{recovered}'
"""


def settle_recovered(con: duckdb.DuckDBPyConnection) -> None:
    """Leave in new_events what is news; make `outdated`, stored events that are none any more.

    Args:
        con: holds new_events of `conform_events` and conform_old_events.
    """
    values = {
        "sources": NAMES_QUEUES_SQL, "recovered": RECOVERED, "slack": SLACK_S, "longest": LONGEST_S,
    }  # fmt: skip
    steps = [RECEIVED_AGAIN, OUTDATED, FORGET_RECEIVED]
    found = con.execute(f"select 1 from new_events where value = '{RECOVERED}' limit 1").fetchall()
    if found:
        steps += [TOLD, FORGET_ENTRIES, PROVED, FORGET_ANSWERS, CONTRADICTED]
    for sql in steps:
        con.execute(sql.format(**values))
