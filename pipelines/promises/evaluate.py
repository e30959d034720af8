"""Promises counted over a period: clocks, incidents, slots, and the journal's other way."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.promises.clocks import provides
from pipelines.promises.compile import Binder, channels_of, fields_used
from pipelines.promises.groups import (
    SLOT_GROUPS,
    check_groups,
    columns_sql,
    joins,
    shown,
    where_sql,
)
from pipelines.promises.state import state_sql
from pipelines.promises.texts import sql_text
from pipelines.promises.verdict import with_verdict
from pipelines.reference.model import Promise

COUNTS = ("met", "breached", "overdue", "running", "cancelled")
COLUMNS = (
    "kind", *COUNTS, "n", "share", "value", "unit", "goal", "target_s", "basis", "state",
    "provided_share",
)  # fmt: skip


def evaluate(
    lake: Lake,
    start: datetime,
    end: datetime,
    by: tuple[str, ...] = (),
    where: Mapping[str, object] | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Count every promise over contacts received in [start, end) as things stood at `as_of`.

    Args:
        lake: an open lake.
        start: first instant of the period, inclusive.
        end: its end, exclusive.
        by: groups besides `promise`; see groups.EXPRESSIONS. By promise alone every promise has a
            row, the ones without a base too; by more, only what has rows.
        where: group -> value or values; None among them: not known; no values: nothing.
        as_of: the moment; None is the lake's now.

    Returns:
        promise, the groups, then kind, met, breached, overdue, running, cancelled, n, share,
        value, unit, goal, target_s, basis, state, provided_share. Shares 0..1 from counts, null
        where n = 0; counts are null for means (their n is what was measured, value their mean in
        seconds); for coverage met and breached count slots.

    Raises:
        QueryError: an unknown group or filter.
    """
    where = dict(where or {})
    keys = ("promise", *(g for g in dict.fromkeys(by) if g != "promise"))
    check_groups(keys, where)
    period = _Period(lake, start, end, as_of or lake.now())
    counted = [_counted(period, keys, where)]
    if SLOT_GROUPS.issuperset((*keys, *where)):
        counted += [
            _covered(period, keys, where, p)
            for p in lake.reference.promises
            if p.kind == "coverage" and p.version == 1
        ]
    frame = pl.concat([c for c in counted if len(c)] or counted[:1], how="diagonal_relaxed")
    if keys == ("promise",):
        frame = _with_missing(lake, frame, where)
    frame = _described(lake, frame, keys)
    frame = frame.join(_provided(period, keys, where), on=keys, how="left", nulls_equal=True)
    order = {p.id: n for n, p in enumerate(lake.reference.promises)}
    frame = frame.sort(
        pl.col("promise").replace_strict(order, default=len(order)), *keys[1:], nulls_last=True
    )
    return shown(frame, keys, lake.settings.zone).select(*(by or ("promise",)), *_rest(by))


def _rest(by: tuple[str, ...]) -> tuple[str, ...]:
    # `promise` is always told; asked among the groups it keeps its place there
    return COLUMNS if not by or "promise" in by else ("promise", *COLUMNS)


class _Period:
    """The days and moments of one question."""

    def __init__(self, lake: Lake, start: datetime, end: datetime, as_of: datetime) -> None:
        self.lake, self.start, self.end, self.as_of = lake, start, end, as_of

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.lake.settings.tz).date()

    def params(self) -> dict[str, object]:
        last = max(min(self.end, self.as_of), self.start + timedelta(microseconds=1))
        return {
            "start": self.start,
            "end": self.end,
            "as_of": self.as_of,
            "zone": self.lake.settings.zone,
            "first_day": self.day(self.start),
            "last_day": self.day(last - timedelta(microseconds=1)),
        }

    def frame(self, sql: str, *more: Mapping[str, object]) -> pl.DataFrame:
        params = self.params()
        for part in more:
            params |= part
        return self.lake.frame(sql, {k: v for k, v in params.items() if f"${k}" in sql})


_IN_PERIOD = """
    f.received_date between $first_day and $last_day
    and f.received_at >= $start
    and f.received_at < $end
"""


def _counted(period: _Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    bind = Binder()
    columns = columns_sql(keys)
    counts = ", ".join(f"count(*) filter (where j.state = '{s}') as {s}" for s in COUNTS)
    groups = ", ".join(f'j."{g}"' for g in keys)
    sql = f"""
with

clocks as (
    select
        f.promise, f.kind, f.source, f.line, f.channel, f.category, f.region, f.operator_id,
        f.is_staffed, f.received_at, f.received_date, f.started_at, f.due_at, f.stopped_at,
        f.stop_kind, f.value
    from lake.clocks as f
    where {_IN_PERIOD}
    {_incidents(period.lake, bind)}
    {_journal(period.lake, bind)}
),

judged as (
    select
        {columns}
        f.kind,
        f.line as clock_line,
        f.value,
        {state_sql(table="f")} as state
    from clocks as f
    {joins(keys, where)}
    where {_IN_PERIOD} {where_sql(where, bind)}
)

select
    {groups},
    {counts},
    sum(j.value) filter (where j.state = 'met') as value_sum,
    stddev_samp(j.value) filter (where j.state = 'met') as value_sd,
    list(distinct j.clock_line) as lines
from judged as j
where j.state is not null
group by {groups}
"""
    return period.frame(sql, bind.params)


def _incidents(lake: Lake, bind: Binder) -> str:
    """One clock an outage, from its own two times; whatever the number of people."""
    parts = []
    for p in lake.reference.promises:
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
    where i.detected_at >= $start and i.detected_at < $end""")
    return "".join(parts)


def _journal(lake: Lake, bind: Binder) -> str:
    """Entries of the journal that no log knows: breaches of the promises about the journal."""
    parts = []
    for p in lake.reference.promises:
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
            where
                c.received_date between $first_day::date - 1
                and $last_day::date + 1
        )""")
    return "".join(parts)


def _covered(
    period: _Period, keys: tuple[str, ...], where: Mapping[str, object], promise: Promise
) -> pl.DataFrame:
    rules = period.lake.reference.rules
    frames = []
    for channel in channels_of(promise.applies):
        bind = Binder()
        name = bind.add(promise.id)
        groups = ", ".join(f'j."{g}"' for g in keys)
        sql = f"""
with
slots as ({sql_text("coverage")}),
judged as (
    select {columns_sql(keys)} f.is_down, f.line as clock_line
    from (
        select
            {name} as promise,
            {bind.add(channel)} as channel,
            s.line,
            s.slot_at as received_at,
            timezone($zone, s.slot_at)::date as received_date,
            s.is_down
        from slots as s
    ) as f
    {joins(keys, where)}
    where true {where_sql(where, bind)}
)
select
    {groups},
    count(*) filter (where not j.is_down) as met,
    count(*) filter (where j.is_down) as breached,
    0::bigint as overdue,
    0::bigint as running,
    0::bigint as cancelled,
    list(distinct j.clock_line) as lines
from judged as j
group by {groups}
"""
        history = period.day(period.start) - timedelta(weeks=rules.slot_weeks)
        frames.append(
            period.frame(
                sql,
                bind.params,
                {
                    "channel": channel,
                    "history_day": history,
                    "slot_s": rules.slot_s,
                    "slot_offered": rules.slot_offered,
                    "slot_expected": rules.slot_expected,
                    "slot_weeks": rules.slot_weeks,
                    "slot_weeks_min": rules.slot_weeks_min,
                },
            )
        )
    return pl.concat(frames)


def _with_missing(lake: Lake, frame: pl.DataFrame, where: Mapping[str, object]) -> pl.DataFrame:
    wanted = where.get("promise")
    names = (wanted,) if isinstance(wanted, str) else wanted
    ids = pl.DataFrame(
        {"promise": list(dict.fromkeys(p.id for p in lake.reference.promises))},
        schema={"promise": pl.String},
    )
    if isinstance(names, tuple | list | set | frozenset):
        ids = ids.filter(pl.col("promise").is_in(list(names)))
    return ids.join(frame, on="promise", how="left").with_columns(
        pl.col(c).fill_null(0) for c in COUNTS
    )


def _described(lake: Lake, frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Add what reference data says of each promise, the shares and the verdict."""
    newest = {p.id: p for p in lake.reference.promises}
    said = pl.DataFrame(
        [
            (p.id, p.kind, p.unit, p.goal, p.target_s, p.basis, list(p.seed_lines))
            for p in newest.values()
        ],
        schema={
            "promise": pl.String, "kind": pl.String, "unit": pl.String, "goal": pl.Float64,
            "target_s": pl.Int64, "basis": pl.String, "seed_lines": pl.List(pl.String),
        },
        orient="row",
    )  # fmt: skip
    for name, kind in (("value_sum", pl.Float64), ("value_sd", pl.Float64)):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, kind).alias(name))
    is_mean = pl.col("kind") == "mean"
    n = pl.when(is_mean).then(pl.col("met")).otherwise(pl.sum_horizontal(COUNTS[:3]))
    is_ours = (
        (pl.col("seed_lines").list.len() > 0)
        & (pl.col("lines").list.len() > 0)
        & (pl.col("lines").list.set_intersection("seed_lines").list.len() == 0)
    )
    frame = frame.join(said, on="promise").with_columns(
        n=n, basis=pl.when(is_ours).then(pl.lit("assumed")).otherwise("basis")
    )
    some = pl.col("n") > 0
    frame = frame.with_columns(
        share=pl.when(some & ~is_mean).then(pl.col("met") / pl.col("n")),
        **{c: pl.when(~is_mean).then(c) for c in COUNTS},
    ).with_columns(
        value=pl.when(is_mean & some).then(pl.col("value_sum") / pl.col("n")).otherwise("share")
    )
    return with_verdict(frame, lake.reference.rules.wilson_z).select(*keys, *COLUMNS[:-1])


def _provided(period: _Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    """Part of the contacts of a promise's channels whose source can know the promise."""
    bind = Binder()
    others = tuple(k for k in keys if k != "promise")
    filters = {k: v for k, v in where.items() if k != "promise"}
    columns = columns_sql(others)
    sql = f"""
select {columns} f.channel as "its channel", f.source as "its source", count(*) as contacts
from lake.contacts as f
{joins(others, filters)}
where {_IN_PERIOD} and f.received_at <= $as_of {where_sql(filters, bind)}
group by all
"""
    contacts = period.frame(sql, bind.params)
    lake = period.lake
    items: dict[str, set[str]] = {}
    for source, item in lake.con.sql("select source, item from lake.source_provides").fetchall():
        items.setdefault(source, set()).add(item)
    known = pl.DataFrame(
        [
            (p.id, channel, source, provides(p, items.get(source, ())))
            for p in {p.id: p for p in lake.reference.promises}.values()
            for channel in channels_of(p.applies) or contacts["its channel"].unique().to_list()
            for source in contacts["its source"].unique().to_list()
        ],
        schema={"promise": pl.String, "its channel": pl.String, "its source": pl.String,
                "knows": pl.Boolean},
        orient="row",
    )  # fmt: skip
    return (
        contacts.join(known, on=("its channel", "its source"))
        .group_by("promise", *others)
        .agg(provided_share=pl.col("contacts").filter("knows").sum() / pl.col("contacts").sum())
    )
