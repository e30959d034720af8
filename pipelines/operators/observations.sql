-- What each operator did in each contact of a period, judged by what is known now.
--
-- grain:   one row per contact and operator who took part in it
-- key:     contact_id, operator_id
-- reads:   operator_parts (mart_operator_parts of the period), approaches, confirming_sources
--          (pipelines/operators/observations.py), incidents, appeals, source_provides,
--          ref_calendar, category_guesses, category_decisions
-- units:   sla, fcr, csat, confirmation, transfers true or false, aht ln of seconds;
--          null = not this operator's, not known to the source, or not mature
-- caveat:  fcr of contacts younger than the window is null (not mature), never true
--
-- Queue wait, restoration and interpreters never enter: an operator cannot change them.

with

-- an outage lifts waits, handle times and repeats of everybody: its contacts are out
in_outages as (
    select operator_parts.contact_id
    from operator_parts
    inner join lake.incidents as incidents
        on
            operator_parts.received_at >= incidents.detected_at
            and operator_parts.received_at < coalesce(incidents.restored_at, $now)
            and coalesce(incidents.category = operator_parts.category, incidents.category is null)
            and coalesce(incidents.region = operator_parts.region, incidents.region is null)
            and coalesce(incidents.line = operator_parts.line, incidents.line is null)
),

-- contested by the operator, and a second person agreed
contested as (
    select
        contact_id,
        operator_id
    from lake.appeals
    where
        about = 'contact' and state = 'upheld'
        and contact_id is not null and operator_id is not null
),

parts as (
    select operator_parts.*
    from operator_parts
    where
        contact_id not in (select contact_id from in_outages)
        and (contact_id, operator_id) not in (
            select
                contact_id,
                operator_id
            from contested
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

numbering_sources as (
    select source
    from lake.source_provides
    where item = 'case_number'
),

-- where chats never end, the last message of each stands without an answer for ever
ending_sources as (
    select source
    from lake.source_provides
    where item = 'ended'
),

-- the same citizen came again on the same matter
repeated as (
    select parts.contact_id
    from parts
    inner join approaches
        on
            parts.citizen_key = approaches.citizen_key
            and parts.category = approaches.category
            and parts.received_at < approaches.received_at
            and approaches.received_at <= parts.received_at + to_days($fcr_days)
    where
        parts.is_ender
        and parts.citizen_key in (select again.citizen_key from approaches as again)
),

-- working seconds from assignment to reply: seconds since the calendar's first day on both ends
portal_replies as (
    select
        parts.contact_id,
        parts.operator_id,
        parts.replied_at is not null as is_replied,
        reply_days.worked_before_s
        + reply_days.is_working::integer * date_diff(
            'second', reply_days.day::timestamp,
            coalesce(parts.replied_at, $now) at time zone $zone
        )
        - assigned_days.worked_before_s
        - assigned_days.is_working::integer * date_diff(
            'second', assigned_days.day::timestamp, parts.assigned_at at time zone $zone
        ) as reply_s
    from parts
    inner join calendar as assigned_days
        on (parts.assigned_at at time zone $zone)::date = assigned_days.day
    inner join calendar as reply_days
        on (coalesce(parts.replied_at, $now) at time zone $zone)::date = reply_days.day
    where parts.channel = 'portal'
),

-- how long each own part took: seconds; of what has not come, until the end or now
timed as (
    select
        parts.*,
        portal_replies.reply_s as portal_reply_s,
        portal_replies.is_replied,
        case
            when
                parts.channel = 'chat' and (
                    parts.written_at is null or parts.written_at >= parts.assigned_at
                )
                then (
                    epoch_us(coalesce(parts.written_at, parts.ended_at, $now))
                    - epoch_us(parts.assigned_at)
                ) / 1e6
        end as chat_reply_s,
        greatest(
            parts.unanswered_s,
            case
                when parts.source in (select source from ending_sources)
                    then (epoch_us($now) - epoch_us(parts.unanswered_at)) / 1e6
            end
        ) as chat_left_s
    from parts
    left join portal_replies
        on
            parts.contact_id = portal_replies.contact_id
            and parts.operator_id = portal_replies.operator_id
),

judged as (
    select
        timed.*,
        contact_id in (select contact_id from repeated) as is_repeated,
        case
            when is_ring_missed and not is_answered then false
            when is_answered and channel in ('phone', 'callback', 'video') then ring_s <= $ring_s
        end as is_ring_kept,
        case
            -- nobody wrote: late once the target has passed with the citizen still there
            when chat_reply_s > $chat_reply_s then false
            when written_at is not null and chat_reply_s is not null then true
        end as is_chat_kept,
        case
            when greatest(next_reply_s, chat_left_s) > $chat_next_s then false
            -- one that never came counts by its lateness alone: the citizen may have said thanks
            when next_reply_s is not null then true
        end as is_next_kept,
        case
            when portal_reply_s > $portal_reply_s then false
            when is_replied then true
        end as is_portal_kept,
        case
            when
                source in (select source from numbering_sources)
                and is_ender and is_answered and is_ended
                and channel != 'portal'
                then has_number
        end as is_number_kept
    from timed
),

-- who picks the category picks the expectation: one that the text contradicts is undetermined
contradicted as (
    select
        contact_id,
        category as said_category
    from lake.category_guesses
    where
        state = 'contradicted' and received_date >= $period_start and received_date < $period_end
        and contact_id not in (
            select decisions.contact_id from lake.category_decisions as decisions
        )
),

observations as (
    select
        judged.contact_id,
        operator_id,
        received_date,
        case
            when said_category != category then ''
            else coalesce(category, '')
        end as category,
        coalesce(channel, '') as channel,
        local_hour,
        local_hour // $hour_band_h as hour_band,
        coalesce(line, '') as line,
        coalesce(menu_choice, '') as menu_choice,
        coalesce(region, '') as region,
        is_transferred_in,
        -- null parts are not this operator's or not known; all of the rest must hold
        case
            when
                not coalesce(is_ring_kept, true) or not coalesce(is_chat_kept, true)
                or not coalesce(is_next_kept, true) or not coalesce(is_portal_kept, true)
                or not coalesce(is_number_kept, true)
                then false
            else coalesce(is_ring_kept, is_chat_kept, is_next_kept, is_portal_kept, is_number_kept)
        end as sla,
        -- why it was not: each part that was not kept, what it took (null: known by no time)
        case
            when not sla
                then list_filter([
                    {
                        'part': case when is_answered then 'ring' else 'ring_missed' end,
                        'took_s': case when is_answered then ring_s end,
                        'target_s': $ring_s::double,
                        'is_kept': is_ring_kept
                    },
                    {
                        'part': case when written_at is null then 'no_reply' else 'reply' end,
                        'took_s': chat_reply_s,
                        'target_s': $chat_reply_s::double,
                        'is_kept': is_chat_kept
                    },
                    {
                        'part': case
                            when next_reply_s >= coalesce(chat_left_s, 0) then 'next_reply'
                            else 'no_next_reply'
                        end,
                        'took_s': greatest(next_reply_s, chat_left_s),
                        'target_s': $chat_next_s::double,
                        'is_kept': is_next_kept
                    },
                    {
                        'part': case when is_replied then 'answer' else 'no_answer' end,
                        'took_s': portal_reply_s,
                        'target_s': $portal_reply_s::double,
                        'is_kept': is_portal_kept
                    },
                    {
                        'part': 'number', 'took_s': null, 'target_s': null,
                        'is_kept': is_number_kept
                    }
                ], lambda one: not one.is_kept)
        end as missed,
        case
            -- immature contacts are out, also those known to have failed: else only failures count
            when received_at > $mature_at then null
            when not is_answered then null
            -- a window of 0 days asks for reopenings alone, of whomever
            when $fcr_days > 0 and (category is null or citizen_key is null) then null
            -- who asks again waits for an agency's decision: no operator could have given it
            when $fcr_days > 0 and list_contains($pending::varchar[], category) then null
            when is_passed_in_skill and not is_ender then false
            when is_ender then not (is_repeated or is_reopened)
        end as fcr,
        case when is_ender then rating >= $rating_top end as csat,
        case
            when
                is_ender and is_answered and is_resolved
                and source in (select source from confirming_sources)
                then is_confirmed
        end as confirmation,
        case when handle_s > 0 then ln(handle_s) end as aht,
        case when is_answered then is_passed_on end as transfers
    from judged
    left join contradicted on judged.contact_id = contradicted.contact_id
)

select * from observations
