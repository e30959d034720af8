-- A random sample, stratified by operator and category: of each operator every (n / quota)-th
-- contact in order of category and then of chance, from a random start.
--
-- grain:   one row per chosen contact
-- reads:   population
-- caveat:  every contact of an operator has the same chance quota / n, so shares of categories are
--          kept and a plain mean over the sample is a fair one; a rare category may have none

with

taken as (
    select unnest($taken::varchar[]) as contact_id
),

-- contacts of this period drawn before count against the quota
drawn as (
    select
        population.operator_id,
        count(*) as n
    from population
    inner join taken on population.contact_id = taken.contact_id
    group by population.operator_id
),

free as (
    select *
    from population
    where contact_id not in (select taken.contact_id from taken)
),

placed as (
    select
        free.*,
        row_number() over (
            partition by free.operator_id
            order by coalesce(free.category, ''), md5(concat($seed, ':', free.contact_id))
        ) as place,
        count(*) over (partition by free.operator_id) as n,
        greatest($quota - coalesce(drawn.n, 0), 0) as quota_left,
        (md5_number_lower(concat($seed, ':', free.operator_id)) % 1000000) / 1000000.0 as start
    from free
    left join drawn on free.operator_id = drawn.operator_id
)

select * exclude (place, start, quota_left, n, citizen_key, menu_choice)
from placed
where
    floor(start + place * least(quota_left, n) / n::double)
    > floor(start + (place - 1) * least(quota_left, n) / n::double)
order by md5(concat($seed, ':', contact_id))
