-- What each operator did in each contact, as far as the logs can show it: facts of the score.
--
-- grain:   one row a contact and operator who took part in it
-- key:     contact_id, operator_id
-- reads:   asked_headers (lake.contacts), asked_stays (lake.legs), asked_doings (lake.events),
--          ref_lines (skill)
-- check:   count(*) = count(operator_id)
-- units:   *_at UTC instants, *_s seconds; local_hour 0..23 in the service's zone; *_at null: it
--          did not happen, or has no part in what the operator is judged by; next_reply_s the
--          longest wait for a next reply of this operator's, unanswered_s the longest one left
--          without any (until the chat ended or was handed on), unanswered_at since when one goes
--          on; all null where the log has no messages
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
    where kind in ('assigned', 'replied', 'ended', 'resolved', 'reopened', 'confirmation_sent')
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

-- Next replies of chats, by the wording of the promise chat.next_response (promises.yml): from the
-- first message of a run of the citizen's to the next message of an operator; messages before the
-- first answer belong to the first reply. A run is charged to who has the chat when it begins and
-- has written in it already. Who takes over answers a run begun with somebody else: its first reply
-- counts from assignment, and of the run nobody can tell whose wait it was.
chat_doings as (
    select
        doings.contact_id,
        doings.operator_id,
        doings.kind,
        doings.event_at,
        doings.seq,
        -- of what is dated alike a handover comes before the words, the end after them
        case
            when doings.kind in ('assigned', 'transferred') then 0
            when doings.kind = 'ended' then 2
            else 1
        end as place,
        -- who has the chat; nobody ('') after a handover without a name, and after the end
        last_value(
            case
                when doings.kind in ('assigned', 'message_out') then doings.operator_id
                when doings.kind in ('transferred', 'ended') then ''
            end ignore nulls
        ) over before as in_charge,
        last_value(
            case when doings.kind in ('message_in', 'message_out') then doings.kind end ignore nulls
        ) over before as said_before
    from doings
    inner join asked_headers as headers on doings.contact_id = headers.contact_id
    where
        headers.channel = 'chat'
        and doings.kind in ('message_in', 'message_out', 'assigned', 'transferred', 'ended')
    window before as (
        partition by doings.contact_id order by doings.event_at, place, doings.seq
        rows between unbounded preceding and 1 preceding
    )
),

-- of a run its first message, and what came of it: words, a handover or the end
chat_runs as (
    select
        contact_id,
        in_charge as operator_id,
        kind,
        event_at as asked_at,
        lead(kind) over in_order as next_kind,
        lead(operator_id) over in_order as next_by,
        lead(event_at) over in_order as next_at
    from chat_doings
    where
        case kind
            when 'message_in' then said_before = 'message_out'
            -- assigned once more to the same operator: nothing is handed on
            when 'assigned' then operator_id != in_charge
            else true
        end
    -- a word in the instant of a handover is of who took over
    window in_order as (partition by contact_id order by event_at, place != 1, seq)
),

next_replies as (
    select
        runs.contact_id,
        runs.operator_id,
        max(epoch_us(runs.next_at) - epoch_us(runs.asked_at)) filter (
            where runs.next_kind = 'message_out' and runs.next_by = runs.operator_id
        ) / 1e6 as next_reply_s,
        max(epoch_us(runs.next_at) - epoch_us(runs.asked_at)) filter (
            where runs.next_kind != 'message_out'
        ) / 1e6 as unanswered_s,
        min(runs.asked_at) filter (where runs.next_kind is null) as unanswered_at
    from chat_runs as runs
    inner join operator_doings as own
        on
            runs.contact_id = own.contact_id and runs.operator_id = own.operator_id
            and own.written_at <= runs.asked_at
    where runs.kind = 'message_in'
    group by runs.contact_id, runs.operator_id
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
        -- an assignment without a name belongs to the first who answered, as far as that is known
        case
            when headers.channel in ('chat', 'portal')
                then coalesce(
                    own.assigned_at,
                    case
                        when
                            stays.leg = 1
                            or (
                                stays.leg is null and (
                                    headers.channel = 'portal'
                                    or people.contact_id not in (
                                        select answered.contact_id from answered_stays as answered
                                    )
                                )
                            )
                            then contacts.assigned_at
                    end
                )
        end as assigned_at,
        case
            when headers.channel = 'chat' then coalesce(own.written_at, stays.answered_at)
        end as written_at,
        case
            when headers.channel = 'portal' then coalesce(own.replied_at, contacts.replied_at)
        end as replied_at,
        case when headers.channel = 'chat' then contacts.ended_at end as ended_at,
        next_replies.next_reply_s,
        next_replies.unanswered_s,
        next_replies.unanswered_at,
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
    left join next_replies
        on
            people.contact_id = next_replies.contact_id
            and people.operator_id = next_replies.operator_id
    left join contact_doings as contacts on people.contact_id = contacts.contact_id
    left join passed_on
        on people.contact_id = passed_on.contact_id and people.operator_id = passed_on.operator_id
)

select * from operator_parts
