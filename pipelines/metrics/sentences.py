"""The source text sentence by sentence, beside what is measured of it."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params
from pipelines.metrics.facts import days_of, moment, one_snapshot, run
from pipelines.metrics.fulfilment import ORDER, failed_sql, fulfilment
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query

_SAID = {
    "number": pl.Int64,
    "text": pl.String,
    "promise": pl.String,
    "reason": pl.String,
    "because_ru": pl.String,
    "because_en": pl.String,
}
_MEASURED = ("kind", "basis", "target_s", "goal", "unit", "value", "n", "failed", "state")


@one_snapshot
def seed_map(lake: Lake, query: Query) -> pl.DataFrame:
    """Return every sentence of the public page with its measured fulfilment, or why there is none.

    Args:
        lake: open lake. query: period, filters, moment, scope.

    Returns:
        One row a sentence and promise that measures it, in the order of the text; one row where
        nothing does: number (of the sentence, from 1), text, promise (null: not measured), reason
        (id of seed_map.yml; null: measured whole), because_ru, because_en, then kind, basis,
        target_s, goal, unit, value, n, failed, state, citizens of the promise (null: not measured),
        sentence_state (the worst of its promises; no_data only where all are),
        people (different known citizens any promise of the sentence failed; null: nobody known).

    Raises:
        QueryError: an unknown filter.

    Source: data/reference/seed_map.yml.
    """
    said = pl.DataFrame(
        [
            (number, s.text, promise, s.reason or None, s.because[0] or None, s.because[1] or None)
            for number, s in enumerate(lake.reference.sentences, 1)
            for promise in s.promises or (None,)
        ],
        schema=_SAID,
        orient="row",
    )
    worst = pl.col("state").replace_strict({name: n for n, name in enumerate(ORDER)}, default=None)
    asked = query.at(lake)
    known = fulfilment(lake, asked).select("promise", *_MEASURED, "citizens")
    people = _people(lake, asked, said)
    return (
        said.join(known, on="promise", how="left", maintain_order="left")
        .with_columns(sentence_state=pl.col("state").sort_by(worst).first().over("number"))
        .join(people, on="number", how="left", maintain_order="left")
    )


def _people(lake: Lake, query: Query, said: pl.DataFrame) -> pl.DataFrame:
    failed, params = failed_sql(query, lake)
    lake.con.register("seed_said", said.select("number", "promise"))
    sql = f"""
with {failed}
select s.number, nullif(count(distinct f.citizen_key), 0) as people
from failed as f inner join seed_said as s on f.promise = s.promise
group by s.number"""
    try:
        return run(lake, sql, params)
    finally:
        lake.con.unregister("seed_said")


def promised(lake: Lake) -> list[str]:
    """Return the promises the source itself makes: not of ours, not of the law."""
    return sorted({p.id for p in lake.reference.promises if p.basis == "seed"})


@one_snapshot
def seed_people(lake: Lake, query: Query) -> dict[str, int | None]:
    """Return how many people asked, and how many of them were failed in what was promised to them.

    Returns:
        citizens (different known citizens of the period; null: nobody known), failed (those of them
        for whom a promise of the source itself, not of ours and not of the law, was broken).
    """
    asked = query.at(lake)
    failed, params = failed_sql(asked, lake)
    broken = run(
        lake,
        f"""with {failed}
select count(distinct citizen_key) as failed
from failed where list_contains($promised::varchar[], promise)""",
        params | {"promised": promised(lake)},
    ).item()
    where, values = conditions(asked, "contact_facts", lake)
    rows_of = row_params(days_of(lake, asked), asked.start, asked.end, moment(asked))
    everyone = run(
        lake,
        f"""
select count(distinct f.citizen_key) as citizens
from (
    select *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at
    from lake.contacts
    where received_date between $first_day and $last_day
        and received_at >= $start and received_at < $end and received_at <= $as_of
) as f {joins(where, is_leg=False)}
where {where}""",
        values | rows_of | {"zone": lake.settings.zone},
    ).item()
    return {"citizens": everyone or None, "failed": broken if everyone else None}
