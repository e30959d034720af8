"""Words and pairs of words that mark some contacts among others of the same days."""

from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.metrics.facts import days_of, moment, one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query

LEAST_TEXTS = 3  # of fewer a phrase is a person's way of speaking
LEAST_Z = 3.0  # standard errors of the log odds: of ten thousand phrases some pass 2 by chance
MOST = 8
PHRASES = {
    "phrase": pl.String, "n": pl.Int64, "share": pl.Float64, "share_else": pl.Float64
}  # fmt: skip

# what was masked is no word of the citizen; a text says a phrase once, and is read once
_SQL = """
with
texts as (
    select
        coalesce(f.received_at >= $start and f.received_at < $end and {where}, false) as is_of_it,
        f.text,
        count(*) as n
    from lake.contacts as f {joins}
    where {days} and f.text is not null and f.received_at <= $as_of
    group by is_of_it, f.text
),
split as (
    select
        is_of_it,
        n,
        regexp_extract_all(
            regexp_replace(replace(lower(text), 'ё', 'е'), '\\[[^\\]]*\\]', ' ', 'g'),
            '[а-яa-z]{{2,}}'
        ) as words
    from texts
),
sizes as (
    select
        coalesce(sum(n) filter (where is_of_it), 0)::bigint as n_in,
        coalesce(sum(n) filter (where not is_of_it), 0)::bigint as n_out
    from texts
),
said as (
    select
        is_of_it,
        n,
        unnest(list_distinct(list_concat(words, list_transform(
            range(1, len(words)), lambda i: words[i] || ' ' || words[i + 1]
        )))) as phrase
    from split
),
counted as (
    select
        phrase,
        coalesce(sum(n) filter (where is_of_it), 0)::bigint as n,
        coalesce(sum(n) filter (where not is_of_it), 0)::bigint as others
    from said group by phrase
),
judged as (
    select
        phrase, n, n / n_in as share, others / nullif(n_out, 0) as share_else,
        (ln((n + .5) / (n_in - n + .5)) - ln((others + .5) / (n_out - others + .5)))
        / sqrt(1 / (n + .5) + 1 / (n_in - n + .5) + 1 / (others + .5) + 1 / (n_out - others + .5))
            as z
    from counted cross join sizes
    where n >= $least and length(phrase) > 2
)
select phrase, n, share, share_else from judged where z >= $least_z
order by z desc, phrase limit 60
"""


@one_snapshot
def phrases(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what contacts of a question say and others of the same days do not.

    Returns:
        At most MOST rows, the strongest mark first: phrase (one word or two, lower case), n
        (contacts that say it, LEAST_TEXTS or more), share (of those of the question with a text),
        share_else (of others of the same local days; null: there are none). A word that stands in a
        pair above it is left out. No rows where too few have a text.

    Source: docs/metrics.md#postmortem.
    """
    asked = query.at(lake)
    where, params = conditions(asked, "contacts", lake)
    sql = _SQL.format(
        where=where,
        joins=joins(where, is_leg=False),
        days=in_days("f.received_date", days_of(lake, asked)),
    )
    found = run(
        lake,
        sql,
        params
        | {
            "start": asked.start,
            "end": asked.end,
            "as_of": moment(asked),
            "zone": lake.settings.zone,
            "least": LEAST_TEXTS,
            "least_z": LEAST_Z,
        },
    )
    return pl.DataFrame(_distinct(found.to_dicts()), schema=found.schema)


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell a word by the pair it mostly stands in, and leave out what a phrase above says."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        pairs = [row, *(one for one in rows if row["phrase"] in one["phrase"].split())]
        fuller = max(pairs, key=lambda one: (" " in one["phrase"], one["n"]))
        one = fuller if fuller["n"] * 2 >= row["n"] else row
        said = {word for other in kept for word in other["phrase"].split()}
        if not said & set(one["phrase"].split()):
            kept.append(one)
    return kept[:MOST]
