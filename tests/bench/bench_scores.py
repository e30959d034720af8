"""Scores of simulated operators against their truth, beside a raw mean and Wilson's lower bound.

Each world is twelve weeks of logs that came in as any log does: three periods of 28 days. The
truth of an operator is the composite were every effect known exactly, on the same scale. All
three name as many operators; a name is false where the true composite is not under the minimum.
"""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.ingest import ingest_file, sources_of
from pipelines.lake.connect import Lake, open_lake
from pipelines.operators.score import observations, score
from pipelines.operators.weights import Weights, read_weights
from pipelines.settings import Settings
from pipelines.simulator import simulate
from pipelines.simulator.parameters import parameters
from pipelines.sources import Context
from tests.bench.measure import Measure

Floats = NDArray[np.float64]
SEEDS = (21, 22, 23)
DAYS, PERIODS = 84, 3
SOLVED = 0.75  # about so many contacts are solved: what a rating owes to it
SHARES = ("sla", "fcr", "csat", "confirmation")
MOOD = (1.0, 1.85)  # of a rating: courtesy, and a contact solved (pipelines/simulator/outcome.py)


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on worlds of `rows` contacts each."""
    frames, seconds, n = [], 0.0, 0
    for seed in SEEDS:
        lake, truth, end = _world(work / str(seed), rows, seed)
        for ago in range(PERIODS):
            last = end - timedelta(days=28 * ago)
            began = time.perf_counter()
            scores = score(lake, last - timedelta(days=28), last)
            seconds += time.perf_counter() - began
            weights = read_weights(lake.settings.reference, last - timedelta(days=1))
            seen = observations(lake, last - timedelta(days=28), last, weights)
            n += len(seen)
            beside = _beside(scores, seen, truth, weights)
            frames.append(beside.with_columns(world=pl.lit(f"{seed}-{ago}")))
        lake.close()
    found = pl.concat(frames)
    like = {
        name: float(np.mean([_spearman(f[name], f["true"]) for f in found.partition_by("world")]))
        for name in ("score", "raw", "wilson")
    }
    is_inside = found["true"].is_between(found["score_low"], found["score_high"])
    inside = float(is_inside.to_numpy().mean())
    flagged = found.filter(pl.col("flag") == "attention")
    wrong = _false(flagged)
    others = (_false(found.sort(name).head(len(flagged))) for name in ("raw", "wilson"))
    return [
        Measure("operators scored in all periods", f"{len(found):,}"),
        Measure(
            "Spearman with the truth: ours", f"{like['score']:.2f}", "at least .70",
            like["score"] >= 0.7,
        ),
        Measure("  raw mean, Wilson's bound", f"{like['raw']:.2f}, {like['wilson']:.2f}"),
        Measure(
            "80 % intervals hold the truth", f"{inside:.2f}", ".75 to .85", 0.75 <= inside <= 0.85
        ),
        Measure(
            f"false among the {len(flagged)} flagged: ours", f"{wrong:.2f}", "at most .15",
            wrong <= 0.15 if len(flagged) else None,
        ),
        Measure("  raw mean, Wilson's bound, as many", ", ".join(f"{one:.2f}" for one in others)),
        Measure(
            "a period scored, with the two before",
            f"{seconds / len(frames):.2f} s of {n // len(frames):,} rows",
        ),
    ]  # fmt: skip


def _world(work: Path, rows: int, seed: int) -> tuple[Lake, pl.DataFrame, date]:
    end = datetime.now(UTC).date() - timedelta(days=8)  # all contacts are ripe
    told = simulate(work / "logs", DAYS, rows // DAYS, seed, end=end, dirt=0.0)
    lake = open_lake(Settings(home=work / "home"))
    context = Context.of(lake.settings)
    for path, source in sources_of([work / "logs"], None, context):
        assert isinstance(source, str), source
        if source in ("calls", "chats", "feedback", "operators"):
            ingest_file(lake, path, replace(context), source)
    truth = pl.DataFrame(
        [{"operator_id": one["operator_id"], **one["quality"]} for one in told["operators"]]
    )
    return lake, truth, end


def _beside(
    scores: pl.DataFrame, seen: pl.DataFrame, truth: pl.DataFrame, weights: Weights
) -> pl.DataFrame:
    """Return the scored operators with `true`, `raw` and `wilson`, all on 50 +- 10."""
    used = {name: one["weight"] for name, one in json.loads(scores["components"][0]).items()}
    of = {name: truth[name].to_numpy() for name in truth.columns if name != "operator_id"}
    sd = parameters().raw["quality_sd"]
    mood = MOOD[0] * sd["courtesy"] * of["courtesy"]
    mood = mood + MOOD[1] * SOLVED * (1 - SOLVED) * sd["solve"] * of["solve"]
    pace = -np.maximum(0, np.abs(_unit(of["speed"])) - 1)
    effects = {
        "sla": _unit(of["response"]), "fcr": _unit(of["solve"]), "csat": _unit(mood),
        "confirmation": _unit(of["diligence"]), "aht": pace - pace.mean(),
    }  # fmt: skip
    true = truth.select(
        "operator_id", true=_scaled(sum(used[k] * effects[k] for k in used if used[k]))
    )
    means = seen.group_by("operator_id").agg(
        *(pl.col(k).mean().alias(f"{k}_mean") for k in SHARES),
        *(pl.col(k).count().alias(f"{k}_n") for k in SHARES),
    )
    raw, wilson = np.zeros(len(means)), np.zeros(len(means))
    for name in SHARES:
        if not means[f"{name}_n"].sum():
            continue
        share = means[f"{name}_mean"].fill_null(means[f"{name}_mean"].mean()).to_numpy()
        n = np.maximum(means[f"{name}_n"].to_numpy(), 1)
        raw += used.get(name, 0) * _unit(share)
        wilson += used.get(name, 0) * _unit(_wilson(share, n))
    plain = means.select("operator_id", raw=_scaled(raw), wilson=_scaled(wilson))
    return (
        scores.drop_nulls("score")
        .select("operator_id", "score", "score_low", "score_high", "flag")
        .join(true, on="operator_id")
        .join(plain, on="operator_id")
    )


def _wilson(share: Floats, n: Floats, z: float = 1.96) -> Floats:
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.asarray((middle - half) / (1 + z**2 / n))


def _unit(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / (values.std() or 1.0))


def _scaled(values: Floats) -> pl.Series:
    return pl.Series(50 + 10 * _unit(values))


def _spearman(a: pl.Series, b: pl.Series) -> float:
    return float(np.corrcoef(a.rank().to_numpy(), b.rank().to_numpy())[0, 1])


def _false(named: pl.DataFrame) -> float:
    return float((named["true"] >= 40).mean() or 0.0)
