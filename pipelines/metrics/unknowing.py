"""Sources that cannot know a promise, and what their logs lack."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query
from pipelines.promises.compile import channels_of

_SOURCES = """
select c.source, count(*) as contacts, any_value(p.items) as items
from lake.contacts as c
left join (
    select source, list(item order by item) as items from lake.source_provides group by source
) as p on c.source = p.source
where c.received_date between $first_day and $last_day
    and c.received_at >= $start and c.received_at < $end
    and ($channels::varchar[] is null or list_contains($channels::varchar[], c.channel))
    and ($lines::varchar[] is null or list_contains($lines::varchar[], c.line))
group by c.source order by contacts desc, c.source
"""


@one_snapshot
def unknowing(lake: Lake, query: Query, promise: str) -> pl.DataFrame:
    """Return the sources of a promise's channels that cannot know it: «нет данных», and of whom.

    Args:
        lake: open lake. query: period, lines and scope. promise: its id.

    Returns:
        source, contacts (of the promise's channels in the period), lacks (ids of events and fields
        its log does not have; `a|b`: any of them would do). Most contacts first.
    """
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    first, last = query.local_days(lake.settings.tz)
    lines: list[object] | None = list(query.values("line")) or None
    if query.scope.lines is not None:
        lines = [n for n in query.scope.lines if lines is None or n in lines]
    found = run(
        lake,
        _SOURCES,
        {
            "first_day": first,
            "last_day": last,
            "start": query.start,
            "end": query.end,
            "channels": list(channels_of(row.applies)) or None,
            "lines": lines,
        },
    )
    lacks = [
        ["|".join(group) for group in row.provides if set(group).isdisjoint(items or ())]
        for items in found["items"].to_list()
    ]
    return (
        found.select("source", "contacts")
        .with_columns(lacks=pl.Series(lacks, dtype=pl.List(pl.String)))
        .filter(pl.col("lacks").list.len() > 0)
    )
