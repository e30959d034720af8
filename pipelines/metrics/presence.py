"""Operators of each line by the hour: who was logged in and not on a break, and on which line.

Logs tell who was at work, not for which line. So the time an operator spent on contacts counts
where these were, and the rest of his ready time where he usually works: by his shares of lines over
the period. Who answered nobody in it counts nowhere. Chats held at the same time share his time.
"""

from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import period, run
from pipelines.metrics.query import Query

SHIFT_H = 16  # a log-in older than this was never logged out
HOUR_S = 3600
LEAST_KNOWN = 0.8  # of the work of a line, for the model to speak of it
# each span cut at the full hours it crosses
_BY_HOUR = """
cut as (
    select
        *, unnest(range(
            epoch_us(from_at) // 3600000000, (epoch_us(until_at) - 1) // 3600000000 + 1
        )) * 3600000000 as hour_us
    from spans where until_at > from_at
)
select
    {groups}, make_timestamptz(hour_us) as hour_at,
    sum(
        least(epoch_us(until_at), hour_us + 3600000000) - greatest(epoch_us(from_at), hour_us)
    ) / 1e6 as spent_s
from cut group by {groups}, hour_us"""
_READY = """
with
states as (
    select
        operator_id, event_at, state,
        lead(event_at) over (partition by operator_id order by event_at) as next_at
    from lake.operator_events
    where event_at >= $since and event_at < $end and event_at <= $as_of
),
spans as (
    select
        operator_id,
        greatest(event_at, $start::timestamptz) as from_at,
        least(
            coalesce(next_at, $as_of::timestamptz), event_at + to_hours($shift_h), $end::timestamptz
        ) as until_at
    from states where state in ('login', 'resume')
),""" + _BY_HOUR.format(groups="operator_id")
_WORK = """
with
spans as (
    select
        operator_id, line, channel, answered_at as from_at,
        left_at + to_microseconds((coalesce(wrap_s, 0) * 1e6)::bigint) as until_at
    from lake.legs
    where received_date between $first and $last and operator_id is not null
        and channel is distinct from 'portal' and left_at <= $as_of
),""" + _BY_HOUR.format(groups="operator_id, line, channel")


def presence(lake: Lake, query: Query) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return who was there for each line, and what part of its work is theirs.

    Args:
        query: a period and a moment; of all lines and operators.

    Returns:
        line, hour_at (full hour, UTC), operators (people on average over the hour: 7.3; of chats
        what they hold at once: three chats of one operator are three); and of each line the share
        of its work that was done in hours in which the log knows that its doer was logged in.
    """
    params = period(lake, query) | {
        "since": query.start - timedelta(hours=SHIFT_H),
        "shift_h": SHIFT_H,
    }
    ready = run(lake, _READY, params).rename({"spent_s": "ready_s"})
    work = run(lake, _WORK, params)
    return shared(ready, work)


def shared(ready: pl.DataFrame, work: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, float]]:
    """Share ready time among lines, as `presence` says.

    Args:
        ready: operator_id, hour_at, ready_s. work: operator_id, line, channel, hour_at, spent_s
            (chats held at once overlap).
    """
    most = _at_once(work)
    is_chat = pl.col("channel") == "chat"
    own = (
        work.with_columns(
            spent_s=pl.when(is_chat).then(pl.col("spent_s") / most).otherwise("spent_s"),
            width=pl.when(is_chat).then(most).otherwise(1.0),
        )
        .group_by("operator_id", "line", "hour_at")
        .agg(pl.col("spent_s").sum(), pl.col("width").max())
    )
    usual = own.group_by("operator_id", "line").agg(pl.col("spent_s").sum(), pl.col("width").max())
    usual = usual.with_columns(part=pl.col("spent_s") / pl.col("spent_s").sum().over("operator_id"))
    here = ready.join(
        own.group_by("operator_id", "hour_at").agg(all_s=pl.col("spent_s").sum()),
        on=["operator_id", "hour_at"],
        how="left",
    ).with_columns(busy_s=pl.min_horizontal("ready_s", pl.col("all_s").fill_null(0.0)))
    at_work = own.join(here, on=["operator_id", "hour_at"]).select(
        "line",
        "hour_at",
        s=pl.col("busy_s") * pl.col("spent_s") / pl.col("all_s") * pl.col("width"),
    )
    idle = here.join(usual, on="operator_id").select(
        "line",
        "hour_at",
        s=(pl.col("ready_s") - pl.col("busy_s")) * pl.col("part") * pl.col("width"),
    )
    operators = (
        pl.concat([at_work, idle])
        .group_by("line", "hour_at")
        .agg(operators=pl.col("s").sum() / HOUR_S)
        .sort("line", "hour_at")
    )
    known = own.join(here.select("operator_id", "hour_at", is_known=True),
                     on=["operator_id", "hour_at"], how="left")  # fmt: skip
    told = known.group_by("line").agg(
        pl.col("spent_s").filter(pl.col("is_known")).sum() / pl.col("spent_s").sum()
    )
    return operators, dict(told.iter_rows())


def _at_once(work: pl.DataFrame) -> float:
    """Return how many chats an operator holds in his fullest hours (95 of 100), 1 at least."""
    chats = work.filter(pl.col("channel") == "chat")
    hours = chats.group_by("operator_id", "hour_at").agg(pl.col("spent_s").sum())["spent_s"]
    return max(1.0, float(hours.quantile(0.95) or 0.0) / HOUR_S)
