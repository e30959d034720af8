-- What Chatwoot's documents tell: events of chats, header fields beside `received`.
--
-- Read from Chatwoot's own sources: event_data_presenter.rb (webhooks), push_event_data (messages
-- inside of conversations), the jbuilder views of its API. Ids of conversations are display ids.
--
-- grain:   one row an event a line tells; the same event may stand in several lines
-- reads:   documents
-- units:   times to the second: one shape of a message has milliseconds, the other has not
with

conversations as (
    select
        row_no,
        j as c,
        event,
        event is null as is_export,
        coalesce(
            moment(txt(j, '$.updated_at')), moment(txt(j, '$.last_activity_at')),
            moment(txt(j, '$.timestamp'))
        ) as changed_at
    from documents where shape = 'conversation'
    union all
    select
        row_no,
        json_extract(j, '$.conversation'),
        'message',
        false,
        null
    from documents where shape = 'message' and json_type(j, '$.conversation') = 'OBJECT'
),

named as (
    select
        *,
        'chatwoot:' || txt(c, '$.id') as contact_id,
        replace(lower(coalesce(txt(c, '$.channel'), txt(c, '$.meta.channel'))), 'channel::', '')
            as inbox
    from conversations
),

nested as (
    select
        row_no,
        contact_id,
        is_export,
        unnest(each(json_extract(c, '$.messages'))) as m
    from named
    union all
    select
        row_no,
        contact_id,
        is_export,
        json_extract(c, '$.last_non_activity_message')
    from named
),

told as (
    select
        row_no,
        'chatwoot:' || coalesce(txt(j, '$.conversation.id'), txt(j, '$.conversation_id'))
            as contact_id,
        j as m,
        event,
        event is null as is_export
    from documents where shape = 'message'
    union all
    select
        row_no,
        contact_id,
        m,
        null,
        is_export
    from nested
    where json_type(m, '$.message_type') is not null
),

messages as (
    select
        row_no,
        contact_id,
        m,
        event,
        is_export,
        moment(txt(m, '$.created_at')) as event_at,
        case txt(m, '$.message_type')
            when '0' then 'incoming' when '1' then 'outgoing'
            when '2' then 'activity' when '3' then 'template'
            else txt(m, '$.message_type')
        end as kind_of,
        coalesce(txt(m, '$.private'), 'false') = 'true' as is_private,
        coalesce(txt(m, '$.content_attributes.deleted'), 'false') = 'true' as is_deleted,
        lower(coalesce(txt(m, '$.sender.type'), txt(m, '$.sender_type'))) as sender,
        -- rules and campaigns write in the name of the house: nobody answered
        coalesce(
            txt(m, '$.content_attributes.automation_rule_id'),
            txt(m, '$.additional_attributes.campaign_id')
        ) is not null as is_automatic,
        -- of a sender that does not say what it is, people have an e-mail or a role
        coalesce(
            txt(m, '$.sender.email'), txt(m, '$.sender.role'),
            txt(m, '$.sender.availability_status')
        ) is not null as is_person,
        coalesce(txt(m, '$.sender.id'), txt(m, '$.sender_id')) as sender_id,
        coalesce(
            txt(m, '$.content'),
            case
                when
                    json_array_length(m, '$.attachments') > 0 or json_type(m, '$.attachment') in
                    ('OBJECT', 'ARRAY') then '[вложение ' || coalesce(txt(m, '$.id'), '') || ']'
            end
        ) as content
    from told
),

spoken as (
    select
        *,
        case
            when is_private or is_deleted then null
            when kind_of = 'incoming' then 'message_in'
            when
                kind_of = 'outgoing' and not is_automatic
                and (sender = 'user' or (sender is null and is_person)) then 'message_out'
        end as kind
    from messages
    -- an edited message is the message it was
    where event is distinct from 'message_updated'
),

-- what changed, and how it was before: [{attribute: {previous_value, current_value}}]
changes as (
    select
        row_no,
        contact_id,
        changed_at,
        c,
        unnest(each(json_extract(c, '$.changed_attributes'))) as item
    from named
),

statuses as (
    select
        row_no,
        contact_id,
        changed_at,
        c,
        txt(item, '$.status.current_value') as status,
        txt(item, '$.status.previous_value') as previous
    from changes where json_type(item, '$.status') is not null
    union all
    select
        row_no,
        contact_id,
        changed_at,
        c,
        txt(c, '$.status'),
        null
    from named
    where
        event in ('conversation_status_changed', 'conversation_resolved', 'conversation_opened')
        and row_no not in (
            select row_no from changes where json_type(item, '$.status') is not null
        )
),

-- older versions do not say what it was before: the change before it does
moved as (
    select
        *,
        coalesce(
            previous,
            lag(status) over (partition by contact_id order by changed_at, row_no)
        ) as status_before
    from statuses
),

-- an export has no times of its changes, but the notes the system left of them
notes as (
    select
        row_no,
        contact_id,
        event_at,
        regexp_matches(
            lower(content), 'reopened|переоткрыт|открыт\w* (снова|заново|повторно|вновь)'
        ) as is_reopening,
        regexp_matches(lower(content), 'resolved|решён|решен|закрыт') as is_resolution
    from messages where kind_of = 'activity' and is_export
),

closed as (
    select
        row_no,
        contact_id,
        coalesce(moment(txt(c, '$.last_activity_at')), moment(txt(c, '$.timestamp')), changed_at)
            as event_at
    from named
    where is_export and txt(c, '$.status') = 'resolved' and not exists (
        select 1 from notes
        where
            notes.row_no = named.row_no and notes.contact_id = named.contact_id
            and notes.is_resolution and not notes.is_reopening
    )
),

events as (
    select
        row_no,
        contact_id,
        moment(txt(c, '$.created_at')) as event_at,
        'received' as kind,
        null as operator_id,
        null as value,
        case when inbox = 'webwidget' then 'web' else inbox end as platform,
        txt(c, '$.custom_attributes.case_number') as case_number,
        coalesce(
            txt(c, '$.custom_attributes.citizen_id'),
            txt(c, '$.meta.sender.custom_attributes.citizen_id'),
            case
                when regexp_full_match(txt(c, '$.meta.sender.identifier'), '[0-9 -]{10,14}')
                    then txt(c, '$.meta.sender.identifier')
            end
        ) as citizen_id,
        txt(c, '$.meta.sender.phone_number') as citizen_phone,
        txt(c, '$.meta.sender.email') as citizen_email,
        'chatwoot:' || coalesce(txt(c, '$.meta.sender.id'), txt(c, '$.contact_inbox.contact_id'))
            as citizen_ref,
        lower(left(coalesce(
            txt(c, '$.custom_attributes.language'),
            txt(c, '$.additional_attributes.conversation_language'),
            txt(c, '$.additional_attributes.browser_language'),
            txt(c, '$.additional_attributes.browser.browser_language')
        ), 2)) as language,
        txt(c, '$.custom_attributes.region') as region,
        coalesce(txt(c, '$.custom_attributes.category'), txt(c, '$.labels[0]')) as category
    from named where txt(c, '$.created_at') is not null
    union all by name
    -- when only the last message is given, the first answer of a human still is
    select
        row_no,
        contact_id,
        moment(txt(c, '$.first_reply_created_at')) as event_at,
        'answered' as kind
    from named where moment(txt(c, '$.first_reply_created_at')) is not null
    union all by name
    select
        row_no,
        contact_id,
        event_at,
        kind,
        case when kind = 'message_out' then sender_id end as operator_id,
        content as value
    from spoken where kind is not null
    union all by name
    select
        row_no,
        contact_id,
        event_at,
        'rated' as kind,
        txt(m, '$.content_attributes.submitted_values.csat_survey_response.rating') as value
    from messages
    where txt(m, '$.content_attributes.submitted_values.csat_survey_response.rating') is not null
    union all by name
    select
        row_no,
        'chatwoot:' || coalesce(txt(j, '$.conversation_id'), txt(j, '$.conversation.id'))
            as contact_id,
        moment(txt(j, '$.created_at')) as event_at,
        'rated' as kind,
        txt(j, '$.rating') as value
    from documents where shape = 'rating'
    union all by name
    select
        row_no,
        contact_id,
        changed_at as event_at,
        unnest(case
            when status = 'resolved' then ['resolved', 'ended']
            when status in ('open', 'pending') and status_before = 'resolved' then ['reopened']
            -- snoozed until the citizen writes again
            when status = 'snoozed' and txt(c, '$.snoozed_until') is null
                then ['waiting_for_citizen']
            else []
        end) as kind
    from moved
    union all by name
    select
        row_no,
        contact_id,
        event_at,
        unnest(case
            when is_reopening then ['reopened']
            when is_resolution then ['resolved', 'ended']
            else []
        end) as kind
    from notes
    union all by name
    select
        row_no,
        contact_id,
        event_at,
        unnest(['resolved', 'ended']) as kind
    from closed
    union all by name
    select
        row_no,
        contact_id,
        changed_at as event_at,
        'assigned' as kind,
        txt(item, '$.assignee_id.current_value') as operator_id
    from changes where txt(item, '$.assignee_id.current_value') is not null
    union all by name
    select
        row_no,
        contact_id,
        changed_at as event_at,
        'transferred' as kind,
        coalesce(txt(c, '$.meta.team.name'), txt(item, '$.team_id.current_value')) as value
    from changes
    where
        txt(item, '$.team_id.previous_value') is not null
        and txt(item, '$.team_id.current_value') is not null
    union all by name
    select
        row_no,
        contact_id,
        changed_at as event_at,
        'recategorised' as kind,
        coalesce(
            txt(item, '$.label_list.current_value[0]'), txt(item, '$.labels.current_value[0]')
        ) as value
    from changes
    where coalesce(
        txt(item, '$.label_list.current_value[0]'), txt(item, '$.labels.current_value[0]')
    ) is not null
)

select
    *,
    'chat' as channel
from events order by row_no, event_at, kind, value
