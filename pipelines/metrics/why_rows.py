"""Why figures moved, as rows: what `liniya metrics why` prints of any period."""

from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.groups import GROUPED
from pipelines.metrics.periods import KINDS, before, parse_period, period_at
from pipelines.metrics.promised import promises
from pipelines.metrics.query import Query, known_groups
from pipelines.metrics.why import looked_at, moved_most
from pipelines.metrics.why_counts import (
    MEANS,
    Asked,
    level_asked,
    means_asked,
    promise_asked,
    ratings_asked,
)
from pipelines.promises.groups import EXPRESSIONS

FILTERS = tuple(name for name in GROUPED if name in EXPRESSIONS)  # all figures have these
COLUMNS = {
    "figure": pl.String(),
    "unit": pl.String(),
    "before": pl.Float64(),
    "now": pl.Float64(),
    "change": pl.Float64(),
    "usual": pl.Float64(),
    "is_news": pl.Boolean(),
    "split": pl.String(),
    "step": pl.String(),
    "line": pl.String(),
    "part": pl.Float64(),
    "shown": pl.Int64(),
}


@one_snapshot
def why_rows(lake: Lake, query: Query, figures: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return why shares and means moved against the period before.

    A whole week, month or quarter is held against the one before it, any other period against as
    many days before it. What is usual from week to week is known of whole weeks only.

    Args:
        query: a period, filters (FILTERS), a moment and a scope; no groups.
        figures: of level, csat, wait, handle, promise:<id>; none named: these four and the promises
            whose share and mean moved most.

    Returns:
        Of each figure one row a step, one in all where it did not move more than it usually does:
        figure, unit (share, s), before, now (null: under 30 contacts in one of the periods),
        change, usual (the change that would be no news, at least), is_news, split (groups: mix of
        lines, categories, hours, and the rest; causes: of the service level, by the queueing
        model), step, line, part (its sum over the steps of a split is change), shown (the same in
        thousandths of a share, or seconds; the sum is the difference as the week shows it).

    Raises:
        QueryError: groups, another filter, or a figure there is none of.
    """
    known_groups(query.by, (), "group", "why")
    known_groups(query.where, FILTERS, "filter", "why")
    now = query.at(lake)
    kind, start = _compared(lake, now)
    past = replace(now, start=start, end=now.start)
    asked = _asked(lake, now, past, figures)
    rows = [row for one in asked for row in _rows(looked_at(lake, now, past, kind, one))]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _compared(lake: Lake, query: Query) -> tuple[str | None, Any]:
    """Return the kind of the period, None for days, and where the one before it begins."""
    tz = lake.settings.tz
    for kind in KINDS:
        name = period_at(query.start.astimezone(tz).date(), kind)
        if parse_period(name, tz) == (query.start, query.end):
            return kind, parse_period(before(name, tz), tz)[0]
    return None, query.start - (query.end - query.start)


def _asked(lake: Lake, now: Query, past: Query, wanted: tuple[str, ...]) -> list[Asked]:
    known = {one.figure: one for one in (level_asked(), ratings_asked(), *means_asked())}
    if wanted:
        return [known[one] if one in known else _promise(lake, one, known) for one in wanted]
    ours, before_ = (promises(lake, query) for query in (now, past))
    kept = ours.join(
        before_.select("promise", n_before="n", value_before="value"), on="promise"
    ).with_columns(moved=pl.col("value") - pl.col("value_before"))
    moved = [
        promise_asked(row["promise"], unit)
        for unit in ("share", "s")
        if (row := moved_most(kept, unit))
    ]
    return [*(one for name, one in known.items() if name not in MEANS), *moved,
            *(known[name] for name in MEANS)]  # fmt: skip


def _promise(lake: Lake, name: str, known: dict[str, Asked]) -> Asked:
    split = {f"promise:{p.id}": p for p in lake.reference.promises if p.kind != "coverage"}
    if name not in split:
        raise QueryError(
            f"unknown figure '{name}'{nearest(name, (*known, *split))}. "
            f"Known: {', '.join(known)}, promise:<id> (of contacts, not of slots of time)."
        )
    return promise_asked(split[name].id, split[name].unit)


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    first, last = told["before"], told["now"]
    head = {name: told[name] for name in ("figure", "unit", "before", "now", "usual")} | {
        "change": None if first is None else last - first,
        "is_news": told["parts"] is not None,
    }
    if told["parts"] is None:
        return [head]
    model = told.get("model") or {"reason": ""}
    splits = {"groups": told["parts"]} | ({} if model["reason"] is not None else
                                           {"causes": model["parts"]})  # fmt: skip
    return [
        head
        | {
            "split": split,
            "step": row["step"],
            "line": row.get("line"),
            "part": row["change"],
            "shown": row["shown"],
        }
        for split, parts in splits.items()
        for row in parts.iter_rows(named=True)
    ]
