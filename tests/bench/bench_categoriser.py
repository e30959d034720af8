"""The categoriser on real appeals: trained on October-December, tried on January.

Weighted F1 over the 15 categories of the portal, and over its reasons with at least 50 appeals,
against the same model without stemming and the most frequent answer; how well confidence, learnt in
the autumn, holds in January; and texts a second from a text to a category.
"""

import time
from datetime import date
from pathlib import Path

import polars as pl
from sklearn.metrics import f1_score

from pipelines.problems.text_model import TextModel, curve_of, train, train_crosswise
from tests.bench.measure import Measure
from tests.conftest import SHARED

JANUARY = date(2021, 1, 1)
LEAST_APPEALS = 50
LEAST_A_SECOND = 2_000
SURE = 0.8  # as settings.yml says


def run(_work: Path, rows: int) -> list[Measure]:
    """Measure on the appeals, `rows` of the autumn at most; nothing where they are not at hand."""
    path = SHARED / "spb_appeals" / "appeals.parquet"
    if not path.is_file():
        return [Measure("the categoriser: the real appeals are not here", "-")]
    appeals = (
        pl.read_parquet(path, columns=["created_at", "category", "reason", "text"])
        .filter(pl.col("text").str.strip_chars().str.len_chars() > 0)
        .with_columns(half=pl.col("text").str.to_lowercase().hash(0))
    )
    often = pl.len().over("reason") >= LEAST_APPEALS
    by_reason = appeals.filter(often).with_columns(category="reason")
    found = _measured("category", *_parts(appeals, rows))
    return found + _measured("reason", *_parts(by_reason, rows), is_all=False)


def _parts(appeals: pl.DataFrame, rows: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    autumn = appeals.filter(pl.col("created_at") < JANUARY).head(rows)
    return autumn, appeals.filter(pl.col("created_at") >= JANUARY)


def _measured(
    what: str, autumn: pl.DataFrame, january: pl.DataFrame, *, is_all: bool = True
) -> list[Measure]:
    model, plain = (train(autumn["text"], autumn["category"], stemmed=s) for s in (True, False))
    usual = autumn["category"].value_counts(sort=True)["category"][0]
    truth = january["category"]
    f1 = _f1(truth, model.guess(january["text"])["category"])
    bare = _f1(truth, plain.guess(january["text"])["category"])
    least = _f1(truth, pl.Series([usual]).new_from_index(0, len(january)))
    of = f"{autumn['category'].n_unique()} values of {what}, {len(january):,} appeals of January"
    found = [
        Measure(f"weighted F1 over {of}", f"{f1:.3f}", f"{bare:.3f}", f1 >= bare),
        Measure("the same model without stemming", f"{bare:.3f}"),
        Measure("the most frequent answer", f"{least:.3f}"),
    ]
    return found + (_confident(autumn, january, model) + _fast(model, january) if is_all else [])


def _f1(truth: pl.Series, guessed: pl.Series) -> float:
    return float(f1_score(truth.to_list(), guessed.to_list(), average="weighted", zero_division=0))


def _confident(autumn: pl.DataFrame, january: pl.DataFrame, model: TextModel) -> list[Measure]:
    """Hold the confidence learnt in the autumn against January."""
    judged = train_crosswise(autumn).guess(autumn)
    curve = curve_of(judged["margin"], judged["guessed"] == judged["category"])
    guessed = model.guess(january["text"])
    said = january.with_columns(
        is_right=guessed["category"] == january["category"],
        confidence=curve.of(guessed["margin"]),
    )
    sure = said.filter(pl.col("confidence") >= SURE)
    right, meant = sure["is_right"].mean(), sure["confidence"].mean()
    gap = (
        said.with_columns(step=(pl.col("confidence") * 10).floor())
        .group_by("step")
        .agg(n=pl.len(), gap=(pl.col("is_right").mean() - pl.col("confidence").mean()).abs())
        .select((pl.col("n") * pl.col("gap")).sum() / pl.col("n").sum())
        .item()
    )
    return [
        Measure(f"share of January named with a confidence of {SURE} or more",
                f"{len(sure) / len(said):.3f}"),
        Measure("of them right, and the mean confidence said of them", f"{right:.3f} {meant:.3f}"),
        Measure("mean gap between confidence and share right", f"{gap:.3f}", "0.05", gap <= 0.05),
    ]  # fmt: skip


def _fast(model: TextModel, january: pl.DataFrame) -> list[Measure]:
    """Time distinct texts: equal ones cost nothing."""
    texts = january["text"].unique()
    wall, cpu = time.perf_counter(), time.process_time()
    model.guess(texts)
    a_second = len(texts) / (time.perf_counter() - wall)
    a_cpu_second = len(texts) / (time.process_time() - cpu)
    mean = texts.str.len_chars().mean()
    return [
        Measure(f"{len(texts):,} distinct texts of {mean:.0f} characters named",
                f"{a_second:,.0f}/s"),
        Measure("the same a second of CPU, whatever else runs on the machine",
                f"{a_cpu_second:,.0f}/s", f"{LEAST_A_SECOND:,}/s", a_cpu_second >= LEAST_A_SECOND),
    ]  # fmt: skip
