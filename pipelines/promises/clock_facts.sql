-- Everything a promise may ask of a contact: its header, first moments and derived fields.
--
-- grain:   one row a contact of clock_contacts and category it had for a time (clock_spans)
-- key:     contact_id, category_from_at
-- reads:   clock_*, ref_lines, ref_routes, ref_categories
-- units:   *_at instants, *_s seconds; null: not known or did not happen
-- caveat:  a source without first_response or specialist_contacted is judged by what stands in; one
--          that tells holds had none where it tells none
with

joined as (
    select
        c.*,
        m.* exclude (contact_id, queued_at, answered_at, n_transferred, abandoned_at),
        least(m.queued_at, l.leg_queued_at) as queued_at,
        least(m.answered_at, l.leg_answered_at) as answered_at,
        least(m.abandoned_at, l.leg_abandoned_at) as abandoned_at,
        coalesce(m.n_transferred, 0) as n_transfers,
        l.n_legs,
        l.leg_left_at,
        l.hold_s,
        l.talk_s,
        coalesce(l.first_operator_id, c.operator_id) as first_operator_id,
        least(l.reserve_leg_at, a.reserve_team_at) as reserve_answered_at,
        a.transfer_answered_at,
        coalesce(c.transferred_to, l.second_line) as route_to
    from clock_contacts as c
    left join clock_moments as m on c.contact_id = m.contact_id
    left join clock_legs as l on c.contact_id = l.contact_id
    left join clock_answers as a on c.contact_id = a.contact_id
),

human as (
    select
        j.* exclude (first_response_at, specialist_contacted_at, confirmation_email_at, hold_s),
        case
            when
                j.hold_s is null and j.hold_started_at is null
                and list_contains($know_holds::varchar[], j.source)
                then 0
            else j.hold_s
        end as hold_s,
        case
            when list_contains($know_first_response::varchar[], j.source) then j.first_response_at
            else coalesce(
                j.first_response_at,
                least(j.answered_at, j.operator_message_at, j.callback_made_at)
            )
        end as first_response_at,
        case
            when list_contains($know_specialist::varchar[], j.source)
                then j.specialist_contacted_at
            else coalesce(
                j.specialist_contacted_at,
                least(j.callback_made_at, j.answered_at, j.operator_message_at)
            )
        end as specialist_contacted_at,
        coalesce(
            j.confirmation_email_at,
            case
                when contains(lower(j.confirmation_channel), 'mail') then j.confirmation_sent_at
            end
        ) as confirmation_email_at,
        least(
            j.first_response_at, j.answered_at, j.operator_message_at, j.callback_made_at
        ) as human_response_at,
        least(j.first_response_at, j.answered_at, j.operator_message_at) as word_at,
        case
            when j.ended_at is not null then j.ended_at
            when j.channel = 'portal' then coalesce(j.replied_at, j.resolved_at)
            when list_contains($know_ended::varchar[], j.source) then null
            else greatest(j.leg_left_at, j.resolved_at, j.replied_at, j.abandoned_at)
        end as closed_at
    from joined as j
)

select
    h.* exclude (category),
    case when t.contact_id is null then h.category else t.category end as category,
    h.category as category_now,
    t.from_at as category_from_at,
    t.to_at as category_to_at,
    t.to_at is null as is_last_category,
    c.class,
    case
        when h.abandoned_at is not null then h.abandoned_at
        when
            h.human_response_at is null and h.self_served_at is null
            and (h.channel = 'chat' or h.outcome in ('abandoned', 'abandoned_menu'))
            then h.ended_at
    end as left_at,
    r.repeat_at,
    d.redial_at,
    u.unit as case_unit,
    k.child_answered_at,
    (
        h.human_response_at is not null
        and (
            h.callback_made_at is null
            or coalesce(h.callback_result, '') <> 'attempted'
            or h.word_at is not null
        )
    ) or h.replied_at is not null as is_served,
    epoch(coalesce(h.answered_at, h.abandoned_at)) - epoch(h.queued_at) as wait_s,
    h.abandoned_at is not null
    and h.answered_at is null
    and coalesce(epoch(h.abandoned_at) - epoch(h.queued_at), 0) < $short_abandon_s
        as is_short_abandon,
    h.transferred_at is not null
    and coalesce(coalesce(s.skill, h.route_to) <> coalesce(f.skill, h.line), true)
        as is_transferred_to_other_skill,
    list_contains(string_split(o.skills, ';'), c.skill) as has_skill,
    list_contains(string_split(o.skills, ';'), $english_skill) as speaks_english,
    (not list_contains($spoken::varchar[], h.language)) as needs_interpreter,
    h.due_at is not null as has_due,
    j.is_in_journal,
    g.is_region_day,
    p.is_peak,
    q.is_by_priority
from human as h
left join clock_spans as t on h.contact_id = t.contact_id
left join ref_categories as c
    on case when t.contact_id is null then h.category else t.category end = c.category
left join clock_repeats as r on h.contact_id = r.contact_id
left join clock_redials as d on h.contact_id = d.contact_id
left join clock_cases as u on h.contact_id = u.contact_id
left join clock_children as k on h.contact_id = k.contact_id
left join ref_lines as f on h.line = f.line
left join ref_routes as s on h.route_to = s.route
left join clock_operators as o on h.first_operator_id = o.operator_id
left join clock_journal as j on h.contact_id = j.contact_id
left join clock_regions as g on h.contact_id = g.contact_id
left join clock_peak_calls as p on h.contact_id = p.contact_id
left join clock_priority as q on h.contact_id = q.contact_id
