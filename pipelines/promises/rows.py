"""Clocks counted by state: rows of lake.clocks, outages, and the journal's other way."""

from collections.abc import Mapping

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.promises.compile import Binder, channels_of, fields_used
from pipelines.promises.groups import columns_sql, joins, values_of, where_sql
from pipelines.promises.period import CLOCK_ROWS, IN_PERIOD, Period
from pipelines.promises.state import STATES, state_sql

# of the measured
_DEVIATION = """
    case
        when sum(j.n) filter (where j.state = 'met') > 1 then sqrt(greatest(
            (
                sum(j.value_squares) filter (where j.state = 'met')
                - sum(j.value_sum) filter (where j.state = 'met')
                * sum(j.value_sum) filter (where j.state = 'met')
                / sum(j.n) filter (where j.state = 'met')
            )
            / (sum(j.n) filter (where j.state = 'met') - 1),
            0.0
        ))
    end"""
# of days and promises of which some clock may still change after the moment
_UNFINISHED = """(
        select clocks.* from (
            select * from lake.clocks where {days} and {promises}
        ) as clocks
        inner join (
            select distinct f.received_date, f.promise
            from lake.mart_promises_day as f
            where {f_days} and f.final_at >= $as_of
        ) as u on clocks.received_date = u.received_date and clocks.promise = u.promise
    )"""


def counted(period: Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    """Count clocks per promise and group.

    Returns:
        The groups; met, breached, overdue, running, cancelled; value_sum and value_sd of means;
        lines, the distinct lines counted.
    """
    bind = Binder()
    readings = {p.id for p in period.lake.reference.promises if p.passport_of}
    asked = values_of(where["promise"]) if "promise" in where else None
    is_reading = any(name in readings for name in asked or ())
    rows = CLOCK_ROWS.replace("k.kind <> 'reading'", "true") if is_reading else CLOCK_ROWS
    finished, more = "", dict[str, object]()
    if period.mart_days:
        rows, more = _unfinished_rows(period, rows, asked)
        finished = _finished_sql(keys, where, bind, is_reading=is_reading)
    columns = columns_sql(keys)
    counts = ", ".join(
        f"coalesce(sum(j.n) filter (where j.state = '{s}'), 0)::bigint as {s}" for s in STATES
    )
    groups = ", ".join(f'j."{g}"' for g in keys)
    sql = f"""
with
clocks as (
    select
        f.promise, f.kind, f.source, f.line, f.channel, f.category, f.region, f.operator_id,
        f.is_staffed, f.received_at, f.received_date, f.started_at, f.due_at, f.stopped_at,
        f.stop_kind, f.value, f.since_at, f.until_at
    from ({rows}) as f
    where {IN_PERIOD}
    {_incidents(period.lake, bind, asked)}
    {_journal(period.lake, bind, asked)}
),

judged as (
    select
        {columns}
        f.line as clock_line,
        f.value,
        {state_sql(table="f")} as state
    from clocks as f
    {joins(keys, where)}
    where {IN_PERIOD} {where_sql(where, bind)}
),

-- rows once to a few: five counts and a list over millions of rows cost twice as much
few as (
    select
        {groups},
        j.clock_line,
        j.state,
        count(*) as n,
        sum(j.value) as value_sum,
        sum(j.value * j.value) as value_squares
    from judged as j
    where j.state is not null
    group by {groups}, j.clock_line, j.state
    {finished}
)

select
    {groups},
    {counts},
    sum(j.value_sum) filter (where j.state = 'met') as value_sum,
    {_DEVIATION} as value_sd,
    list(distinct j.clock_line) as lines
from few as j
group by {groups}
"""
    of_mart = in_days("f.received_date", sorted(period.mart_days))
    return period.frame(sql.replace("MART_DAYS", of_mart), bind.params, more)


def _unfinished_rows(
    period: Period, rows: str, asked: tuple[object, ...] | None
) -> tuple[str, dict[str, object]]:
    """Rows of clocks that are to be judged, not of promises nobody asks about: weeks have millions.

    Which days and promises these are is asked first: the clocks of no other are read.
    """
    wanted = None if asked is None else [str(one) for one in asked if one is not None]
    pairs = period.frame(
        f"""
        select distinct received_date, promise from lake.mart_promises_day
        where {in_days("received_date", sorted(period.mart_days))} and final_at >= $as_of
            and ($wanted::varchar[] is null or list_contains($wanted::varchar[], promise))""",
        {"wanted": wanted},
    )
    own = "true" if wanted is None else "list_contains($wanted::varchar[], promise)"
    of_rows = period.of_rows("received_date")
    of_days = rows.replace("lake.clocks", f"(select * from lake.clocks where {of_rows} and {own})")
    of_days = of_days.replace("lake.contacts", f"(select * from lake.contacts where {of_rows})")
    if pairs.is_empty():
        return of_days, {"wanted": wanted}
    days = sorted(pairs["received_date"].unique())
    unfinished = _UNFINISHED.format(
        days=in_days("received_date", days),
        f_days=in_days("f.received_date", days),
        # asked in the scan, before other columns are read; `in` becomes a join behind it
        promises="list_contains($unfinished::varchar[], promise)",
    )
    # settled days have their contacts, narrow, in a mart
    visits = f"(select * from lake.mart_visits where {in_days('received_date', days)})"
    late = rows.replace("lake.clocks", unfinished).replace("lake.contacts", visits)
    late_ones = pairs["promise"].unique().sort().to_list()
    return f"{of_days} union all {late}", {"wanted": wanted, "unfinished": late_ones}


def _finished_sql(
    keys: tuple[str, ...], where: Mapping[str, object], bind: Binder, *, is_reading: bool
) -> str:
    """Return `union all` with the counts of the mart that no clock changes any more."""
    return f"""
    union all
    select
        {columns_sql(keys)} f.line as clock_line, f.state, f.n, f.value_sum, f.value_squares
    from lake.mart_promises_day as f
    {joins(keys, where)}
    where
        MART_DAYS and f.final_at < $as_of and f.state is not null
        and {"true" if is_reading else "f.kind <> 'reading'"} {where_sql(where, bind)}"""


def _incidents(lake: Lake, bind: Binder, asked: tuple[object, ...] | None) -> str:
    """One clock an outage, from its own two times; whatever the number of people."""
    parts = []
    for p in lake.reference.promises:
        if asked is not None and p.id not in asked:
            continue
        if p.subject == "incident" and p.target_s is not None:
            usual = f"to_seconds({bind.add(p.target_s)}::bigint)"
            complex_ = f"to_seconds({bind.add(p.complex_target_s or p.target_s)}::bigint)"
            parts.append(f"""
    union all by name
    select
        {bind.add(p.id)} as promise,
        'clock' as kind,
        i.line,
        i.category,
        i.region,
        i.detected_at as received_at,
        timezone($zone, i.detected_at)::date as received_date,
        i.detected_at as started_at,
        i.detected_at + case when i.is_complex then {complex_} else {usual} end as due_at,
        i.restored_at as stopped_at,
        'stopped' as stop_kind
    from lake.incidents as i
    where i.detected_at >= $start and i.detected_at < $until""")
    return "".join(parts)


def _journal(lake: Lake, bind: Binder, asked: tuple[object, ...] | None) -> str:
    """Entries of the journal that no log knows: breaches of the promises about the journal."""
    parts = []
    for p in lake.reference.promises:
        if asked is not None and p.id not in asked:
            continue
        if p.version == 1 and "is_in_journal" in fields_used(p):
            channels = channels_of(p.applies) or tuple(lake.reference.channels)
            parts.append(f"""
    union all by name
    select
        {bind.add(p.id)} as promise,
        'share' as kind,
        j.channel,
        j.received_at,
        j.received_date,
        j.received_at as started_at,
        j.received_at as due_at,
        'stopped' as stop_kind
    from lake.journal as j
    where
        j.received_date between $first_day and $last_day
        and list_contains({bind.add(list(channels))}::varchar[], j.channel)
        and j.contact_id is not null
        and j.contact_id not in (
            select c.contact_id from lake.contacts as c
            where c.received_date between $first_day::date - 1 and $last_day::date + 1
        )""")
    return "".join(parts)
