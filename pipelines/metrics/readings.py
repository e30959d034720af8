"""One promise read otherwise: the five formulas of the service level, other readings of its words.

A reader who knows another formula must see its figure beside ours, named, before trusting either.
"""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
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
        own target; then ids of promises.yml that are other readings of it), formula (null for
        those), threshold_s, n (base), value, unit (share, s). Empty: there is one reading.
    """
    asked = query.at(lake)
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    found = [pl.DataFrame(schema=_SCHEMA)]
    if _is_of_queue(row) and set(asked.where) <= set(GROUPED):
        phone = replace(asked, by=(), where={**asked.where, "channel": ("phone",)})
        found += [_level(lake, phone, row, variant) for variant in FORMULAS]
    others = tuple(dict.fromkeys(p.id for p in lake.reference.promises if p.passport_of == promise))
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
