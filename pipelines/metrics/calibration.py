"""Calibration: do two people who review the same contact blindly agree, and who is lenient?"""

from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query
from pipelines.metrics.reviews import reviews
from pipelines.operators.reviewed import leniency

WITHIN = 10.0  # points two scores may differ by and still agree (methods.md 1.2)
_ANSWERS = """
select a.criterion, a.answer as first, b.answer as second
from lake.review_answers as a
inner join lake.review_answers as b on a.criterion = b.criterion
inner join (
    select unnest($firsts::varchar[]) as first_id, unnest($seconds::varchar[]) as second_id
) as pairs
    on a.review_id = pairs.first_id and b.review_id = pairs.second_id
where a.received_date between $from_day and $to_day
    and b.received_date between $from_day and $to_day
"""


@one_snapshot
def calibration(lake: Lake, query: Query) -> dict[str, Any]:
    """Return how well blind pairs of the period's contacts agree, and who gives how much.

    Returns:
        pairs (contacts both reviewed), scored (of them with two scores), within (of those, scores
        at most WITHIN points apart), agreement (within / scored; None without any);
        criteria: frame, those that agree least first: criterion, pairs, agreed, agreement (share
        of equal answers), kappa (Cohen's, of yes, no, na; null where only one answer was ever
        given: chance would agree as well);
        reviewers: frame: reviewer, n (random reviews with a score), mean (0..100), leniency
        (points more than the others, shrunk: what is taken off in the score), pairs.
    """
    found = reviews(lake, query).filter(pl.col("reviewed_at").is_not_null() & ~pl.col("is_blind"))
    pairs = _pairs(found)
    scored = pairs.filter(pl.col("score").is_not_null() & pl.col("score_right").is_not_null())
    within = int(((scored["score"] - scored["score_right"]).abs() <= WITHIN).sum())
    return {
        "pairs": len(pairs),
        "scored": len(scored),
        "within": within,
        "agreement": within / len(scored) if len(scored) else None,
        "criteria": _criteria(lake, query, pairs),
        "reviewers": _reviewers(found, pairs),
    }


def _pairs(found: pl.DataFrame) -> pl.DataFrame:
    """Return each blind pair once, its reviewers in the order of their ids."""
    paired = found.filter(pl.col("pair_id").is_not_null())
    return paired.join(paired, on="pair_id").filter(pl.col("reviewer") < pl.col("reviewer_right"))


def _criteria(lake: Lake, query: Query, pairs: pl.DataFrame) -> pl.DataFrame:
    first, last = query.local_days(lake.settings.tz)
    answers = run(
        lake,
        _ANSWERS,
        {
            "firsts": pairs["review_id"].to_list(),
            "seconds": pairs["review_id_right"].to_list(),
            "from_day": first,
            "to_day": last,
        },
    )
    counted = answers.group_by("criterion").agg(
        pairs=pl.len().cast(pl.Int64),
        agreed=(pl.col("first") == pl.col("second")).sum().cast(pl.Int64),
    )
    kappas = {
        str(name): _kappa(some["first"], some["second"])
        for (name,), some in answers.group_by("criterion")
    }
    return counted.with_columns(
        agreement=pl.col("agreed") / pl.col("pairs"),
        kappa=pl.col("criterion").replace_strict(kappas, default=None, return_dtype=pl.Float64),
    ).sort("agreement", "criterion")


def _kappa(first: pl.Series, second: pl.Series) -> float | None:
    """Return Cohen's kappa of two columns of answers; None where it is not defined."""
    if pl.concat([first, second]).n_unique() < 2:
        return None
    from sklearn.metrics import cohen_kappa_score  # a second to import: nobody else needs it

    return float(cohen_kappa_score(first.to_numpy(), second.to_numpy()))


def _reviewers(found: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    random = found.filter(
        (pl.col("how") == "random") & (pl.col("state") != "upheld") & pl.col("score").is_not_null()
    ).select("reviewer", score=pl.col("score") / 100)
    both = pl.concat([pairs["reviewer"], pairs["reviewer_right"]]).value_counts(name="pairs")
    return (
        leniency(random)
        .with_columns(mean=pl.col("mean") * 100, leniency=pl.col("leniency") * 100)
        .join(both, on="reviewer", how="left")
        .with_columns(pl.col("pairs").cast(pl.Int64).fill_null(0))
        .sort("reviewer")
    )
