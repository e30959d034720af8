"""Names of lines: what a log writes (a number, a queue, a line) and the line it means.

A name reference data does not know stays as it is and is staffed always.
"""

import duckdb

LINE_NAMES = """
create or replace table conform_line_names as
with
named as (
    select distinct name from ({names}) where name is not null
)

select
    named.name,
    coalesce(min(ref_numbers.line), min(ref_queues.line), named.name) as line,
    count(ref_numbers.line) + count(ref_queues.line) > 0 as is_known
from named
left join ref_numbers
    on ref_numbers.digits = right(regexp_replace(named.name, '[^0-9]', '', 'g'), 10)
    and regexp_full_match(named.name, '[-+0-9() .]+')
left join ref_queues on lower(ref_queues.queue) = lower(trim(named.name))
group by named.name
"""

# spans of a day the line is staffed; hours past midnight go on in the next day
LINE_HOURS = """
create or replace table conform_line_hours as
with
hours as (
    select
        line,
        weekday,
        opens_s,
        case when closes_s > opens_s then closes_s else closes_s + 86400 end as closes_s
    from ref_line_hours
),

spans as (
    select line, weekday, opens_s, closes_s from hours
    union all
    select line, weekday % 7 + 1, 0, closes_s - 86400 from hours where closes_s > 86400
)

select
    line,
    cast(weekday as bigint) as weekday,
    list({'opens_s': opens_s, 'closes_s': closes_s}) as spans
from spans
where line in (select ref_lines.line from ref_lines where not ref_lines.is_always)
group by line, weekday
"""

# true unless the line is known, has hours, and is closed at this second of its week
IS_STAFFED = """
    case
        when rows.line in (select line from ref_lines where not is_always) then coalesce(
            len(list_filter(
                hours.spans,
                lambda span:
                    span.opens_s <= second_of_day(rows.local_at)
                    and span.closes_s > second_of_day(rows.local_at)
            )) > 0,
            false
        )
        else true
    end
"""
JOIN_HOURS = """
    left join conform_line_hours as hours
        on rows.line = hours.line and isodow(rows.local_at) = hours.weekday
"""


def name_lines(con: duckdb.DuckDBPyConnection, names: str) -> None:
    """Make conform_line_names(name, line, is_known) of the names the query returns.

    Args:
        con: holds ref_numbers and ref_queues.
        names: a query with one column, `name`.
    """
    con.execute(LINE_NAMES.format(names=names))


def prepare_hours(con: duckdb.DuckDBPyConnection) -> None:
    """Make conform_line_hours(line, weekday, spans) of the lines that are not staffed always."""
    con.execute(LINE_HOURS)
    con.execute(
        "create or replace temp macro second_of_day(local_at) as "
        "hour(local_at) * 3600 + minute(local_at) * 60 + second(local_at)"
    )


def zone_of(con: duckdb.DuckDBPyConnection) -> str:
    """Return the service's time zone, the setting in ref_settings."""
    found = con.sql("select value from ref_settings where name = 'zone'").fetchall()
    return str(found[0][0]) if found else "Europe/Moscow"
