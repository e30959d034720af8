-- How many chats an operator holds at the same time, of the chats received on a day.
--
-- grain:   one row a local day with ended chats
-- key:     received_date
-- reads:   asked_chats (answered and ended legs of chats of known operators)
-- check:   sum(chat_s) >= sum(busy_s)
-- units:   seconds, additive: chat_s of all chats, busy_s with any; chats at once are their ratio
-- caveat:  chats of two days held at once count as one after another

with

moves as (
    select
        received_date,
        operator_id,
        answered_at as moved_at,
        1 as step
    from asked_chats
    union all
    select
        received_date,
        operator_id,
        left_at as moved_at,
        -1 as step
    from asked_chats
),

held as (
    select
        received_date,
        sum(step) over one_time as n,
        epoch(lead(moved_at) over one_by_one) - epoch(moved_at) as length_s
    from moves
    window
        one_time as (
            partition by received_date, operator_id order by moved_at range unbounded preceding
        ),
        one_by_one as (partition by received_date, operator_id order by moved_at asc, step desc)
),

chats as (
    select
        received_date,
        sum(n * length_s) filter (where n > 0) as chat_s,
        sum(length_s) filter (where n > 0) as busy_s
    from held
    group by received_date
)

select * from chats
