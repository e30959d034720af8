-- What makes a line the same line: a webhook its content, an export what it is of.
--
-- grain:   one row a line
-- key:     row_no
-- reads:   good, documents
-- units:   tells: changes, status, export, rating; what such a document lets the source know
select
    lines.row_no,
    first(coalesce(
        case
            when documents.event is null and lines.n_documents = 1 and documents.shape <> 'other'
                then documents.shape || ':' || coalesce(
                    txt(documents.j, '$.id'), txt(documents.j, '$.conversation_id')
                )
        end,
        cast(json(documents.whole) as varchar),
        cast(json(lines.line) as varchar)
    )) as identity,
    coalesce(
        first(cast(json(documents.whole) as varchar)), first(cast(json(lines.line) as varchar))
    ) as content,
    min(coalesce(
        case when documents.event is null then moment(txt(documents.j, '$.created_at')) end,
        moment(txt(documents.j, '$.updated_at')), moment(txt(documents.j, '$.created_at')),
        moment(txt(documents.j, '$.timestamp'))
    )) as row_at,
    first(case
        when documents.event = 'conversation_updated' then 'changes'
        when documents.event like 'conversation_%' and documents.event <> 'conversation_created'
            then 'status'
        when documents.event is null and documents.shape = 'conversation' then 'export'
        when documents.shape = 'rating' then 'rating'
    end) as tells
from (
    select
        good.row_no,
        good.line,
        count(inner_documents.row_no) as n_documents
    from good left join documents as inner_documents on good.row_no = inner_documents.row_no
    group by good.row_no, good.line
) as lines
left join documents on lines.row_no = documents.row_no
group by lines.row_no
order by lines.row_no
