"""The week in one answer: whom we failed, which promises were kept, what moved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics import week_figures
from pipelines.metrics.bursts import bursts, with_parts
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.incidents import incidents
from pipelines.metrics.periods import compared_with, kind_of, parse_period
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.query import EVERYTHING, Query, Scope
from pipelines.metrics.risk import risk
from pipelines.metrics.sentences import seed_people
from pipelines.metrics.side_by_side import Meanwhile, Part, Told, side_by_side
from pipelines.metrics.sla import sla
from pipelines.metrics.two_periods import of_both
from pipelines.metrics.volume import received, volume
from pipelines.metrics.week_demand import due, regions, service
from pipelines.metrics.why import why
from pipelines.metrics.why_counts import MEANS, leg_sums

TOP = 10  # categories named
USUAL = timedelta(weeks=8)  # before the period: what is usual for a promise
# as they stand in what is published; the parts are begun in another order, the longest first
NAMES = (
    "people", "promises", "promise_states", "volume", "volume_before", "by_channel", "level",
    "means", "categories", "ratings", "repeats", "operators", "incidents", "bursts", "quality",
    "why", "service", "statute", "regions", "risk", "failed",
    "doubt",
)  # fmt: skip


@one_snapshot
def week(
    lake: Lake,
    period: str,
    scope: Scope = EVERYTHING,
    as_of: datetime | None = None,
    against: str | None = None,
    meanwhile: Meanwhile = lambda *_: None,
) -> dict[str, Any]:
    """Return the figures of a week, month or quarter and, where it says so, of the one before.

    Args:
        period: 2026-W46, 2026-11 or 2026-Q4. against: the period to compare with, instead of the
            one that ended where this began: an earlier one of the same kind.
        meanwhile: called between the parts, with how many are begun and how many there are: the
            writer of the lake goes on with live logs.

    Returns:
        week (the name of the period), kind (week, month, quarter), against (the period compared
        with), start, end, as_of, snapshot (version of the lake), is_preliminary (rows may still
        come: `late_days` are not over);
        people: {tried, unserved, unserved_share, before}, None counts where no citizen is known;
        failed: of `seed_people`: {citizens, failed, before}, people a promise of the source was
        broken for;
        promises: frame of `promises` with state_before, value_before, n_before, met_before,
        moved (value less that of the week before), value_usual and state_usual (of the 8 weeks
        before);
        promise_states: {kept, at_risk, broken, below_own_target, no_data} counts, before, usual;
        volume, volume_before: rows of `volume` in all; by_channel: frame by channel with
        contacts_before; level: the service level, and before; means: wait (ASA of calls and chats)
        and handle (AHT of these), each {n, mean, before: {n, mean}}, None without a base;
        categories: the 10 with most contacts: frame of problems with contacts_before, change;
        ratings: {n, mean, top, share, response_share}, and before; share = ratings of 4 and 5;
        repeats: {repeats, contacts, share}, before; operators: who worked (answered a leg);
        incidents: frame; bursts: frame; quality: {accepted, quarantined, failed_checks}; doubt:
        {found, n, share, sl, sl_low, sl_high} of the reconciliation, None: nothing to hold; why:
        the shares and means that moved more than they usually do, as `why` returns them; service,
        statute, regions: of `week_demand`; risk: of the week after, as `risk` returns it, None for
        a month or a quarter.
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
    found = side_by_side(lake, _parts(now, before, kind_of(period)), meanwhile)
    return figures | {name: found[name] for name in NAMES}


def _parts(now: Query, before: Query, kind: str) -> dict[str, Part]:
    """Return what makes each part of the figures, and what several of them need."""
    return {
        "promises_now": lambda lake, _: promises(lake, now),
        "promises_before": lambda lake, _: promises(lake, before),
        "promises_usual": lambda lake, _: promises(
            lake, replace(now, start=now.start - USUAL, end=now.start)
        ),
        "failed": lambda lake, _: _with_before(
            *(seed_people(lake, query) for query in (now, before))
        ),
        "people": lambda lake, _: week_figures.people(lake, now, before),
        "risk": lambda lake, _: risk(lake, now) if kind == "week" else None,
        "categories": lambda lake, _: _changed(lake, problems, now, before, "category").head(TOP),
        "volume": lambda lake, _: volume(lake, now).row(0, named=True),
        "volume_before": lambda lake, _: volume(lake, before).row(0, named=True),
        "by_channel": lambda lake, _: _changed(lake, volume, now, before, "channel").drop("change"),
        "levels": lambda lake, _: of_both(sla, lake, now, before, kind),
        "leg_sums": lambda lake, _: of_both(leg_sums, lake, now, before, kind),
        "all_ratings": lambda lake, _: [
            week_figures.ratings(lake, query) for query in (now, before)
        ],
        "promises": lambda _, told: _moved(
            *(told(f"promises_{name}") for name in ("now", "before", "usual"))
        ),
        "level": lambda _, told: _with_before(
            *(side.row(0, named=True) for side in told("levels"))
        ),
        "means": lambda _, told: {name: _mean(told, name) for name in MEANS},
        "ratings": lambda _, told: _with_before(*told("all_ratings")),
        "why": lambda lake, told: why(lake, now, before, kind, told("promises"), _counted(told)),
        "service": lambda lake, _: service(lake, now, before, kind),
        "statute": lambda lake, _: due(lake, now),
        "repeats": lambda lake, _: _with_before(
            *(week_figures.repeats(lake, query) for query in (now, before))
        ),
        "regions": lambda lake, _: regions(lake, now, before),
        "bursts": lambda lake, _: (
            with_parts(bursts(lake, now))
            .drop("parts")
            .sort("excess", "started_at", descending=True, nulls_last=True)
        ),
        "quality": lambda lake, _: week_figures.quality(lake, now),
        "doubt": lambda lake, _: week_figures.doubt(lake, now),
        "operators": lambda lake, _: week_figures.operators(lake, now),
        "incidents": lambda lake, _: incidents(lake, now).sort("detected_at"),
        "promise_states": lambda _, told: (
            _states(told("promises"), "state")
            | {name: _states(told("promises"), f"state_{name}") for name in ("before", "usual")}
        ),
    }


def _with_before(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return now | {"before": before}


def _counted(told: Told) -> dict[str, Any]:
    """Return base and top of what stands in the week already, before and now."""
    level, ratings = told("level"), told("ratings")
    means = {name: tuple(reversed(_sums(told, name))) for name in MEANS}
    return means | {
        "level": tuple((one["base"], one["within"]) for one in (level["before"], level)),
        "csat": tuple((one["n"], one["top"]) for one in (ratings["before"], ratings)),
    }


def _sums(told: Told, name: str) -> list[tuple[int, float]]:
    """Return how many legs a mean is of and their seconds, now and before."""
    return [side.select(f"n_{name}", f"{name}_s").row(0) for side in told("leg_sums")]


def _mean(told: Told, name: str) -> dict[str, Any]:
    now, before = ({"n": n, "mean": s / n if n else None} for n, s in _sums(told, name))
    return now | {"before": before}


def _moved(kept: pl.DataFrame, before: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    past = before.select(
        "promise", state_before="state", value_before="value", n_before="n", met_before="met"
    )
    often = usual.select("promise", value_usual="value", state_usual="state")
    return (
        kept.join(past, on="promise", how="left")
        .join(often, on="promise", how="left")
        .with_columns(moved=pl.col("value") - pl.col("value_before"))
    )


def _states(kept: pl.DataFrame, column: str) -> dict[str, int]:
    counts = dict(kept.get_column(column).value_counts().iter_rows())
    states = ("kept", "at_risk", "broken", "below_own_target", "no_data")
    return {state: counts.get(state, 0) for state in states}


def _changed(
    lake: Lake, figure: Callable[[Lake, Query], pl.DataFrame], now: Query, before: Query, group: str
) -> pl.DataFrame:
    past = received(lake, replace(before, by=(group,))).rename({"contacts": "contacts_before"})
    both = figure(lake, replace(now, by=(group,))).join(
        past, on=group, how="left", nulls_equal=True
    )
    return (
        both.with_columns(pl.col("contacts_before").fill_null(0))
        .with_columns(change=pl.col("contacts") - pl.col("contacts_before"))
        .sort("contacts", group, descending=[True, False], nulls_last=True)
    )
