-- What each operator did in each contact of a period, as far as the logs can show it.
--
-- grain:   one row per contact and operator who took part in it
-- key:     contact_id, operator_id
-- reads:   contacts, legs, events, incidents, appeals, source_provides, ref_calendar, ref_lines
-- units:   sla, fcr, csat, confirmation, transfers true or false, aht ln of seconds;
--          null = not this operator's, not known to the source, or not mature
-- caveat:  fcr of contacts younger than the window is null (not mature), never true
--
-- Queue wait, restoration and interpreters never enter: an operator cannot change them.

with

-- of one operator's page only: his contacts, else everybody's
asked as (
    select contact_id
    from lake.legs
    where
        received_date >= $period_start
        and received_date < $period_end
        and operator_id = $operator
    union
    select contact_id
    from lake.events
    where
        received_date >= $period_start
        and received_date < $period_end
        and operator_id = $operator
),

contacts as (
    select contacts.*
    from lake.contacts as contacts
    where
        contacts.received_date >= $period_start
        and contacts.received_date < $period_end
        and ($operator is null or contacts.contact_id in (select asked.contact_id from asked))
        -- an outage lifts waits, handle times and repeats of everybody: its contacts are out
        and not exists (
            select 1
            from lake.incidents as incidents
            where
                contacts.received_at >= incidents.detected_at
                and contacts.received_at < coalesce(incidents.restored_at, $now)
                and coalesce(incidents.category = contacts.category, incidents.category is null)
                and coalesce(incidents.region = contacts.region, incidents.region is null)
                and coalesce(incidents.line = contacts.line, incidents.line is null)
        )
),

calendar as (
    select
        day,
        is_working,
        coalesce(sum(is_working::integer) over (
            order by day rows between unbounded preceding and 1 preceding
        ), 0) * 86400 as worked_before_s
    from ref_calendar
),

legs as (
    select * from lake.legs
    where received_date >= $period_start and received_date < $period_end
),

events as (
    select * from lake.events
    where
        received_date >= $period_start
        and received_date < $period_end
        and event_at <= $now
        and kind in (
            'assigned', 'message_out', 'first_response', 'replied', 'ring_no_answer',
            'resolved', 'reopened', 'confirmation_sent', 'ended'
        )
),

contact_events as (
    select
        contact_id,
        min(event_at) filter (where kind = 'assigned') as assigned_at,
        min(event_at) filter (where kind = 'replied') as replied_at,
        min(event_at) filter (where kind = 'resolved') as resolved_at,
        max(event_at) filter (where kind = 'ended') as ended_at,
        bool_or(kind = 'reopened') as is_reopened,
        bool_or(kind = 'confirmation_sent') as is_confirmed
    from events
    group by contact_id
),

numbering_sources as (
    select source
    from lake.source_provides
    where item = 'case_number'
),

-- a robot's confirmation is nobody's doing: the source must name who sends them
confirming_sources as (
    select distinct source
    from events
    where kind = 'confirmation_sent' and operator_id is not null
),

answered_legs as (
    select
        contact_id,
        operator_id,
        min(leg) as leg,
        max(ring_s) as ring_s,
        min(answered_at) as answered_at,
        sum(talk_s + coalesce(hold_s, 0) + coalesce(wrap_s, 0)) as handle_s
    from legs
    where answered_at is not null and operator_id is not null
    group by contact_id, operator_id
),

operator_events as (
    select
        contact_id,
        operator_id,
        min(event_at) filter (where kind = 'assigned') as assigned_at,
        min(event_at) filter (where kind in ('message_out', 'first_response')) as written_at,
        min(event_at) filter (where kind = 'replied') as replied_at,
        bool_or(kind = 'ring_no_answer') as is_ring_missed
    from events
    where
        operator_id is not null
        and kind in ('assigned', 'message_out', 'first_response', 'replied', 'ring_no_answer')
    group by contact_id, operator_id
),

-- the next approach of the same citizen on the same matter; an escalated chat or a callback goes
-- on with the same approach (parent_contact_id) and repeats nothing
approaches as (
    select
        contact_id,
        citizen_key,
        category,
        received_at
    from lake.contacts
    where
        received_date >= $period_start
        and received_date <= $period_end + $fcr_days + 1
        and received_at <= $now
        and citizen_key is not null
        and category is not null
        and parent_contact_id is null
),

repeated as (
    select distinct first_contacts.contact_id
    from contacts as first_contacts
    inner join approaches
        on
            first_contacts.citizen_key = approaches.citizen_key
            and first_contacts.category = approaches.category
            and first_contacts.received_at < approaches.received_at
            and approaches.received_at <= first_contacts.received_at + to_days($fcr_days)
),

-- a transfer inside one's own skill is a contact its sender did not resolve
passed_on as (
    select
        senders.contact_id,
        senders.operator_id,
        bool_or(coalesce(sender_skills.skill = receiver_skills.skill, false)) as is_own_skill
    from legs as senders
    inner join legs as receivers
        on senders.contact_id = receivers.contact_id and senders.leg + 1 = receivers.leg
    left join ref_lines as sender_skills on senders.line = sender_skills.line
    left join ref_lines as receiver_skills on receivers.line = receiver_skills.line
    where
        senders.answered_at is not null
        and senders.operator_id is distinct from receivers.operator_id
    group by senders.contact_id, senders.operator_id
),

parts as (
    select
        contact_id,
        operator_id
    from answered_legs
    union
    select
        contact_id,
        operator_id
    from operator_events
),

facts as (
    select
        contacts.contact_id,
        parts.operator_id,
        contacts.channel,
        contacts.line,
        contacts.category,
        contacts.menu_choice,
        contacts.citizen_key,
        contacts.case_number,
        contacts.rating,
        contacts.received_at,
        hour(contacts.received_at at time zone $zone) // $hour_band_h as hour_band,
        coalesce(answered_legs.leg > 1, false) as is_transferred_in,
        answered_legs.leg is not null as is_answered,
        -- who ended the contact answers for its outcome
        coalesce(contacts.operator_id = parts.operator_id, false) as is_ender,
        contacts.outcome is not null or contact_events.ended_at is not null as is_ended,
        passed_on.contact_id is not null as is_passed_on,
        coalesce(passed_on.is_own_skill, false) as is_passed_in_skill,
        answered_legs.ring_s,
        answered_legs.handle_s,
        coalesce(operator_events.is_ring_missed, false) as is_ring_missed,
        -- an assignment without a name belongs to the first who answered
        coalesce(
            operator_events.assigned_at,
            case when coalesce(answered_legs.leg, 1) = 1 then contact_events.assigned_at end
        ) as assigned_at,
        coalesce(operator_events.written_at, answered_legs.answered_at) as written_at,
        coalesce(operator_events.replied_at, contact_events.replied_at) as replied_at,
        coalesce(contact_events.ended_at, $now) as last_at,
        contact_events.resolved_at is not null as is_resolved,
        coalesce(contact_events.is_reopened, false) as is_reopened,
        coalesce(contact_events.is_confirmed, false) as is_confirmed,
        repeated.contact_id is not null as is_repeated,
        contacts.source in (select source from numbering_sources) as is_number_known,
        contacts.source in (select source from confirming_sources) as is_confirmation_known
    from parts
    inner join contacts on parts.contact_id = contacts.contact_id
    left join answered_legs
        on
            parts.contact_id = answered_legs.contact_id
            and parts.operator_id = answered_legs.operator_id
    left join operator_events
        on
            parts.contact_id = operator_events.contact_id
            and parts.operator_id = operator_events.operator_id
    left join contact_events on parts.contact_id = contact_events.contact_id
    left join repeated on parts.contact_id = repeated.contact_id
    left join passed_on
        on
            parts.contact_id = passed_on.contact_id
            and parts.operator_id = passed_on.operator_id
    where
        ($operator is null or parts.operator_id = $operator)
        -- contested by the operator, and a second person agreed
        and not exists (
            select 1
            from lake.appeals as appeals
            where
                appeals.about = 'contact'
                and appeals.state = 'upheld'
                and parts.contact_id = appeals.contact_id
                and parts.operator_id = appeals.operator_id
        )
),

-- working seconds from assignment to reply: seconds since the calendar's first day on both ends
portal_replies as (
    select
        facts.contact_id,
        facts.operator_id,
        facts.replied_at is not null as is_replied,
        reply_days.worked_before_s
        + reply_days.is_working::integer * date_diff(
            'second', reply_days.day::timestamp,
            coalesce(facts.replied_at, $now) at time zone $zone
        )
        - assigned_days.worked_before_s
        - assigned_days.is_working::integer * date_diff(
            'second', assigned_days.day::timestamp, facts.assigned_at at time zone $zone
        ) as reply_s
    from facts
    inner join calendar as assigned_days
        on (facts.assigned_at at time zone $zone)::date = assigned_days.day
    inner join calendar as reply_days
        on (coalesce(facts.replied_at, $now) at time zone $zone)::date = reply_days.day
    where facts.channel = 'portal'
),

judged as (
    select
        facts.*,
        case
            when facts.is_ring_missed and not facts.is_answered then false
            when facts.is_answered and facts.channel in ('phone', 'callback', 'video')
                then facts.ring_s <= $ring_s
        end as is_ring_kept,
        case
            when facts.channel != 'chat' or facts.assigned_at is null then null
            when facts.written_at >= facts.assigned_at
                then epoch(facts.written_at - facts.assigned_at) <= $chat_reply_s
            -- nobody wrote: late once the target has passed with the citizen still there
            when
                facts.written_at is null
                and epoch(facts.last_at - facts.assigned_at) > $chat_reply_s then false
        end as is_chat_kept,
        case
            when portal_replies.reply_s > $portal_reply_s then false
            when portal_replies.is_replied then true
        end as is_portal_kept,
        case
            when
                facts.is_number_known and facts.is_ender and facts.is_answered and facts.is_ended
                and facts.channel != 'portal'
                then facts.case_number is not null
        end as is_number_kept
    from facts
    left join portal_replies
        on
            facts.contact_id = portal_replies.contact_id
            and facts.operator_id = portal_replies.operator_id
),

observations as (
    select
        contact_id,
        operator_id,
        (received_at at time zone $zone)::date as received_date,
        coalesce(category, '') as category,
        coalesce(channel, '') as channel,
        hour_band,
        coalesce(line, '') as line,
        coalesce(menu_choice, '') as menu_choice,
        is_transferred_in,
        -- null parts are not this operator's or not known; all of the rest must hold
        list_aggregate(
            [is_ring_kept, is_chat_kept, is_portal_kept, is_number_kept], 'bool_and'
        ) as sla,
        case
            -- immature contacts are out, also those known to have failed: else only failures count
            when received_at + to_days($fcr_days) > $now then null
            when not is_answered or category is null or citizen_key is null then null
            when is_passed_in_skill and not is_ender then false
            when is_ender then not (is_repeated or is_reopened)
        end as fcr,
        case when is_ender then rating >= $rating_top end as csat,
        case
            when is_ender and is_answered and is_resolved and is_confirmation_known
                then is_confirmed
        end as confirmation,
        case when handle_s > 0 then ln(handle_s) end as aht,
        case when is_answered then is_passed_on end as transfers
    from judged
)

select * from observations
