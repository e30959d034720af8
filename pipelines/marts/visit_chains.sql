-- What each contact came after: the one before of the same citizen, of its topic and of any.
--
-- grain:   one row a contact of a known citizen
-- key:     contact_id
-- reads:   asked_visits (contact_id, received_date, received_at, citizen_key, category; whole
--          citizens: every contact of theirs of the days asked for and fcr_days before them)
-- check:   count(before_id) = count(distinct before_id)
--          and count(last_id) = count(distinct last_id)
-- units:   *_at UTC instants
-- caveat:  looks back only, so that a contact that comes changes no row of a day before it; every
--          line and channel counts; null: none within fcr_days

with

ordered as (
    select
        contact_id,
        received_date,
        received_at,
        category,
        lag(contact_id) over same as before_id,
        lag(received_at) over same as before_at,
        lag(contact_id) over whatever as last_id,
        lag(received_at) over whatever as last_at
    from asked_visits
    where citizen_key is not null
    window
        same as (partition by citizen_key, category order by received_at, contact_id),
        whatever as (partition by citizen_key order by received_at, contact_id)
),

-- those of no category come back with nothing in common
judged as (
    select
        *,
        coalesce(
            category is not null and received_at <= before_at + to_days($fcr_days::int), false
        ) as is_repeat,
        coalesce(received_at <= last_at + to_days($fcr_days::int), false) as is_after_any
    from ordered
),

visit_chains as (
    select
        contact_id,
        received_date,
        case when is_repeat then before_id end as before_id,
        case when is_after_any then last_id end as last_id
    from judged
)

select * from visit_chains
