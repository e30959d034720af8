"""What an outage was, once it is over: the figures of its post-mortem, from the metrics of others.

Nothing is counted here that is not counted elsewhere: people and contacts are those of `incidents`,
hours those of `failures`, promises those of `promises`, contacts an hour those of `problems`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.actions import actions
from pipelines.metrics.baseline import baseline, hour, hour_up
from pipelines.metrics.bursts import bursts
from pipelines.metrics.facts import moment, one_snapshot
from pipelines.metrics.failures import failure_sums, failures
from pipelines.metrics.groups import finish
from pipelines.metrics.incidents import FILTERS, incidents
from pipelines.metrics.listed import contacts
from pipelines.metrics.phrases import phrases
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.query import END_OF_TIME, EVERYTHING, Query, Scope
from pipelines.metrics.shift_log import shift_log

EVER = datetime(1970, 1, 1, tzinfo=UTC)
USUAL_WEEKS = 4  # the same hours of so many weeks before are what is usual for a promise
SHOWN_HOURS = 48
AROUND = timedelta(hours=3)  # told of the hours before it began and after it ended
_JUDGED = ("clock", "share")


@one_snapshot
def postmortem(
    lake: Lake, incident_id: str, as_of: datetime | None = None, scope: Scope = EVERYTHING
) -> dict[str, Any] | None:
    """Return the figures of an outage's post-mortem; None: no such outage, or withdrawn.

    Returns:
        incident (its row of `incidents`), first_at (its first contact; null: none), told_at (when
        the last person was told; null: nobody was), hours and untimed (as `failures` of its
        contacts), promises (promise, n, bad (breached, overdue), share (kept), usual_share (of the
        same hours of USUAL_WEEKS weeks before; null: none judged), usual_bad (bad at that share of
        n); of clocks and shares with any of its contacts judged, most broken above usual first),
        phrases (rows of `phrases`), by_hour (hour, contacts, baseline), bursts (of its
        category; of its line, where it names none; all, where it is of everything; of regions none
        are looked for), acts (rows of `shift_log`), actions (of the register, about its category,
        opened since).

    Source: docs/metrics.md#postmortem.
    """
    at = as_of or lake.now()
    ever = Query(EVER, END_OF_TIME, as_of=at, scope=scope)
    found = incidents(lake, ever, incident_id)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    end = max(row["restored_at"] or at, row["detected_at"] + timedelta(seconds=1))
    where: dict[str, object] = {name: (row[name],) for name in FILTERS if row[name] is not None}
    its = Query(row["detected_at"], end, where=where, as_of=at, scope=scope)
    first = contacts(lake, its, order="oldest", limit=1).rows
    acts = shift_log(lake, ever, incident_id)
    cost = failure_sums(failures(lake, its))
    return {
        "incident": row,
        "as_of": at,
        "first_at": None if first.is_empty() else first.item(0, "received_at"),
        "told_at": acts.filter(kind="notified")["acted_at"].max(),
        "hours": cost["hours"],
        "untimed": cost["untimed"],
        "promises": _promises(lake, its),
        "phrases": phrases(lake, its).to_dicts(),
        "by_hour": _by_hour(lake, its),
        "bursts": _bursts(lake, its, row),
        "acts": acts.to_dicts(),
        "actions": _actions(lake, its, row),
    }


def _promises(lake: Lake, query: Query) -> list[dict[str, Any]]:
    now = _bad(lake, query)
    weeks = [_bad(lake, _earlier(query, n)) for n in range(1, USUAL_WEEKS + 1)]
    usual = pl.concat(weeks).group_by("promise").agg(pl.col("n", "bad").sum())
    joined = now.filter(pl.col("n") > 0).join(usual, on="promise", how="left", suffix="_usual")
    bad_share = pl.col("bad_usual") / pl.col("n_usual")
    is_known = pl.col("n_usual") > 0
    return (
        joined.with_columns(
            share=1 - pl.col("bad") / pl.col("n"),
            usual_share=pl.when(is_known).then(1 - bad_share),
            usual_bad=pl.when(is_known).then(bad_share * pl.col("n")),
        )
        .drop("n_usual", "bad_usual")
        .sort(pl.col("bad") - pl.col("usual_bad").fill_null(0), "promise", descending=[True, False])
        .to_dicts()
    )


def _earlier(query: Query, weeks: int) -> Query:
    """The same hours so many weeks before: of local days, whatever clocks did between."""
    back = timedelta(weeks=weeks)
    return replace(query, start=query.start - back, end=query.end - back)


def _bad(lake: Lake, query: Query) -> pl.DataFrame:
    found = promises(lake, query).filter(pl.col("kind").is_in(_JUDGED))
    bad = pl.col("breached") + pl.col("overdue")
    return found.select("promise", n=pl.col("met") + bad, bad=bad)


def _by_hour(lake: Lake, query: Query) -> list[dict[str, Any]]:
    """Contacts of its filters an hour, some hours around; an hour without any is there with 0."""
    first = hour(query.start - AROUND)
    last = min(query.end + AROUND, first + timedelta(hours=SHOWN_HOURS), moment(query))
    end = hour_up(last)
    wide = replace(query, start=first, end=end, by=("hour",))
    rows = problems(lake, wide).select("hour", "contacts")
    usual = finish(baseline(lake, wide), wide, lake).select("hour", "baseline")
    rows = rows.join(usual, on="hour", how="full", coalesce=True)
    hours = pl.datetime_range(
        first, end, "1h", closed="left", time_unit="us", time_zone="UTC", eager=True
    )
    zone = lake.settings.zone
    at = pl.col("hour").str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_unit="us", time_zone="UTC")
    known = rows.with_columns(hour_at=at).drop("hour")
    return (
        pl.DataFrame({"hour_at": hours})
        .join(known, on="hour_at", how="left")
        .with_columns(pl.col("contacts").fill_null(0), pl.col("hour_at").dt.convert_time_zone(zone))
        .to_dicts()
    )


def _bursts(lake: Lake, query: Query, row: dict[str, Any]) -> list[dict[str, Any]]:
    wide = replace(query, start=query.start - AROUND, where={})
    if row["category"] is not None:
        found = bursts(lake, wide, row["category"])
        parts = bursts(lake, wide).filter(pl.col("part_of").is_in(found["burst_id"].implode()))
        return pl.concat([found, parts]).to_dicts()
    if row["line"] is not None:
        return bursts(lake, wide).filter(line=row["line"]).to_dicts()
    return bursts(lake, wide).to_dicts() if row["region"] is None else []


def _actions(lake: Lake, query: Query, row: dict[str, Any]) -> list[dict[str, Any]]:
    if row["category"] is None:
        return []
    asked = replace(query, where={"category": (row["category"],)})
    return actions(lake, asked).filter(pl.col("opened_at") >= row["detected_at"]).to_dicts()
