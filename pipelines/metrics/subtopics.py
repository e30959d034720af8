"""The suggested sub-topics of one category: how many contacts and people each has, and what is new.

Found in texts by `pipelines/problems/subtopics.py`; what analysts renamed, merged or hid stands so
for all periods, as categories do.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, joins
from pipelines.metrics.query import Query
from pipelines.problems.subtopic_rules import FIT_DAYS, LEAST_TEXTS, NONE

USUAL = timedelta(weeks=8)  # before the period: what is usual is counted there
LEAST_USUAL = 100  # contacts there: of fewer the usual share is not known
TIMES = 2.0  # so many times the usual share fits no topic: something new (methods, 4.2)
SURE_Z = 3.0  # and not by chance (Anscombe)
EXAMPLES = 3
_LOOKED_AT = 20  # texts an example is chosen from
_TELLING = 25  # letters: a shorter text fits well and shows little
# rows of one category over months: read as they are, what contact_facts adds is not asked for here
_COUNTS = """
with
asked as (
    select *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at
    from lake.contacts
    where category = $category and received_date between $first_day and $last_day
        and received_at >= $start and received_at < $end and received_at <= $as_of
),

counted as (
    select
        f.contact_id, f.citizen_key, sg.weight, {subtopic} as subtopic,
        f.received_at >= $period_start and f.received_at < $period_end as is_now,
        f.received_at >= $before_start and f.received_at < $before_end as is_before,
        f.received_at >= $usual_start and f.received_at < $period_start as is_usual,
        f.received_at < $before_start as is_earlier
    from asked as f {joins}
    where {where}
)

select
    subtopic,
    count(*) filter (where is_now) as contacts,
    nullif(count(distinct citizen_key) filter (where is_now), 0) as citizens,
    count(*) filter (where is_before) as before,
    count(*) filter (where is_usual) as usual,
    count(*) filter (where is_earlier) as earlier,
    max_by(contact_id, weight, $looked_at) filter (where is_now) as nearest
from counted group by subtopic
"""
_STANDING = """
select
    s.topic as subtopic, coalesce(s.given_name, s.name) as name, s.name as machine_name,
    s.given_name is null as is_suggested, s.is_hidden, s.words, s.similarity,
    s.version = f.version as is_current,
    s.first_version = f.version and f.version > 1 as is_new,
    m.merged, m.merged_names
from lake.subtopics as s
inner join (
    select max(version) as version from lake.subtopic_fits where category = $category
) as f on true
left join (
    select
        counts_as, list(topic order by topic) as merged,
        list(coalesce(given_name, name) order by topic) as merged_names
    from lake.subtopics
    where category = $category and counts_as <> topic group by counts_as
) as m on s.topic = m.counts_as
where s.category = $category and s.counts_as = s.topic
"""
COLUMNS = (
    "category", "subtopic", "name", "is_suggested", "is_hidden", "contacts", "citizens", "share",
    "usual_share", "before", "ratio", "is_new", "words", "examples", "machine_name",
    "merged", "merged_names",
)  # fmt: skip


@one_snapshot
def subtopics(lake: Lake, query: Query) -> pl.DataFrame:
    """Count the contacts of one category by sub-topic, most contacts first.

    Args:
        lake: open lake.
        query: period, filters, scope; exactly one category among the filters, groups are not used.

    Returns:
        category, subtopic (its id; `none`: the text fits none; null: no text, or not looked at
        yet; these two stand last, and all rows together are the contacts of the category), name
        (an analyst's, else the machine's), is_suggested (nobody named it), is_hidden, contacts,
        citizens (different known people; null: none known), share (of contacts that were looked
        at), usual_share (the same in the 8 weeks before the period; null: fewer than LEAST_USUAL
        contacts there), before (contacts of as long a time a whole number of weeks earlier; null:
        no contact of the category is known from before that), ratio (contacts / before; null: none
        before), is_new (of a topic: it came with the last fit; of `none`: its share is TIMES the
        usual one and not by chance), words (telling ones), examples (masked texts near to it, in
        scope), machine_name, merged, merged_names (ids and names of those merged into it).

    Raises:
        QueryError: not exactly one category is asked about, or an unknown filter.

    Source: docs/metrics.md#subtopics.
    """
    asked = query.at(lake)
    category = _category(asked)
    counted = _counted(lake, asked)
    standing = run(lake, _STANDING, {"category": category})
    looked = counted.filter(pl.col("subtopic").is_not_null())
    usual = int(looked["usual"].sum())
    # a topic of an earlier fit that nobody came with is no news
    rows = (
        standing.join(counted, on="subtopic", how="full", coalesce=True)
        .with_columns(pl.col("contacts", "before", "usual").fill_null(0))
        .filter(pl.col("is_current").fill_null(value=True) | (pl.col("contacts") > 0))
    )
    is_looked = pl.col("subtopic").is_not_null()
    share = pl.col("contacts") / (pl.col("contacts") * is_looked.cast(pl.Int64)).sum()
    usual_share = pl.col("usual") / usual
    rows = rows.with_columns(
        pl.lit(category).alias("category"),
        pl.col("is_hidden").fill_null(value=False),
        pl.when(is_looked, share.is_finite()).then(share).alias("share"),
        pl.when(is_looked, pl.lit(usual >= LEAST_USUAL)).then(usual_share).alias("usual_share"),
        pl.when(pl.lit(int(counted["earlier"].sum()) > 0)).then("before"),
    ).with_columns(
        ratio=pl.when(pl.col("before") > 0).then(pl.col("contacts") / pl.col("before")),
        is_new=pl.when(pl.col("subtopic") == NONE).then(_is_much()).otherwise("is_new"),
    )
    rows = _with_examples(lake, asked, rows)
    last = pl.when(pl.col("subtopic").is_null()).then(2).when(pl.col("subtopic") == NONE).then(1)
    return rows.sort(
        last.otherwise(0), -pl.col("contacts"), "subtopic", maintain_order=True
    ).select(COLUMNS)  # fmt: skip


@one_snapshot
def subtopic_fit(lake: Lake, category: str) -> dict[str, Any]:
    """Tell how the sub-topics of a category were found.

    Returns:
        state: fitted, waiting (there are texts enough, nobody fitted them yet) or too_few; texts
        (distinct ones of the last FIT_DAYS; of a fit: those it was fitted to), needed; of a fit
        version, fitted_at, topics, stability (share of texts that kept their topic; null: the
        first version), else null.
    """
    found = run(
        lake,
        "select version, fitted_at, n_texts as texts, n_topics as topics, stability "
        "from lake.subtopic_fits where category = $category order by version desc limit 1",
        {"category": category},
    ).to_dicts()
    if found:
        return {"state": "fitted", "needed": LEAST_TEXTS, **found[0]}
    since = lake.now().astimezone(lake.settings.tz).date() - timedelta(days=FIT_DAYS)
    texts = run(
        lake,
        "select count(distinct text) as n from lake.contacts "
        "where category = $category and received_date > $since",
        {"category": category, "since": since},
    ).item()
    nothing = dict.fromkeys(("version", "fitted_at", "topics", "stability"))
    state = "waiting" if texts >= LEAST_TEXTS else "too_few"
    return {"state": state, "texts": texts, "needed": LEAST_TEXTS, **nothing}


@one_snapshot
def subtopics_standing(lake: Lake) -> tuple[int, int]:
    """Return numbers of which one grows when a fit or an analyst's act changes sub-topics."""
    row = run(
        lake,
        "select (select coalesce(max(seq), 0) from lake.acts "
        "where starts_with(kind, 'subtopic_')) as act, "
        "(select count(*) from lake.subtopic_fits) as fits",
        {},
    ).row(0)
    return int(row[0]), int(row[1])


@one_snapshot
def subtopic_acts(lake: Lake, topic: str) -> pl.DataFrame:
    """Return what analysts made of a sub-topic and of those merged into it, in order.

    Returns:
        acted_at (UTC), who (id of a profile), kind (renamed, merged, split, hidden, shown), name
        (of the sub-topic acted on, as the machine calls it), text (a given name, masked), into_name
        (of a merge: the other one).
    """
    return run(
        lake,
        """
        select
            a.acted_at, a.who, replace(a.kind, 'subtopic_', '') as kind, s.name, a.text,
            coalesce(i.given_name, i.name) as into_name
        from lake.acts as a
        inner join lake.subtopics as s on a.incident_id = s.topic
        left join lake.subtopics as i on json_extract_string(a.args, '$.into') = i.topic
        where starts_with(a.kind, 'subtopic_') and (s.topic = $topic or s.counts_as = $topic)
        order by a.seq
        """,
        {"topic": topic},
    )


def none_sums(rows: pl.DataFrame) -> dict[str, Any]:
    """Return what stands beside the list: of rows of `subtopics`.

    Returns:
        contacts, looked_at, none, none_share, none_usual, is_new (null where there is no base),
        unlooked (no text, or not looked at yet), hidden (contacts), n_hidden (sub-topics).
    """
    looked = rows.filter(pl.col("subtopic").is_not_null())
    none = looked.filter(subtopic=NONE).to_dicts()
    one: dict[str, Any] = none[0] if none else {}
    hidden = looked.filter("is_hidden")
    base = int(looked["contacts"].sum())
    return {
        "contacts": int(rows["contacts"].sum()),
        "looked_at": base,
        "none": one.get("contacts", 0),
        "none_share": one.get("contacts", 0) / base if base else None,
        "none_usual": one.get("usual_share"),
        "is_new": one.get("is_new"),
        "unlooked": int(rows["contacts"].sum()) - base,
        "hidden": int(hidden["contacts"].sum()),
        "n_hidden": len(hidden),
    }


def _category(query: Query) -> str:
    check_groups(query, "subtopics")
    asked = query.values("category")
    if len(asked) != 1 or asked[0] is None:
        raise QueryError("sub-topics are of one category: name it, --where category=…")
    return str(asked[0])


def _before(query: Query) -> tuple[datetime, datetime]:
    """Return as long a time as has passed of the period, whole weeks earlier: the same weekdays."""
    end = min(query.end, moment(query))
    weeks = -(-max(end - query.start, timedelta(seconds=1)) // timedelta(weeks=1))
    shift = timedelta(weeks=weeks)
    return query.start.astimezone(UTC) - shift, end.astimezone(UTC) - shift


def _counted(lake: Lake, query: Query) -> pl.DataFrame:
    """Return counts by sub-topic, and whether there is anything before what is compared with."""
    usual_start = query.start.astimezone(UTC) - USUAL
    before_start, before_end = _before(query)
    wide = replace(query, start=min(usual_start, before_start - timedelta(weeks=1)))
    first_day, last_day = wide.local_days(lake.settings.tz)
    where, params = conditions(wide, "contact_facts", lake)
    subtopic = EXPRESSIONS["contact_facts"]["subtopic"]
    joined = joins(f"{where} {subtopic}", is_leg=False)
    return run(
        lake,
        _COUNTS.format(subtopic=subtopic, joins=joined, where=where),
        params
        | {
            "category": _category(query),
            "first_day": first_day,
            "last_day": last_day,
            "start": wide.start,
            "end": query.end,
            "as_of": moment(query),
            "period_start": query.start,
            "period_end": query.end,
            "before_start": before_start,
            "before_end": before_end,
            "usual_start": usual_start,
            "looked_at": _LOOKED_AT,
            "zone": lake.settings.zone,
        },
    )


def _is_much() -> pl.Expr:
    """Tell whether a share is TIMES the usual one, not by chance; null: the usual is not known."""
    base = pl.col("contacts") / pl.col("share")
    usual = pl.col("usual_share") * base
    z = 2 * ((pl.col("contacts") + 0.375).sqrt() - (usual + 0.375).sqrt())
    return (pl.col("contacts") >= TIMES * usual) & (z > SURE_Z)


def _with_examples(lake: Lake, query: Query, rows: pl.DataFrame) -> pl.DataFrame:
    """Give each sub-topic texts nearest to it, different ones, long enough to show something."""
    near = (
        rows.filter(pl.col("subtopic") != NONE)
        .select("subtopic", contact_id="nearest")
        .explode("contact_id", empty_as_null=True)
        .drop_nulls()
    )
    days = query.local_days(lake.settings.tz)
    texts = run(
        lake,
        "select contact_id, text from lake.contacts "
        "where received_date between $first and $last and category = $category "
        "and contact_id in (select unnest($ids::varchar[])) and text is not null",
        {"ids": near["contact_id"].to_list(), "category": _category(query)}
        | dict(zip(("first", "last"), days, strict=True)),
    )
    apart = pl.int_range(pl.len()) % (pl.len() // EXAMPLES).clip(1) == 0
    chosen = (
        near.join(texts, on="contact_id", maintain_order="left")
        .unique(["subtopic", "text"], keep="first", maintain_order=True)
        .sort(pl.col("text").str.len_chars() < _TELLING, maintain_order=True)
        .group_by("subtopic", maintain_order=True)
        # not the three nearest, which are one text in three forms
        .agg(examples=pl.col("text").filter(apart).head(EXAMPLES))
    )
    empty = pl.lit([], dtype=pl.List(pl.String))
    return rows.join(chosen, on="subtopic", how="left").with_columns(
        pl.col("examples", "merged", "merged_names").fill_null(empty)
    )
