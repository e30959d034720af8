"""Known faults of telephony logs, each a SELECT over what `mismatch.gather` laid out.

A row is one stay (or a call without one) that cannot be as the log tells it. `effect` says what it
may do to the service level (`reconciliation.EFFECTS`), `evidence` how it is known.
"""

OVERLAP_S = 60  # nobody talks to two callers for a minute: the first was passed on, or had ended
LONG_TALK_S = 3600  # a talk of an hour with no transfer told: FreePBX/issue-tracker#124
LONGEST_TALK_S = 4 * 3600  # a shift has one break in four hours
LONGEST_WAIT_S = 2 * 3600  # 24 times the promised longest wait: a clock, not a queue
DOUBLED_S = 2  # one caller on one line starts no second call so soon
SLACK_S = 2  # logs cut times to whole seconds, each on its own

_LEG = """
    leg.contact_id, leg.leg, cast(null as varchar) as reference,
    coalesce(leg.queued_at, leg.received_at) as happened_at, leg.line, leg.channel, leg.operator_id
"""
_CONTACT = """
    call.contact_id, cast(null as integer) as leg, cast(null as varchar) as reference,
    call.received_at as happened_at, call.line, call.channel, call.operator_id
"""

TRANSFER_WITHOUT_EVENT = f"""
select 'transfer_without_event' as finding, {_LEG}, 'none' as effect,
    case
        when leg.next_answered_at < leg.left_at - to_seconds({OVERLAP_S})
            and leg.next_contact_id <> leg.contact_id then 'operator_busy'
        when records.n_devices > 1 and records.longest_s < leg.talk_s - {OVERLAP_S}
            then 'call_records'
        when leg.talk_s > {LONG_TALK_S} then 'long_talk'
    end as evidence
from near_legs as leg
left join near_records as records on leg.native_id = records.id
where leg.is_asked and leg.answered_at is not null and leg.left_at <= $as_of
    and evidence is not null
    and not exists (
        select 1 from near_events as told
        where told.contact_id = leg.contact_id and told.kind = 'transferred'
            and told.event_at between leg.answered_at and leg.left_at + to_seconds({SLACK_S})
    )
"""

CONNECT_WITHOUT_COMPLETE = f"""
select 'connect_without_complete' as finding, {_LEG}, 'doubtful' as effect,
    case
        when leg.next_answered_at > leg.answered_at + to_seconds({OVERLAP_S})
            and leg.next_answered_at <= $as_of and leg.next_contact_id <> leg.contact_id
            then 'operator_next_call'
        when leg.answered_at < $as_of - to_seconds({LONGEST_TALK_S}) then 'long_ago'
    end as evidence
from near_legs as leg
where leg.is_asked and leg.answered_at <= $as_of
    and (leg.left_at is null or leg.left_at > $as_of) and evidence is not null
"""

ENTRY_WITHOUT_END = f"""
select 'entry_without_end' as finding, {_LEG}, 'unsure' as effect, 'long_ago' as evidence
from near_legs as leg
where leg.is_asked and coalesce(leg.answered_at, leg.left_at, timestamptz 'infinity') > $as_of
    and leg.queued_at < $as_of - to_seconds({LONGEST_WAIT_S})
"""

ENTRY_LOST = f"""
select 'entry_lost' as finding, {_LEG}, 'doubtful' as effect,
    case when leg.queued_at is null then 'answer_only' else 'proved' end as evidence
from near_legs as leg
where leg.is_asked and leg.answered_at <= $as_of and (
    (leg.queued_at is null and leg.tells_entries)
    or exists (
        select 1 from near_events as told
        where told.contact_id = leg.contact_id and told.kind = 'queued'
            and told.value = 'recovered' and told.event_at = leg.queued_at
    )
)
union all
select 'entry_lost' as finding, {_CONTACT}, 'missing' as effect, 'exit_only' as evidence
from near_contacts as call
where call.is_asked and call.channel = 'phone' and call.tells_entries
    and call.contact_id in (
        select told.contact_id from near_events as told
        where told.kind in ('abandoned', 'flowed_out')
            or (told.kind = 'ended' and told.value in ('agent', 'caller'))
    )
    and call.contact_id not in (select leg.contact_id from near_legs as leg)
"""

ANSWER_LOST = f"""
select 'answer_lost' as finding, {_LEG}, 'doubtful' as effect, 'proved' as evidence
from near_legs as leg
inner join near_events as told
    on leg.contact_id = told.contact_id and told.kind = 'answered' and told.value = 'recovered'
    and told.event_at = leg.answered_at
where leg.is_asked and leg.answered_at <= $as_of
"""

IMPOSSIBLE_TIMES = f"""
select 'impossible_times' as finding, {_LEG},
    case
        when epoch(coalesce(leg.answered_at, leg.left_at)) - epoch(leg.queued_at) > {LONGEST_WAIT_S}
            then 'long_wait'
        when leg.talk_s > {LONGEST_TALK_S} then 'long_talk'
    end as evidence,
    case when evidence = 'long_wait' then 'unsure' else 'none' end as effect
from near_legs as leg
where leg.is_asked and coalesce(leg.answered_at, leg.left_at) <= $as_of and evidence is not null
"""

TIMES_CONTRADICT = f"""
select 'times_contradict' as finding, {_LEG}, 'doubtful' as effect, 'two_lines' as evidence
from near_legs as leg
inner join near_events as told
    on leg.contact_id = told.contact_id and told.kind = 'times_contradict'
    and told.event_at between leg.answered_at and coalesce(leg.left_at, told.event_at)
where leg.is_asked and told.event_at <= $as_of
"""

DOUBLED_CALLS = f"""
select 'doubled_calls' as finding, call.contact_id, leg.leg, cast(null as varchar) as reference,
    call.received_at as happened_at, call.line, call.channel, call.operator_id, 'extra' as effect,
    min(twice.evidence) as evidence
from (
    select call.contact_id, 'same_id' as evidence
    from near_contacts as call where call.channel = 'phone'
    qualify row_number() over (partition by call.native_id order by call.source) > 1
    union all
    select call.contact_id, 'same_caller' as evidence
    from near_contacts as call
    inner join near_phones as phone on call.contact_id = phone.contact_id
    where call.channel = 'phone'
    qualify call.received_at <= lag(call.received_at) over (
        partition by phone.key, call.line order by call.received_at, call.contact_id
    ) + to_seconds({DOUBLED_S})
) as twice
inner join near_contacts as call on twice.contact_id = call.contact_id
left join near_legs as leg on call.contact_id = leg.contact_id
where call.is_asked
group by all
"""

ANSWERED_AS_ABANDONED = f"""
select 'answered_as_abandoned' as finding, {_LEG}, 'unsure' as effect,
    case when told.contact_id is not null then 'later_answer' else 'call_records' end as evidence
from near_legs as leg
left join (
    select contact_id, min(event_at) as event_at from near_events
    where kind = 'answered' and value is distinct from 'recovered'
    group by contact_id
) as told
    on leg.contact_id = told.contact_id and told.event_at >= leg.left_at
left join near_records as records on leg.native_id = records.id
where leg.is_asked and leg.left_as = 'abandoned' and leg.left_at <= $as_of
    and leg.n_answered = 0
    and (told.contact_id is not null or records.answered_s > 0)
"""

FAULTS = {
    "transfer_without_event": TRANSFER_WITHOUT_EVENT,
    "connect_without_complete": CONNECT_WITHOUT_COMPLETE,
    "entry_without_end": ENTRY_WITHOUT_END,
    "entry_lost": ENTRY_LOST,
    "answer_lost": ANSWER_LOST,
    "answered_as_abandoned": ANSWERED_AS_ABANDONED,
    "impossible_times": IMPOSSIBLE_TIMES,
    "times_contradict": TIMES_CONTRADICT,
    "doubled_calls": DOUBLED_CALLS,
}
