"""Scores of simulated operators against their truth, beside a raw mean and Wilson's lower bound.

Twenty worlds of three periods of 28 days, in half of them hard matters go to good operators. The
truth is what `liniya simulate --truth` writes. All three name as many operators; a name is false
where the true composite is not under the agreed minimum. A world measured once is not made again
where LINIYA_BENCH_WORLDS names a folder to keep them in, so that a run can be broken off.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.operators.base import Days, reading
from pipelines.operators.evaluated import evaluate
from pipelines.operators.fairness import dependence
from pipelines.operators.judged import doubtful, judged
from pipelines.operators.weights import Weights, read_weights
from pipelines.settings import Settings
from tests.bench.measure import Measure
from tests.bench.score_worlds import DAYS, PERIODS, Period, world

Floats = NDArray[np.float64]
SEEDS = range(1, 21)
SHARES = ("sla", "fcr", "csat")
METHODS = ("score", "raw", "wilson")
LOGS = ("tenure_months", "contacts")


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on worlds of half as many contacts each."""
    kept = Path(os.environ.get("LINIYA_BENCH_WORLDS") or work)
    kept.mkdir(parents=True, exist_ok=True)
    end = datetime.now(UTC).date() - timedelta(days=9)
    weights = read_weights(Settings(home=work).reference, end)
    per_day = max(100, rows // 2 // (DAYS * PERIODS))
    found = []
    for seed in SEEDS:
        path = kept / f"{per_day}-{seed}.parquet"
        if not path.is_file():
            periods = world(seed, per_day, end, weights, confounded=seed % 2 == 0)
            pl.concat(_beside(periods, weights)).write_parquet(path)
        found.append(pl.read_parquet(path))
        print(f"  {seed} of {len(SEEDS)} worlds", flush=True)
    return _measures(pl.concat(found))


def _beside(periods: list[Period], weights: Weights) -> list[pl.DataFrame]:
    """Return the scored operators of each period with truth, rivals and circumstances."""
    first = periods[-1]  # the base period: later ones keep its scale
    made = evaluate(first.seen, weights)
    days = Days(first.start, first.end)
    base = reading(days, made.observed, made.result, made.strata, made.where)
    scored, seconds = [], []
    for period in periods[:-1]:
        began = time.process_time()
        scored.append(evaluate(period.seen, weights, base))
        seconds.append(time.process_time() - began)
    scored, seconds = [*scored, made], [*seconds, 0.0]
    doubts = [doubtful(one) for one in scored]
    frames = []
    for i, period in enumerate(periods):
        rows = judged(scored[i], doubts[i + 1 :], period.people, period.start, period.end)
        frames.append(
            rows.select("operator_id", "score", "score_low", "score_high", "flag")
            .join(period.truth.select("operator_id", "true"), on="operator_id")
            .join(_plain(period.seen, weights), on="operator_id")
            .join(_work(period), on="operator_id")
            .with_columns(
                period=pl.lit(period.name), confounded=pl.lit(period.name.endswith("c")),
                newest=pl.lit(i == 0), rows=pl.lit(len(period.seen)), seconds=pl.lit(seconds[i]),
            )
        )  # fmt: skip
    return frames


def _measures(everybody: pl.DataFrame) -> list[Measure]:
    found = everybody.drop_nulls("score")
    inside = found["true"].is_between(found["score_low"], found["score_high"])
    held = float(inside.to_numpy().mean())
    like = {name: _like(found, name) for name in METHODS}
    flagged, newest = found.filter(pl.col("flag") == "attention"), found.filter("newest")
    wrong = _false(flagged)
    named = len(flagged.filter("newest"))
    others = [_false(newest.sort(name).head(named)) for name in ("raw", "wilson")]
    once = everybody.unique("period")
    made = [
        Measure(
            "operators scored: worlds, periods",
            f"{len(found):,}: {once.filter('newest').height}, {once.height}",
        ),
        Measure(
            "Spearman with the truth: ours", f"{like['score']:.2f}", "at least .70",
            like["score"] >= 0.7,
        ),
        Measure("  raw mean, Wilson's bound", f"{like['raw']:.2f}, {like['wilson']:.2f}"),
        Measure("80 % intervals hold the truth", f"{held:.2f}", ".75 to .85", 0.75 <= held <= 0.85),
        Measure(
            f"false among the {len(flagged)} flagged: ours", f"{wrong:.2f}", "at most .15",
            wrong <= 0.15 if len(flagged) else None,
        ),
        Measure(
            f"  of the newest period {named}; raw mean, Wilson's bound, as many",
            ", ".join(f"{one:.2f}" for one in (_false(flagged.filter("newest")), *others)),
        ),
    ]  # fmt: skip
    for is_on, name in ((False, "mixes alike"), (True, "hard matters to good operators")):
        some = found.filter(pl.col("confounded") == is_on)
        share = float(some["true"].is_between(some["score_low"], some["score_high"]).mean() or 0)
        three = ", ".join(f"{_like(some, one):.2f}" for one in METHODS)
        made.append(Measure(f"  {name}: ours, raw, Wilson; held", f"{three}; {share:.2f}"))
    made.append(
        Measure(
            "a period of observations fitted, CPU",
            f"{once['seconds'].mean():.2f} s of {once['rows'].mean():,.0f} rows",
        )
    )
    return made + _fairness(found)


def _fairness(found: pl.DataFrame) -> list[Measure]:
    """Say of how many points scores err, and raw means, with circumstances of the work."""
    names = ("night", "days_off", "written", "easiness", "tenure_months", "contacts")
    factors = {name: found[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in names}
    ours = dependence((found["score"] - found["true"]).to_numpy(), factors, LOGS)
    raw = dependence((found["raw"] - found["true"]).to_numpy(), factors, LOGS)
    return [
        Measure(
            f"error of the score by {one['factor']}: points (raw mean)",
            f"{one['change']:+.1f} [{one['change_low']:+.1f}, {one['change_high']:+.1f}] "
            f"({other['change']:+.1f})",
        )
        for one, other in zip(ours.iter_rows(named=True), raw.iter_rows(named=True), strict=True)
        if one["change"] is not None
    ]


def _work(period: Period) -> pl.DataFrame:
    """Return the circumstances the fairness report asks about, by operator."""
    category = period.seen.group_by("category").agg(easiness=pl.col("fcr").mean())
    tenure = (pl.lit(period.end) - pl.col("hired_on")).dt.total_days() / 30.44
    return (
        period.seen.join(category, on="category", how="left")
        .group_by("operator_id")
        .agg(
            pl.col("is_night").mean().alias("night"),
            pl.col("is_day_off").mean().alias("days_off"),
            pl.col("channel").is_in(["chat", "portal"]).mean().alias("written"),
            pl.col("easiness").mean(),
            contacts=pl.len(),
        )
        .join(period.people.select("operator_id", tenure_months=tenure), on="operator_id")
    )


def _plain(seen: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """Return the composites of raw means and of Wilson's lower bounds, on 50 +- 10."""
    means = seen.group_by("operator_id").agg(
        *(pl.col(k).mean().alias(f"{k}_mean") for k in SHARES),
        *(pl.col(k).count().alias(f"{k}_n") for k in SHARES),
    )
    raw, wilson = np.zeros(len(means)), np.zeros(len(means))
    for name in SHARES:
        share = means[f"{name}_mean"].fill_null(means[f"{name}_mean"].mean()).to_numpy()
        n = np.maximum(means[f"{name}_n"].to_numpy(), 1)
        raw += weights.components[name] * _unit(share)
        wilson += weights.components[name] * _unit(_wilson(share, n))
    return means.select("operator_id", raw=_scaled(raw), wilson=_scaled(wilson))


def _wilson(share: Floats, n: Floats, z: float = 1.96) -> Floats:
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.asarray((middle - half) / (1 + z**2 / n))


def _unit(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / (values.std() or 1.0))


def _scaled(values: Floats) -> pl.Series:
    return pl.Series(50 + 10 * _unit(values))


def _like(found: pl.DataFrame, name: str) -> float:
    """Return the mean of Spearman's correlations with the truth, period by period."""
    return float(np.mean([_spearman(f[name], f["true"]) for f in found.partition_by("period")]))


def _spearman(a: pl.Series, b: pl.Series) -> float:
    return float(np.corrcoef(a.rank().to_numpy(), b.rank().to_numpy())[0, 1])


def _false(named: pl.DataFrame) -> float:
    return float((named["true"] >= 40).mean() or 0.0)
