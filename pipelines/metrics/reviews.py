"""Manual reviews as those who may see them see them, and the gate of critical criteria.

Blind stays blind: what one of two reviewers of a contact said is known to nobody, through these
functions, until the other has handed in too. An operator sees own reviews once they are handed in.
"""

from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import EVERYTHING, Query, Scope, known_groups
from pipelines.promises.verdict import wilson

FILTERS = ("operator", "category", "line", "channel")
_HIDDEN = ("score", "n_asked", "asked_critical", "critical", "is_confirmed", "confirmed_by", "note")

_SHOWN = ", ".join(f"case when w.pair_id is null then r.{n} end as {n}" for n in _HIDDEN)

SEEN = f"""
waiting as (
    select distinct pair_id from lake.reviews where pair_id is not null and reviewed_at is null
),
seen as (
    select r.* replace ({_SHOWN}), w.pair_id is not null as is_blind
    from lake.reviews as r
    left join lake.operators as o on r.operator_id = o.operator_id
    left join waiting as w on r.pair_id = w.pair_id
    where ($lines::varchar[] is null or list_contains($lines, r.line))
        and ($teams::varchar[] is null or list_contains($teams, o.team))
        and (
            $operator::varchar is null
            or r.operator_id = $operator and r.reviewed_at is not null and w.pair_id is null
        )
)"""


def scope_params(scope: Scope) -> dict[str, object]:
    """Return the values SEEN needs."""
    return {
        "lines": None if scope.lines is None else list(scope.lines),
        "teams": None if scope.teams is None else list(scope.teams),
        "operator": scope.operator,
    }


@one_snapshot
def reviews(lake: Lake, query: Query, *, handed_in: bool = False) -> pl.DataFrame:
    """Return the reviews of contacts received in a period, the newest contact first.

    Args:
        lake: open lake.
        query: where: operator, category, line, channel.
        handed_in: the period is that of reviewed_at instead, and only those handed in are there.

    Returns:
        The columns of lake.reviews and is_blind (a pair one of whose reviews is not handed in yet:
        what it says is null).

    Raises:
        QueryError: another filter, or groups.
    """
    known_groups(query.by, (), "group", "reviews")
    known_groups(query.where, FILTERS, "filter", "reviews")
    first, last = query.local_days(lake.settings.tz)
    wanted = {name: [str(v) for v in query.values(name)] or None for name in FILTERS}
    at = "f.reviewed_at" if handed_in else "f.received_at"
    pruned = "true" if handed_in else "f.received_date between $first and $last"
    return run(
        lake,
        f"""
with {SEEN}
select f.* from seen as f
where {at} >= $start and {at} < $end and {pruned}
    and ($of_operator::varchar[] is null or list_contains($of_operator, f.operator_id))
    and ($of_category::varchar[] is null or list_contains($of_category, f.category))
    and ($of_line::varchar[] is null or list_contains($of_line, f.line))
    and ($of_channel::varchar[] is null or list_contains($of_channel, f.channel))
order by f.received_at desc, f.review_id""",
        scope_params(query.scope)
        | {f"of_{name}": values for name, values in wanted.items()}
        | {"start": query.start, "end": query.end, "first": first, "last": last},
    )


@one_snapshot
def queue(lake: Lake, reviewer: str, scope: Scope = EVERYTHING) -> pl.DataFrame:
    """Return what a reviewer has still to hand in: begun ones first, then the oldest.

    Returns:
        review_id, contact_id, operator_id, how, reasons, category, line, channel, received_at,
        assigned_at, state (assigned, draft).
    """
    return run(
        lake,
        f"""
with {SEEN}
select
    review_id, contact_id, operator_id, how, reasons, category, line, channel, received_at,
    assigned_at, state
from seen
where reviewer = $reviewer and reviewed_at is null
order by state desc, assigned_at, review_id""",
        scope_params(scope) | {"reviewer": reviewer},
    )


@one_snapshot
def review(lake: Lake, review_id: str, scope: Scope = EVERYTHING) -> dict[str, Any] | None:
    """Return one review that was handed in: its row of `reviews`, its answers and its acts.

    Returns:
        None: there is none, or the scope does not hold it. Else row; answers (frame: criterion,
        answer, weight, is_critical, note; empty while blind); acts (frame: acted_at, who, kind,
        text), oldest first.
    """
    params = scope_params(scope) | {"id": review_id}
    found = run(lake, f"with {SEEN} select * from seen where review_id = $id", params)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    return {
        "row": row,
        "answers": run(
            lake,
            "select criterion, answer, weight, is_critical, note from lake.review_answers "
            "where review_id = $id and received_date = $day and $is_shown",
            {"id": review_id, "day": row["received_date"], "is_shown": not row["is_blind"]},
        ),
        "acts": run(
            lake,
            "select acted_at, who, kind, text from lake.review_acts "
            "where subject = $id order by seq",
            {"id": review_id},
        ),
    }


@one_snapshot
def contact_reviews(
    lake: Lake, contact_id: str, scope: Scope = EVERYTHING
) -> dict[str, pl.DataFrame]:
    """Return what was said of one contact by hand: its reviews and what was contested of it.

    Returns:
        reviews (rows as `reviews`, the first assigned on top), appeals (rows as `appeals`).
    """
    return {
        "reviews": run(
            lake,
            f"with {SEEN} select * from seen where contact_id = $id "
            "order by assigned_at, review_id",
            scope_params(scope) | {"id": contact_id},
        ),
        "appeals": appeals(lake, scope).filter(pl.col("contact_id") == contact_id),
    }


@one_snapshot
def critical(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the gate of critical criteria by operator: never averaged with anything.

    Of random reviews handed in, not taken out by an upheld appeal, in which a critical criterion
    applied; a failure that a second person did not confirm is none. Source: methods.md 2.2.

    Returns:
        operator, reviews (the base), failed, unconfirmed (failures nobody has looked at yet),
        accuracy (1 - failed / reviews), accuracy_low, accuracy_high (Wilson's interval).
    """
    found = reviews(lake, query).filter(
        (pl.col("how") == "random")
        & pl.col("asked_critical").fill_null(value=False)
        & (pl.col("state") != "upheld")
    )
    is_failed = pl.col("critical").is_not_null() & pl.col("is_confirmed").fill_null(value=True)
    counted = (
        found.group_by(operator="operator_id")
        .agg(
            reviews=pl.len().cast(pl.Int64),
            failed=is_failed.sum().cast(pl.Int64),
            unconfirmed=(is_failed & pl.col("is_confirmed").is_null()).sum().cast(pl.Int64),
        )
        .with_columns(accuracy=1 - pl.col("failed") / pl.col("reviews"))
    )
    low, high = wilson(pl.col("accuracy"), pl.col("reviews"), lake.reference.rules.wilson_z)
    return counted.with_columns(accuracy_low=low, accuracy_high=high).sort("operator")


@one_snapshot
def appeals(lake: Lake, scope: Scope = EVERYTHING) -> pl.DataFrame:
    """Return what operators contest: open ones first, the oldest on top; then the newest decided.

    Returns:
        The columns of lake.appeals, and reviewer (of an appeal against a review; else null).
    """
    return run(
        lake,
        """
select a.*, r.reviewer
from lake.appeals as a
left join lake.reviews as r on a.review_id = r.review_id
left join lake.operators as o on a.operator_id = o.operator_id
left join lake.contacts as c on a.contact_id = c.contact_id
where ($lines::varchar[] is null or list_contains($lines, c.line))
    and ($teams::varchar[] is null or list_contains($teams, o.team))
    and ($operator::varchar is null or a.operator_id = $operator)
order by
    a.state <> 'appealed', a.decided_at desc nulls first, a.appealed_at, a.appeal_id""",
        scope_params(scope),
    )


@one_snapshot
def review_samples(lake: Lake) -> pl.DataFrame:
    """Return the samples that were made, the newest first: columns of lake.review_samples."""
    return run(lake, "select * from lake.review_samples order by made_at desc, sample_id", {})
