"""What the checks of the data said: one row a dataset and expectation."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query, known_groups

GROUPED = ("dataset", "expectation", "source", "severity")
DEFAULT_BY = ("dataset", "expectation")

# a file's checks speak of the time its rows speak of, not only of the minute they ran in
_SQL = """
with
spoken as (
    select distinct file_id from lake.source_rows where row_at >= $start and row_at < $end
    union
    select file_id from lake.quarantine where row_at >= $start and row_at < $end
),
files as (
    select distinct f.source, f.name
    from spoken as s inner join lake.files as f on f.file_id = s.file_id
),
checks as (
    select c.*
    from lake.checks as c
    where (c.run_at >= $start and c.run_at < $end)
        or exists (select 1 from files as f where f.source = c.source and f.name = c.file)
),
held as (
    select dataset, source, unnest(string_split(expectations, ';')) as expectation
    from lake.quarantine
    where status = 'held' and (
        (row_at >= $start and row_at < $end)
        or (quarantined_at >= $start and quarantined_at < $end)
    )
),
quarantined as (
    select dataset, source, expectation, count(*) as quarantined
    from held group by dataset, source, expectation
),
results as (
    select
        dataset,
        source,
        expectation,
        sum(n_rows)::bigint as n_rows,
        sum(n_failed)::bigint as n_failed,
        arg_max(severity, run_at) as severity,
        arg_max(description, run_at) as description,
        arg_max(action, run_at) as action,
        arg_max(n_failed, run_at) as last_failed,
        arg_max(is_success, run_at) as is_success,
        max(run_at) as run_at
    from checks
    group by dataset, source, expectation
)
"""


@one_snapshot
def quality(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what each expectation found in the period, and how many rows it holds in quarantine.

    A run belongs to the period when it ran in it, or when its file has rows that speak of it.

    Returns:
        One row a dataset and expectation (default), sorted by them: severity, description, action,
        n_rows and n_failed (sums over runs), quarantined (rows held now for this expectation),
        last_failed and is_success (of the latest run), run_at (of the latest run). n_rows is 0 and
        severity null where a rule held rows and no run is stored.

    Raises:
        QueryError: a group or filter other than dataset, expectation, source, severity.
    """
    known_groups((n for n in query.by if n != "source"), DEFAULT_BY, "group", "quality")
    known_groups((n for n in query.where if n != "source"), DEFAULT_BY, "filter", "quality")
    by = (*DEFAULT_BY, *(n for n in query.by if n == "source"))
    keys = ", ".join(f"coalesce(r.{name}, q.{name}) as {name}" for name in by)
    sql = f"""{_SQL}
select
    {keys},
    arg_max(r.severity, r.run_at) as severity,
    arg_max(r.description, r.run_at) as description,
    arg_max(r.action, r.run_at) as action,
    coalesce(sum(r.n_rows), 0)::bigint as n_rows,
    coalesce(sum(r.n_failed), 0)::bigint as n_failed,
    coalesce(sum(q.quarantined), 0)::bigint as quarantined,
    arg_max(r.last_failed, r.run_at) as last_failed,
    coalesce(bool_and(r.is_success), false) as is_success,
    max(r.run_at) as run_at
from results as r
full join quarantined as q
    on q.dataset = r.dataset and q.source = r.source and q.expectation = r.expectation
where $sources::varchar[] is null or list_contains($sources, coalesce(r.source, q.source))
group by {", ".join(f"coalesce(r.{name}, q.{name})" for name in by)}
order by {", ".join(str(n + 1) for n in range(len(by)))}"""
    sources = [str(v) for v in query.values("source")] or None
    return run(lake, sql, {"start": query.start, "end": query.end, "sources": sources})
