-- What each leg was at the moment asked about: answered, lost, or still waiting.
--
-- grain:   one row a leg that had been queued by then
-- key:     contact_id, leg
-- reads:   asked_legs (rows of lake.legs), asked (one row: as_of, short_abandon_s)
-- check:   sum(n_offered) = sum(n_answered + n_abandoned + n_flowed_out + n_waiting)
-- units:   *_s seconds; interval_at UTC, 15 minutes; n_* 0 or 1, so a row is a mart row of one leg
-- caveat:  a leg answered or left later is waiting; what its handling took is known once it ended.
--          a form of the portal stands in no queue, and nobody works on it from its first minute
--          to its last: it has no wait and no handling, its answer has a clock

with

legs as (
    select
        asked_legs.contact_id,
        asked_legs.leg,
        asked_legs.source,
        asked_legs.channel,
        asked_legs.line,
        asked_legs.operator_id,
        asked_legs.received_date,
        asked_legs.received_at,
        asked_legs.answered_at,
        asked_legs.left_at,
        asked_legs.left_as,
        asked_legs.talk_s,
        asked_legs.hold_s,
        asked_legs.wrap_s,
        asked.as_of,
        asked.short_abandon_s,
        coalesce(asked_legs.channel != 'portal', true) as is_in_queue,
        coalesce(asked_legs.queued_at, asked_legs.received_at) as queued_at
    from asked_legs
    cross join asked
),

states as (
    select
        *,
        case
            when answered_at <= as_of then 'answered'
            -- a log may know how the stay ended and not when: it is over since it began
            when
                left_as != 'open' and answered_at is null
                and coalesce(left_at, queued_at) <= as_of
                then left_as
            else 'waiting'
        end as state
    from legs
    where queued_at <= as_of
),

waits as (
    select
        *,
        case
            when is_in_queue
                then (
                    epoch_us(
                        case state
                            when 'answered' then answered_at
                            when 'waiting' then as_of
                            else left_at
                        end
                    ) - epoch_us(queued_at)
                ) / 1e6
        end as wait_s,
        coalesce(
            state = 'answered' and left_at <= as_of
            and coalesce(talk_s, hold_s, wrap_s) is not null,
            false
        ) and is_in_queue as is_handled
    from states
),

leg_facts as (
    select
        contact_id,
        leg,
        source,
        channel,
        line,
        operator_id,
        received_date,
        received_at,
        queued_at,
        state,
        wait_s,
        1 as n_offered,
        is_handled::int as n_handled,
        to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at,
        (state = 'answered')::int as n_answered,
        (state = 'abandoned')::int as n_abandoned,
        coalesce(state = 'abandoned' and wait_s < short_abandon_s, false)::int
            as n_abandoned_short,
        (state = 'flowed_out')::int as n_flowed_out,
        (state = 'waiting')::int as n_waiting,
        -- 0 where the moment of the answer is not known: no part in means and percentiles; an
        -- unknown wait is within no threshold and no short one
        (state = 'answered' and wait_s is not null)::int as n_waits,
        case when state = 'answered' then wait_s end as wait_sum_s,
        case when state = 'answered' then wait_s end as wait_max_s,
        coalesce(answered_at <= as_of and (left_at is null or left_at > as_of), false)
            as is_talking,
        case
            when is_handled
                then coalesce(talk_s, 0) + coalesce(hold_s, 0) + coalesce(wrap_s, 0)
        end as handle_sum_s
    from waits
)

select * from leg_facts
