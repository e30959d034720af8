"""The week in one answer: whom we failed, which promises were kept, what moved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics import week_figures
from pipelines.metrics.bursts import bursts
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.incidents import incidents
from pipelines.metrics.periods import compared_with, kind_of, parse_period
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.query import EVERYTHING, Query, Scope
from pipelines.metrics.risk import risk
from pipelines.metrics.sla import sla
from pipelines.metrics.volume import volume
from pipelines.metrics.week_demand import regions, service, statute
from pipelines.metrics.why import why

TOP = 10  # categories named


@one_snapshot
def week(
    lake: Lake,
    period: str,
    scope: Scope = EVERYTHING,
    as_of: datetime | None = None,
    against: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return the figures of a week, month or quarter and, where it says so, of the one before.

    Args:
        period: 2026-W46, 2026-11 or 2026-Q4. against: the period to compare with, instead of the
            one that ended where this began: an earlier one of the same kind.
        meanwhile: called between the parts: the writer of the lake goes on with live logs.

    Returns:
        week (the name of the period), kind (week, month, quarter), against (the period compared
        with), start, end, as_of, snapshot (version of the lake), is_preliminary (rows may still
        come: `late_days` are not over);
        people: {tried, unserved, unserved_share, before}, None counts where no citizen is known;
        promises: frame of `promises` with state_before, value_before, n_before, met_before and
        moved (value less that of the week before);
        promise_states: {kept, at_risk, broken, below_own_target, no_data} counts, and before;
        volume, volume_before: rows of `volume` in all; by_channel: frame by channel with
        contacts_before; level: the service level, and before;
        categories: the 10 with most contacts: frame of problems with contacts_before, change;
        ratings: {n, mean, top, share, response_share}, and before; share = ratings of 4 and 5;
        repeats: {repeats, contacts, share}, before; operators: who worked (answered a leg);
        incidents: frame; bursts: frame; quality: {accepted, quarantined, failed_checks}; why: the
        shares that moved more than they usually do, as `why` returns them; service, statute,
        regions: of `week_demand`; risk: of the week after, as `risk` returns it, None for a month
        or a quarter.
    """
    start, end = parse_period(period, lake.settings.tz)
    past = compared_with(period, against, lake.settings.tz)
    at = as_of or lake.now()
    now = Query(start, end, as_of=at, scope=scope)
    before = Query(*parse_period(past, lake.settings.tz), as_of=at, scope=scope)
    figures: dict[str, Any] = {
        "week": period.strip().upper(),
        "kind": kind_of(period),
        "against": past,
        "start": start,
        "end": end,
        "as_of": at,
        "snapshot": lake.snapshot(),
        "is_preliminary": at < end + timedelta(days=lake.settings.late_days),
    }
    for name, part in _parts(lake, now, before, kind_of(period), figures).items():
        meanwhile()
        figures[name] = part()
    return figures


def _parts(
    lake: Lake, now: Query, before: Query, kind: str, figures: dict[str, Any]
) -> dict[str, Callable[[], Any]]:
    """Return what makes each part of the figures, in their order; later ones may read earlier."""
    kept = _promises(lake, now, before)
    return {
        "people": lambda: week_figures.people(lake, now, before),
        "promises": lambda: kept,
        "promise_states": lambda: (
            _states(kept, "state") | {"before": _states(kept, "state_before")}
        ),
        "volume": lambda: volume(lake, now).row(0, named=True),
        "volume_before": lambda: volume(lake, before).row(0, named=True),
        "by_channel": lambda: _changed(volume, lake, now, before, "channel").drop("change"),
        "level": lambda: (
            sla(lake, now).row(0, named=True) | {"before": sla(lake, before).row(0, named=True)}
        ),
        "categories": lambda: _changed(problems, lake, now, before, "category").head(TOP),
        "ratings": lambda: (
            week_figures.ratings(lake, now) | {"before": week_figures.ratings(lake, before)}
        ),
        "repeats": lambda: (
            week_figures.repeats(lake, now) | {"before": week_figures.repeats(lake, before)}
        ),
        "operators": lambda: week_figures.operators(lake, now),
        "incidents": lambda: incidents(lake, now).sort("detected_at"),
        "bursts": lambda: bursts(lake, now).sort(
            "excess", "started_at", descending=True, nulls_last=True
        ),
        "quality": lambda: week_figures.quality(lake, now),
        "why": lambda: why(lake, now, before, kept, _counted(figures)),
        "service": lambda: service(lake, now, before),
        "statute": lambda: statute(lake, now),
        "regions": lambda: regions(lake, now, before),
        "risk": lambda: risk(lake, now) if kind == "week" else None,
    }


def _counted(figures: dict[str, Any]) -> dict[str, Any]:
    """Return base and top of the shares that stand in the week already, before and now."""
    level, ratings = figures["level"], figures["ratings"]
    return {
        "level": tuple((one["base"], one["within"]) for one in (level["before"], level)),
        "csat": tuple((one["n"], one["top"]) for one in (ratings["before"], ratings)),
    }


def _promises(lake: Lake, now: Query, before: Query) -> pl.DataFrame:
    past = promises(lake, before).select(
        "promise", state_before="state", value_before="value", n_before="n", met_before="met"
    )
    return (
        promises(lake, now)
        .join(past, on="promise", how="left")
        .with_columns(moved=pl.col("value") - pl.col("value_before"))
    )


def _states(kept: pl.DataFrame, column: str) -> dict[str, int]:
    counts = dict(kept.get_column(column).value_counts().iter_rows())
    states = ("kept", "at_risk", "broken", "below_own_target", "no_data")
    return {state: counts.get(state, 0) for state in states}


def _changed(
    figure: Callable[[Lake, Query], pl.DataFrame], lake: Lake, now: Query, before: Query, group: str
) -> pl.DataFrame:
    past = volume(lake, replace(before, by=(group,))).select(group, contacts_before="contacts")
    both = figure(lake, replace(now, by=(group,))).join(
        past, on=group, how="left", nulls_equal=True
    )
    return (
        both.with_columns(pl.col("contacts_before").fill_null(0))
        .with_columns(change=pl.col("contacts") - pl.col("contacts_before"))
        .sort("contacts", group, descending=[True, False], nulls_last=True)
    )
