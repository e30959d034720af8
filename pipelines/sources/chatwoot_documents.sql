-- Objects that stand for themselves in lines of Chatwoot's JSON: a webhook, an exported
-- conversation, a message, a rating. A page of the API in one line holds several.
--
-- grain:   one row an object
-- reads:   good (row_no, line)
-- units:   shape: conversation, message, rating, other
with

lines as (
    select
        row_no,
        cast(line as json) as j
    from good
),

-- a collector's envelope around the webhook
opened as (
    select
        row_no,
        case
            when txt(j, '$.event') is not null then j
            when json_type(j, '$.body') = 'OBJECT' then json_extract(j, '$.body')
            when json_type(j, '$.payload') = 'OBJECT' then json_extract(j, '$.payload')
            else j
        end as j
    from lines
),

-- a page of the API in one line
paged as (
    select
        row_no,
        j as whole,
        unnest(case
            when
                json_type(j, '$.data.payload') = 'ARRAY'
                then each(json_extract(j, '$.data.payload'))
            when json_type(j, '$.payload') = 'ARRAY' then each(json_extract(j, '$.payload'))
            else [j]
        end) as j
    from opened
)

select
    row_no,
    whole,
    j,
    txt(j, '$.event') as event,
    case
        when event in ('message_created', 'message_updated') then 'message'
        when event in (
            'conversation_created', 'conversation_updated', 'conversation_status_changed',
            'conversation_resolved', 'conversation_opened'
        ) then 'conversation'
        when event is not null then 'other'
        when json_type(j, '$.message_type') is not null then 'message'
        when
            json_type(j, '$.rating') is not null
            and coalesce(txt(j, '$.conversation_id'), txt(j, '$.conversation.id')) is not null
            then 'rating'
        when json_type(j, '$.messages') = 'ARRAY' or json_type(j, '$.meta') = 'OBJECT'
            then 'conversation'
        else 'other'
    end as shape
from paged
where json_type(j) = 'OBJECT'
