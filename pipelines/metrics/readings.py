"""One promise read otherwise: formulas of the service level, parts of it, other voices.

A reader who knows another formula must see its figure beside ours, named, before trusting either.
"""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.aside import aside, callback_results
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.groups import GROUPED
from pipelines.metrics.promised import promises
from pipelines.metrics.query import Query
from pipelines.metrics.sla import FORMULAS, sla
from pipelines.reference.model import Promise

_SCHEMA = {
    "reading": pl.String,
    "formula": pl.String,
    "threshold_s": pl.Float64,
    "n": pl.Int64,
    "value": pl.Float64,
    "unit": pl.String,
}


@one_snapshot
def readings(lake: Lake, query: Query, promise: str) -> pl.DataFrame:
    """Return what other readings of a promise give over the same period and filters.

    Args:
        lake: open lake. query: as of `promises`. promise: its id.

    Returns:
        reading (SL-1 … SL-5 over all legs of calls, where the promise is about the queue, at its
        own target; then the parts its row asks for (`apart`): peak, other and unknown_hours of
        staffed calls; reached and attempted callbacks, each of all promised ones; silence, the
        resolved ones their citizens did not repeat within `reopen_hours`; then ids of promises.yml
        that are other readings or voices), formula (null but for SL), threshold_s, n (base), value,
        unit (share, s). Empty: there is one reading.
    """
    asked = query.at(lake)
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    found = [pl.DataFrame(schema=_SCHEMA)]
    if _is_of_queue(row) and set(asked.where) <= set(GROUPED):
        phone = replace(asked, by=(), where={**asked.where, "channel": ("phone",)})
        found += [_level(lake, phone, row, variant) for variant in FORMULAS]
    for word in row.apart:
        found.append(_APART[word](lake, asked, row))
    readings_of = [p.id for p in lake.reference.promises if p.passport_of == promise]
    voices = [name for name, group in row.beside if not group]
    others = tuple(dict.fromkeys((*readings_of, *voices)))
    if others:
        where = {**asked.where, "promise": others}
        measured = promises(lake, replace(asked, by=("promise",), where=where))
        found.append(
            measured.select(
                pl.col("promise").alias("reading"),
                pl.col("target_s").cast(pl.Float64).alias("threshold_s"),
                pl.col("n").cast(pl.Int64),
                "value",
                "unit",
            )
        )
    return pl.concat(found, how="diagonal_relaxed")


def beside(lake: Lake, query: Query, promise: str) -> dict[tuple[str, str], pl.DataFrame]:
    """Return what stands on the page of a promise by a group: (promise, group) -> `promises`."""
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    return {
        (name, group): promises(
            lake, replace(query, by=(group,), where={**query.where, "promise": (name,)})
        )
        for name, group in row.beside
        if group
    }


def _hours(lake: Lake, query: Query, promise: Promise) -> pl.DataFrame:
    where = {**query.where, "promise": (promise.id,)}
    found = promises(lake, replace(query, by=("peak",), where=where)).filter(pl.col("n") > 0)
    return found.select(
        pl.col("peak").fill_null("unknown_hours").alias("reading"),
        pl.col("target_s").cast(pl.Float64).alias("threshold_s"),
        pl.col("n").cast(pl.Int64),
        "value",
        "unit",
    ).sort(pl.col("reading").replace_strict({"peak": 0, "other": 1}, default=2))


def _callbacks(lake: Lake, query: Query, promise: Promise) -> pl.DataFrame:
    told = callback_results(lake, query, promise.id)
    names = ("reached", "attempted") if told["told"] else ()
    return _shares([(name, told["n"], told[name] / told["n"]) for name in names])


def _silence(lake: Lake, query: Query, promise: Promise) -> pl.DataFrame:
    told = aside(lake, query, promise.id)
    n = told["resolved"]
    return _shares([("silence", n, 1 - told["reopened"] / n)] if n else [])


def _shares(rows: list[tuple[str, int, float]]) -> pl.DataFrame:
    kinds = {"reading": pl.String, "n": pl.Int64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row").with_columns(unit=pl.lit("share"))


_APART = {"peak": _hours, "callback_result": _callbacks, "silence": _silence}


def _is_of_queue(promise: Promise) -> bool:
    return "queued" in promise.start.names and "answered" in promise.stop.names


def _level(lake: Lake, query: Query, promise: Promise, variant: str) -> pl.DataFrame:
    level = sla(lake, query, promise.target_s, variant)
    return level.select(
        pl.lit(variant).alias("reading"),
        pl.lit(FORMULAS[variant]).alias("formula"),
        "threshold_s",
        pl.col("base").alias("n"),
        pl.col("share").alias("value"),
        pl.lit("share").alias("unit"),
    )
