-- Episodes as they are stored: of what series, and part of which other one.
--
-- grain:   one row per episode
-- key:     burst_id
-- reads:   burst_episodes (episodes.sql), burst_came (contacts an hour by category, line and menu
--          choice), bursts (those that stay)
-- units:   excess, contacts: as in episodes.sql
-- caveat:  what is a part is judged by all that is known of both, each time anew
--
-- An episode of a line, or of contacts lost on one, is a part of another one that goes on at the
-- same time and explains half of its excess or more:
-- of lost on a line:  the same line's, else a category's or that of all contacts
-- of lost on all:     of lost on one line, else a category's or that of all contacts
-- of a line:          a category's, else that of all contacts
-- A category explains so much of a line as its excess has contacts there; of lost contacts too:
-- more people than can be answered are the reason whether they said what it was about or not.
-- part_of is the end of such a chain.

with

named as (
    select
        *,
        case when kind = 'category' then name end as category,
        case
            when kind = 'line' then string_split(name, chr(31))[1]
            when name != '*' and kind = 'abandoned' then name
        end as line,
        case when kind = 'line' then nullif(string_split(name, chr(31))[2], '') end as menu_choice,
        started_at - to_hours(window_h - 1) as begun_at,
        left(md5(concat_ws(chr(31), kind, name, epoch(started_at)::bigint)), 12) as burst_id
    from burst_episodes
),

episodes as (
    select
        burst_id,
        kind,
        category,
        line,
        menu_choice,
        started_at,
        ended_at,
        peak_z,
        excess,
        contacts,
        window_h::integer as window_h,
        null::varchar as part_of
    from named
),

known as (
    select
        *,
        started_at - to_hours(window_h - 1) as begun_at,
        coalesce(ended_at, 'infinity'::timestamptz) as over_at
    from (
        select * from episodes
        union all by name
        select * from lake.bursts where started_at < $since and burst_id is not null
    ) as every_one
),

-- contacts of a category's episode by line and choice; those of lines and lost ones are of theirs
over_lines as (
    select
        known.burst_id,
        came.line,
        came.menu_choice,
        sum(came.n) as n
    from known
    inner join burst_came as came
        on
            (known.category = came.category or known.category = '*')
            and came.received_at >= known.begun_at
            and came.received_at < known.over_at
    group by known.burst_id, came.line, came.menu_choice
),

sides as (
    select
        burst_id,
        line,
        menu_choice,
        n / sum(n) over (partition by burst_id) as share
    from over_lines
),

-- of what each may be a whole: everything, a line, a line and choice
wholes as (
    select
        *,
        null::varchar as of_line,
        null::varchar as of_choice,
        'abandoned' as of_kind,
        excess as explains
    from known
    where kind = 'category' or (kind = 'abandoned' and line is not null)
    union all
    select
        *,
        line as of_line,
        null as of_choice,
        'abandoned' as of_kind,
        excess as explains
    from known
    where kind = 'line'
    union all
    select
        known.*,
        lines.line as of_line,
        null as of_choice,
        'abandoned' as of_kind,
        known.excess * lines.share as explains
    from known
    inner join (
        select
            burst_id,
            line,
            sum(share) as share
        from sides
        group by burst_id, line
    ) as lines
        on known.burst_id = lines.burst_id
    union all
    select
        known.*,
        sides.line as of_line,
        sides.menu_choice as of_choice,
        'line' as of_kind,
        known.excess * sides.share as explains
    from known
    inner join sides on known.burst_id = sides.burst_id
),

led as (
    select
        part.burst_id,
        wholes.burst_id as led_by
    from known as part
    inner join wholes
        on
            part.kind = wholes.of_kind
            and part.line is not distinct from wholes.of_line
            and part.menu_choice is not distinct from wholes.of_choice
            and part.begun_at < wholes.over_at
            and wholes.begun_at < part.over_at
            and 2 * wholes.explains >= part.excess
    qualify row_number() over (
        partition by part.burst_id
        order by
            wholes.kind = 'category' asc,
            wholes.category = '*' asc,
            wholes.explains desc,
            wholes.burst_id asc
    ) = 1
)

select episodes.* replace (coalesce(third.led_by, second.led_by, led.led_by) as part_of)
from episodes
left join led on episodes.burst_id = led.burst_id
left join led as second on led.led_by = second.burst_id
left join led as third on second.led_by = third.burst_id
