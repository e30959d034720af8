"""Promises counted over a period, with share, verdict and who can know."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.promises.compile import Binder, channels_of
from pipelines.promises.gather import provides
from pipelines.promises.groups import (
    SLOT_GROUPS,
    check_groups,
    columns_sql,
    joins,
    shown,
    where_sql,
)
from pipelines.promises.peaks import peaks_of_days
from pipelines.promises.period import IN_PERIOD, Period
from pipelines.promises.rows import counted
from pipelines.promises.slots import covered
from pipelines.promises.verdict import with_verdict

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
    mart_days: Collection[date] = (),
) -> pl.DataFrame:
    """Count every promise over contacts received in [start, end) as things stood at `as_of`.

    Args:
        lake: an open lake.
        start: first instant of the period, inclusive.
        end: its end, exclusive.
        by: groups besides `promise`; see groups.EXPRESSIONS. By promise alone every promise has a
            row, the ones without a base too; by more, only what has rows. Other readings of a
            promise (`passport_of`) have one only where they are asked for by name.
        where: group -> value or values; None among them: not known; no values: nothing.
        as_of: the moment; None is the lake's now.
        mart_days: days to answer from lake.mart_promises_day, which then must hold the groups and
            filters; clocks of others are counted anew.

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
    period = Period(lake, start, end, as_of or lake.now(), mart_days)
    if "peak" in {*keys, *where}:
        peaks_of_days(lake, *period.days())
    found = [counted(period, keys, where)]
    if SLOT_GROUPS.issuperset((*keys, *where)):
        found.append(covered(period, keys, where))
    frame = pl.concat([f for f in found if len(f)] or found[:1], how="diagonal_relaxed")
    if keys == ("promise",):
        frame = _with_missing(lake, frame, where)
    frame = _described(lake, frame, keys)
    frame = frame.join(provided(period, keys, where), on=keys, how="left", nulls_equal=True)
    order = {p.id: n for n, p in enumerate(lake.reference.promises)}
    frame = frame.sort(
        pl.col("promise").replace_strict(order, default=len(order)), *keys[1:], nulls_last=True
    )
    return shown(frame, keys, lake.settings.zone).select(*(by or ("promise",)), *_rest(by))


def _rest(by: tuple[str, ...]) -> tuple[str, ...]:
    # `promise` is always told; asked among the groups it keeps its place there
    return COLUMNS if not by or "promise" in by else ("promise", *COLUMNS)


def _with_missing(lake: Lake, frame: pl.DataFrame, where: Mapping[str, object]) -> pl.DataFrame:
    wanted = where.get("promise")
    names = (wanted,) if isinstance(wanted, str) else wanted
    ids = pl.DataFrame(
        {"promise": list(dict.fromkeys(p.id for p in lake.reference.promises))},
        schema={"promise": pl.String},
    )
    if isinstance(names, tuple | list | set | frozenset):
        ids = ids.filter(pl.col("promise").is_in(list(names)))
    else:
        readings = [p.id for p in lake.reference.promises if p.passport_of]
        ids = ids.filter(~pl.col("promise").is_in(readings))
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


def provided(period: Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    """Part of the contacts of a promise's channels whose source can know the promise."""
    bind = Binder()
    others = tuple(k for k in keys if k != "promise")
    filters = {k: v for k, v in where.items() if k != "promise"}
    columns = columns_sql(others)
    sql = f"""
select {columns} f.channel as "its channel", f.source as "its source", count(*) as contacts
from lake.contacts as f
{joins(others, filters)}
where {IN_PERIOD} and f.received_at <= $as_of {where_sql(filters, bind)}
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
