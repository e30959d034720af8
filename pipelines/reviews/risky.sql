-- Contacts that look worst first, and why: for coaching, never for the score.
--
-- grain:   one row per contact with a reason
-- reads:   population, contacts, legs, bursts
-- units:   reasons: list of low_rating, repeat, long_hold, burst

with

taken as (
    select unnest($taken::varchar[]) as contact_id
),

held as (
    select legs.contact_id
    from lake.legs as legs
    where legs.received_date >= $period_start and legs.received_date < $period_end
    group by legs.contact_id
    having sum(legs.hold_s) > $long_hold_s
),

repeated as (
    select distinct population.contact_id
    from population
    inner join lake.contacts as later
        on
            population.citizen_key = later.citizen_key
            and population.category = later.category
            and population.received_at < later.received_at
            and later.received_at <= population.received_at + to_days($fcr_days)
    where
        later.received_date >= $period_start
        and later.received_date <= $period_end + $fcr_days
        and later.parent_contact_id is null
),

-- of the contact's category, or of its line and what was chosen in the menu; one of everything is
-- no mark of a contact, and who was lost in a queue has no operator
burst as (
    select distinct population.contact_id
    from population
    inner join lake.bursts as bursts
        on
            population.received_at >= bursts.started_at
            and population.received_at < coalesce(bursts.ended_at, $now)
            and case coalesce(bursts.kind, 'category')
                when 'category' then population.category = bursts.category
                when 'line'
                    then
                        population.line = bursts.line
                        and population.menu_choice is not distinct from bursts.menu_choice
            end
),

judged as (
    select
        population.*,
        list_filter(
            [
                case when population.rating <= $low_rating then 'low_rating' end,
                case when repeated.contact_id is not null then 'repeat' end,
                case when held.contact_id is not null then 'long_hold' end,
                case when burst.contact_id is not null then 'burst' end
            ],
            lambda reason: reason is not null
        ) as reasons
    from population
    left join repeated on population.contact_id = repeated.contact_id
    left join held on population.contact_id = held.contact_id
    left join burst on population.contact_id = burst.contact_id
    where population.contact_id not in (select taken.contact_id from taken)
)

select * exclude (citizen_key, menu_choice)
from judged
where len(reasons) > 0
order by len(reasons) desc, rating asc nulls last, received_at desc, contact_id asc
limit $most
