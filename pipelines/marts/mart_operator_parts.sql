-- What each operator did in each contact, as far as the logs can show it: facts of the score.
--
-- grain:   one row a contact and operator who took part in it
-- key:     contact_id, operator_id
-- reads:   asked_headers (lake.contacts), asked_stays (lake.legs), asked_doings (lake.events),
--          ref_lines (skill)
-- check:   count(*) = count(operator_id)
-- units:   *_at UTC instants, *_s seconds; local_hour 0..23 in the service's zone; *_at null: it
--          did not happen, or has no part in what the operator is judged by
-- caveat:  what is judged (targets, outages, appeals, repeats) is not here but in
--          pipelines/operators/observations.sql: it may change while the day stays

with

doings as (
    select * from asked_doings
),

contact_doings as (
    select
        contact_id,
        min(event_at) filter (where kind = 'assigned') as assigned_at,
        min(event_at) filter (where kind = 'replied') as replied_at,
        max(event_at) filter (where kind = 'ended') as ended_at,
        bool_or(kind = 'resolved') as is_resolved,
        bool_or(kind = 'reopened') as is_reopened,
        bool_or(kind = 'confirmation_sent') as is_confirmed,
        bool_or(kind = 'confirmation_sent' and operator_id is not null) as is_confirmer_named
    from doings
    group by contact_id
),

operator_doings as (
    select
        contact_id,
        operator_id,
        min(event_at) filter (where kind = 'assigned') as assigned_at,
        min(event_at) filter (where kind in ('message_out', 'first_response')) as written_at,
        min(event_at) filter (where kind = 'replied') as replied_at,
        bool_or(kind = 'ring_no_answer') as is_ring_missed
    from doings
    where
        operator_id is not null
        and kind in ('assigned', 'message_out', 'first_response', 'replied', 'ring_no_answer')
    group by contact_id, operator_id
),

stays as (
    select * from asked_stays
),

answered_stays as (
    select
        contact_id,
        operator_id,
        min(leg) as leg,
        max(ring_s) as ring_s,
        min(answered_at) as answered_at,
        sum(talk_s + coalesce(hold_s, 0) + coalesce(wrap_s, 0)) as handle_s
    from stays
    where answered_at is not null and operator_id is not null
    group by contact_id, operator_id
),

-- a transfer inside one's own skill is a contact its sender did not resolve
passed_on as (
    select
        senders.contact_id,
        senders.operator_id,
        bool_or(coalesce(sender_skills.skill = receiver_skills.skill, false)) as is_own_skill
    from stays as senders
    inner join stays as receivers
        on senders.contact_id = receivers.contact_id and senders.leg + 1 = receivers.leg
    left join ref_lines as sender_skills on senders.line = sender_skills.line
    left join ref_lines as receiver_skills on receivers.line = receiver_skills.line
    where
        senders.answered_at is not null
        and senders.operator_id is distinct from receivers.operator_id
    group by senders.contact_id, senders.operator_id
),

people as (
    select
        contact_id,
        operator_id
    from answered_stays
    union
    select
        contact_id,
        operator_id
    from operator_doings
),

operator_parts as (
    select
        headers.contact_id,
        people.operator_id,
        headers.source,
        headers.channel,
        headers.line,
        headers.region,
        headers.category,
        headers.menu_choice,
        headers.citizen_key,
        headers.rating,
        headers.received_at,
        headers.received_date,
        headers.local_hour,
        headers.has_number,
        coalesce(stays.leg > 1, false) as is_transferred_in,
        stays.leg is not null as is_answered,
        -- who ended the contact answers for its outcome
        coalesce(headers.operator_id = people.operator_id, false) as is_ender,
        headers.has_outcome or contacts.ended_at is not null as is_ended,
        passed_on.contact_id is not null as is_passed_on,
        coalesce(passed_on.is_own_skill, false) as is_passed_in_skill,
        stays.ring_s,
        stays.handle_s,
        coalesce(own.is_ring_missed, false) as is_ring_missed,
        -- an assignment without a name belongs to the first who answered
        case
            when headers.channel in ('chat', 'portal')
                then coalesce(
                    own.assigned_at,
                    case when coalesce(stays.leg, 1) = 1 then contacts.assigned_at end
                )
        end as assigned_at,
        case
            when headers.channel = 'chat' then coalesce(own.written_at, stays.answered_at)
        end as written_at,
        case
            when headers.channel = 'portal' then coalesce(own.replied_at, contacts.replied_at)
        end as replied_at,
        case when headers.channel = 'chat' then contacts.ended_at end as ended_at,
        coalesce(contacts.is_resolved, false) as is_resolved,
        coalesce(contacts.is_reopened, false) as is_reopened,
        coalesce(contacts.is_confirmed, false) as is_confirmed,
        coalesce(contacts.is_confirmer_named, false) as is_confirmer_named
    from people
    inner join asked_headers as headers on people.contact_id = headers.contact_id
    left join answered_stays as stays
        on people.contact_id = stays.contact_id and people.operator_id = stays.operator_id
    left join operator_doings as own
        on people.contact_id = own.contact_id and people.operator_id = own.operator_id
    left join contact_doings as contacts on people.contact_id = contacts.contact_id
    left join passed_on
        on people.contact_id = passed_on.contact_id and people.operator_id = passed_on.operator_id
)

select * from operator_parts
