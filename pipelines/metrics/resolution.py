"""First-contact resolution: who came back, when, with what; and chains of contacts."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.query import Query
from pipelines.metrics.visits import visits_sql
from pipelines.metrics.volume import group_by, group_list

COLUMNS = (
    "contacts",
    "mature",
    "followed",
    "fcr",
    "hours_between",
    "provisional",
    "provisional_followed",
    "day_base",
    "day_followed",
    "day_share",
    "day_other",
)
LONGEST = 5  # chains of so many contacts and more are counted together
_SUMS = """
count(*) as contacts,
count(*) filter (where is_mature) as mature,
count(*) filter (where is_mature and is_followed) as followed,
1 - count(*) filter (where is_mature and is_followed)
    / nullif(count(*) filter (where is_mature), 0) as fcr,
median(epoch(again_at) - epoch(received_at)) filter (where is_mature and is_followed) / 3600
    as hours_between,
count(*) filter (where not is_mature) as provisional,
count(*) filter (where not is_mature and is_followed) as provisional_followed,
count(*) filter (where is_a_day_old) as day_base,
count(*) filter (where is_a_day_old and is_followed_24h) as day_followed,
count(*) filter (where is_a_day_old and is_followed_24h)
    / nullif(count(*) filter (where is_a_day_old), 0) as day_share,
count(*) filter (
    where is_a_day_old and is_followed_24h and next_category is distinct from category
) as day_other"""


@one_snapshot
def resolution(lake: Lake, query: Query) -> pl.DataFrame:
    """Return how many contacts were not followed by another of the same citizen and topic.

    Returns:
        One row a group (category unless asked): contacts; mature (of a known citizen and category,
        received `fcr_days` ago or earlier); followed (mature ones after which the same citizen came
        with the same category within `fcr_days`, over any channel and line); fcr (1 - followed /
        mature); hours_between (median, to the next); provisional (younger ones),
        provisional_followed (of them, already followed); day_base (of known citizens, a day old or
        older), day_followed (came with any category within 24 hours), day_share, day_other (of
        these, with another category or none: repeats that coding hides). Most followed first.

    Raises:
        QueryError: an unknown group or filter.

    Source: docs/metrics.md#resolution.
    """
    check_groups(query, "resolution")
    asked = (query if query.by else replace(query, by=("category",))).at(lake)
    sql, params = _chosen(lake, asked)
    rows = run(
        lake,
        f"{sql} select {group_list(asked, _SUMS)} from answer {group_by(asked)}",
        params,
    )
    return finish(rows, asked, lake).sort("followed", "contacts", descending=True,
                                          maintain_order=True)  # fmt: skip


def resolution_sums(frame: pl.DataFrame) -> dict[str, float | None]:
    """Add up rows of `resolution`.

    Returns:
        contacts, mature, followed, fcr, provisional, day_base, day_followed, day_share, day_other;
        shares are null on an empty base.

    >>> rows = {name: [4, 6] for name in COLUMNS}
    >>> sums = resolution_sums(pl.DataFrame(rows | {"followed": [1, 2]}))
    >>> sums["mature"], sums["fcr"]
    (10, 0.7)
    """
    total = frame.select(pl.col(*(n for n in COLUMNS if n not in ("fcr", "hours_between"))).sum())
    row: dict[str, float | None] = total.row(0, named=True)
    mature, base = row["mature"], row["day_base"]
    row["fcr"] = 1 - (row["followed"] or 0) / mature if mature else None
    row["day_share"] = (row["day_followed"] or 0) / base if base else None
    return row


@one_snapshot
def called_again(lake: Lake, query: Query) -> pl.DataFrame:
    """Return with what citizens came next after the contacts of a question, within `fcr_days`.

    Returns:
        One row a category of the next contact (null: none recorded), most first: next_category,
        n, share (of all that were followed by anything), hours_between (median). Only contacts
        `fcr_days` old or older are asked about.
    """
    asked = replace(query, by=()).at(lake)
    sql, params = _chosen(lake, asked)
    return run(
        lake,
        f"""{sql}
select
    next_category,
    count(*) as n,
    count(*) / sum(count(*)) over () as share,
    median(epoch(next_at) - epoch(received_at)) / 3600 as hours_between
from answer
where is_followed_any and received_at <= $as_of::timestamptz - to_days($fcr_days::int)
group by next_category
order by n desc, next_category nulls last""",
        params,
    )


@one_snapshot
def chains(lake: Lake, query: Query, most: int = 50) -> dict[str, pl.DataFrame]:
    """Return contacts of one citizen and category, each within `fcr_days` after the one before.

    Only contacts of the question are links: of its period, filters and scope.

    Returns:
        lengths: one row a length (2, 3, 4; 5 stands for five and more): length, n (chains),
        contacts, hours_between (median gap). longest: `most` chains, longest first: contacts,
        category, first_at, last_at, hours_between (mean gap), channels (how many different),
        contact_id (the last one).
    """
    asked = replace(query, by=()).at(lake)
    sql, params = _chosen(lake, asked)
    found = run(
        lake,
        f"""{sql},
-- who neither came after one nor was followed is in no chain
gaps as (
    select
        contact_id, citizen_key, category, channel, received_at,
        epoch(received_at) - epoch(lag(received_at) over one) as gap_s
    from answer
    where is_repeat or is_followed
    window one as (partition by citizen_key, category order by received_at, contact_id)
),
numbered as (
    select
        *,
        sum((gap_s is null or gap_s > $fcr_days * 86400)::int) over (
            partition by citizen_key, category order by received_at, contact_id
        ) as chain
    from gaps
)
select
    category,
    count(*) as contacts,
    min(received_at) as first_at,
    max(received_at) as last_at,
    (epoch(max(received_at)) - epoch(min(received_at))) / (count(*) - 1) / 3600 as hours_between,
    count(distinct channel) as channels,
    max_by(contact_id, received_at) as contact_id
from numbered
group by citizen_key, category, chain
having count(*) > 1
order by contacts desc, last_at desc, contact_id""",
        params,
    )
    lengths = (
        found.group_by(length=pl.col("contacts").clip(upper_bound=LONGEST))
        .agg(n=pl.len(), contacts=pl.col("contacts").sum(),
             hours_between=pl.col("hours_between").median())
        .sort("length")
    )  # fmt: skip
    return {"lengths": lengths, "longest": found.head(most)}


def _chosen(lake: Lake, query: Query) -> tuple[str, dict[str, object]]:
    """Return SQL that ends after `answer`: the visits filters and scope choose, with the groups."""
    found, values = visits_sql(lake, query, ahead=True)
    where, params = conditions(query, "contact_facts", lake)
    groups = {name: EXPRESSIONS["contact_facts"][name] for name in query.by}
    columns = "".join(f', {sql} as "{name}"' for name, sql in groups.items())
    hidden = [name for name in query.by if name in _OWN]
    exclude = f"exclude ({', '.join(hidden)})" if hidden else ""
    sql = f"""{found},
answer as (
    select f.* {exclude} {columns}
    from f {joins(columns + where, is_leg=False)}
    where {where}
)"""
    return sql, params | values


# groups f has as columns of these names: one of them would stand twice
_OWN = frozenset(("line", "channel", "source", "category", "region", "feedback_type"))
