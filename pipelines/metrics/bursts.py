"""Episodes of the burst detector, as far as they are known at a moment and to the asker."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query

# an episode still open is known up to the last full hour; a part stands alone before its whole;
# rows of an older lake, until they are found again, are of categories and have no id
_SQL = """
with found as (
    select
        coalesce(burst_id, left(md5(concat_ws(
            chr(31), 'category', category, epoch(started_at)::bigint
        )), 12)) as burst_id,
        coalesce(kind, 'category') as kind,
        category,
        line,
        menu_choice,
        started_at,
        case when ended_at <= $as_of then ended_at end as ended_at,
        case when known_at <= $as_of then excess end as excess,
        case when known_at <= $as_of then contacts end as contacts,
        case when known_at <= $as_of then peak_z end as peak_z,
        window_h,
        part_of
    from (
        select *, coalesce(ended_at, date_trunc('hour', $now::timestamptz)) as known_at
        from lake.bursts
    )
    where
        started_at < $end and started_at <= $as_of
        and coalesce(ended_at, $end::timestamptz) >= $start
        and ($category::varchar is null or category = $category)
        and not $is_limited
)
select * replace (
    case when part_of in (select burst_id from found) then part_of end as part_of
)
from found
order by started_at desc, kind <> 'category', category, line nulls first, menu_choice nulls first
"""


@one_snapshot
def bursts(lake: Lake, query: Query, category: str | None = None) -> pl.DataFrame:
    """Return the episodes of the burst detector that touch the period, newest first.

    They are of all contacts of the hotline: a scope that holds a part of them sees none.

    Returns:
        burst_id; kind of the series: category (category; `*`: all contacts together), line (line
        and menu_choice, null: nothing was chosen), abandoned (lost in the queues of line; null:
        of all lines together); started_at, ended_at (null: goes on), excess, contacts, peak_z
        (null: the episode went on after the moment asked about), window_h, part_of (burst_id of
        the episode among these it is a shadow of; null: told by itself).

    Source: docs/metrics.md#problems.
    """
    asked = query.at(lake)
    return run(
        lake,
        _SQL,
        {
            "start": asked.start,
            "end": asked.end,
            "as_of": moment(asked),
            "now": lake.now(),
            "category": category,
            "is_limited": bool(asked.scope.groups),
        },
    )


def of_categories(found: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes of categories and of all contacts together."""
    return found.filter(pl.col("kind") == "category")


def with_parts(found: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes told by themselves, each with its parts.

    Returns:
        The rows of `bursts` that are no part of another one of them, in their order, and parts:
        those of each as a list of structs (kind, line, menu_choice, started_at, excess), the
        largest first.
    """
    columns = ("kind", "line", "menu_choice", "started_at", "excess")
    is_part = pl.col("part_of").is_in(found["burst_id"].to_list()).fill_null(value=False)
    parts = (
        found.filter(is_part)
        .sort("excess", "started_at", descending=[True, False], nulls_last=True)
        .group_by("part_of", maintain_order=True)
        .agg(parts=pl.struct(columns))
    )
    return (
        found.filter(~is_part)
        .join(parts, left_on="burst_id", right_on="part_of", how="left", maintain_order="left")
        .with_columns(pl.col("parts").fill_null([]))
    )
