"""Problems that keep coming and problems that begin, by the people they touch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from pipelines import problems as detectors
from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.metrics.bursts import bursts, of_categories
from pipelines.metrics.facts import marks, moment, one_snapshot, run
from pipelines.metrics.query import Query, day_start
from pipelines.problems.bursts import ALL, GROWTH_LIMIT, LEAST_EXCESS

NEW_DAYS = 28  # what alarmed before is no news: it recurs, or it has become usual
BURST_DAYS = 7
SPARK_DAYS = 56


@one_snapshot
def persistent(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the categories that keep coming back at the question's moment, most people first.

    The detector speaks of the whole hotline and of the 28 days to the moment: period, groups and
    filters are not looked at, and a scope that holds a part sees none.

    Returns:
        category, citizens (of the 28 days; null: none known), contacts, baseline (of the 8 weeks
        before), excess, ratio, alarmed_days (of 28).
    """
    at = moment(query.at(lake))
    found = detectors.recurring(lake, at, marks(lake).clean()).filter("is_recurring")
    if query.scope.groups:
        found = found.clear()
    since = pl.lit(_days_before(lake, at, 27), pl.Datetime("us", "UTC"))
    people = _since(lake, found.with_columns(since=since), at).select("category", "citizens")
    return (
        found.join(people, on="category", how="left")
        .select(
            "category", "citizens", pl.col("contacts").cast(pl.Int64), "baseline", "excess",
            "ratio", "alarmed_days",
        )
        .sort("citizens", "contacts", descending=True, nulls_last=True)
    )  # fmt: skip


@one_snapshot
def emerging(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the categories that begin to grow at the question's moment, most people first.

    Either a burst of the last BURST_DAYS, or a daily CUSUM that first passed its limit in the last
    NEW_DAYS and is still above it with at least LEAST_EXCESS contacts more than expected. Of the
    whole hotline, whatever the filters; a scope that holds a part of it sees none.

    Returns:
        category, sign (burst, growth, both), since (when it began), citizens and contacts since
        then, excess (of the slow growth where there is one, else of the bursts), days (contacts of
        each of the last SPARK_DAYS days with data, oldest first; empty: too little history).
    """
    asked = query.at(lake)
    at = moment(asked)
    grown = detectors.growth(lake, at, marks(lake).clean())
    found = _signs(grown.clear() if asked.scope.groups else grown, at, lake, asked)
    lines = grown.group_by("category", maintain_order=True).agg(days=pl.col("n").tail(SPARK_DAYS))
    return (
        found.join(_since(lake, found, at), on="category", how="left")
        .join(lines, on="category", how="left")
        .select(_EMERGING)
        .sort("citizens", "contacts", descending=True, nulls_last=True)
    )


_EMERGING = ("category", "sign", "since", "citizens", "contacts", "excess", "days")


def _signs(grown: pl.DataFrame, at: datetime, lake: Lake, query: Query) -> pl.DataFrame:
    """Both detectors in one row a category: sign, since (UTC), excess."""
    today = at.astimezone(lake.settings.tz).date()
    slow = (
        grown.filter(pl.col("day") == pl.col("day").max())
        .filter(
            pl.col("s") > GROWTH_LIMIT,
            pl.col("alarmed_on") >= today - timedelta(days=NEW_DAYS),
            pl.col("excess") >= LEAST_EXCESS,
        )
        .select(
            "category",
            slow_since=pl.col("started_on").cast(pl.Datetime("us"))
            .dt.replace_time_zone(lake.settings.zone).dt.convert_time_zone("UTC"),
            slow_excess="excess",
        )
    )  # fmt: skip
    last = replace(query, start=at - timedelta(days=BURST_DAYS), end=at + timedelta(seconds=1))
    quick = (
        of_categories(bursts(lake, last))
        .filter(pl.col("category") != ALL)
        .group_by("category")
        .agg(quick_since=pl.col("started_at").min(), quick_excess=pl.col("excess").sum())
    )
    return slow.join(quick, on="category", how="full", coalesce=True).select(
        "category",
        sign=pl.when(pl.col("slow_since").is_null()).then(pl.lit("burst"))
        .when(pl.col("quick_since").is_null()).then(pl.lit("growth")).otherwise(pl.lit("both")),
        since=pl.min_horizontal("slow_since", "quick_since"),
        excess=pl.coalesce("slow_excess", "quick_excess"),
    )  # fmt: skip


def _since(lake: Lake, found: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Contacts and known people of each category since it began."""
    first = found["since"].min()
    begun = _local(lake, first if isinstance(first, datetime) else at)
    every = {begun + timedelta(days=n) for n in range((_local(lake, at) - begun).days + 1)}
    settled = every & marks(lake).clean()
    visits = "select category, received_at, citizen_key from lake."
    came = f"{visits}contacts where {in_days('received_date', sorted(every - settled))}"
    if settled:
        of_mart = in_days("received_date", sorted(settled))
        came += f" union all {visits}mart_visits where {of_mart}"
    sql = f"""
select
    c.category,
    count(*) as contacts,
    nullif(count(distinct c.citizen_key), 0) as citizens
from ({came}) as c
inner join (
    select
        unnest($categories::varchar[]) as category, unnest($since::timestamptz[]) as since
) as s
    on c.category = s.category and c.received_at >= s.since
where c.received_at <= $now
group by c.category"""
    return run(
        lake,
        sql,
        {"categories": found["category"].to_list(), "since": found["since"].to_list(), "now": at},
    )


def _local(lake: Lake, at: datetime) -> date:
    return at.astimezone(lake.settings.tz).date()


def _days_before(lake: Lake, at: datetime, days: int) -> datetime:
    start = _local(lake, at) - timedelta(days=days)
    return day_start(start, lake.settings.tz).astimezone(UTC)
