"""Sub-topics on real appeals: the reasons citizens chose as the truth, from month to month, speed.

For each category of at least 500 appeals: how far the sub-topics tell the reasons apart (normalised
mutual information) against k-means over LSA with as many clusters; the share of texts that keep
their topic where the next fit goes on from the last one, against one from nothing (matched as well
as can be); how many unseen texts fit none, 5 in 100 being so by definition; and texts a second.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.problems.subtopic_model import UNFIT, Topics, fit
from pipelines.problems.subtopic_rules import MOST_TEXTS
from pipelines.problems.subtopic_terms import stock, terms_of, weights
from tests.bench.measure import Measure
from tests.conftest import SHARED

LEAST_APPEALS = 500
LEAST_A_SECOND = 5_000
LEAST_STABLE = 0.85


def run(_work: Path, rows: int) -> list[Measure]:
    """Measure on the appeals, `rows` of a category at most; nothing where they are not at hand."""
    path = SHARED / "spb_appeals" / "appeals.parquet"
    if not path.is_file():
        return [Measure("sub-topics: the real appeals are not here", "-")]
    appeals = (
        pl.read_parquet(path, columns=["created_at", "category", "reason", "text"])
        .filter(pl.col("text").str.strip_chars().str.len_chars() > 0)
        .unique(["category", "text"], maintain_order=True)
        .filter(pl.len().over("category") >= LEAST_APPEALS)
        .sort("created_at")
    )
    sample = appeals.filter(pl.int_range(pl.len()).over("category") < 200)
    common = stock(sample.select("category", "text"))
    most = min(rows, MOST_TEXTS)
    found = pl.DataFrame(
        [
            _of(name, own, common, most)
            for (name,), own in appeals.group_by("category", maintain_order=True)
        ]
    )
    mean = {n: float(np.average(found[n], weights=found["n"])) for n in found.columns[2:]}
    of = f"{len(found)} categories of real appeals"
    return [
        Measure(f"NMI with the reasons, {of}: NMF against k-means over LSA",
                f"{mean['nmi']:.3f}", f"{mean['kmeans']:.3f}", mean["nmi"] >= mean["kmeans"]),
        Measure("texts that keep their topic in the next fit, half of whose texts are new",
                f"{mean['warm']:.3f}", f"{LEAST_STABLE}", mean["warm"] >= LEAST_STABLE),
        Measure("the same where the next fit starts from nothing", f"{mean['cold']:.3f}"),
        Measure("texts of the same months, not seen, that fit none (by definition 0.05 of those "
                "seen)", f"{mean['none']:.3f}", "0.08", mean["none"] <= 0.08),
        Measure("texts held to the topics a second of CPU", f"{mean['a_second']:,.0f}/s",
                f"{LEAST_A_SECOND:,}/s", mean["a_second"] >= LEAST_A_SECOND),
        Measure("seconds of CPU a fit", f"{mean['fit_s']:.2f}"),
    ]  # fmt: skip


def _of(name: str, own: pl.DataFrame, common: frozenset[str], most: int) -> dict[str, Any]:
    seen = own.sample(min(most, len(own) // 2), seed=1, shuffle=True)
    unseen = own.join(seen, on="text", how="anti")
    began = time.process_time()
    made = fit(seen["text"], "t", common, None, 0).topics
    fit_s = time.process_time() - began
    began = time.process_time()
    lean = made.lean(unseen["text"])
    a_second = len(unseen) / (time.process_time() - began)
    early, late = own[: len(own) * 2 // 3], own[len(own) // 3 :]
    first, second = (
        part.sample(min(most, len(part)), seed=2, shuffle=True)["text"] for part in (early, late)
    )
    before = fit(first, "t", common, None, 0).topics
    warm = fit(second, "t", common, before, len(before.ids)).stability
    return {
        "category": name, "n": len(own),
        "nmi": _told(seen["reason"], _best(made, seen["text"])),
        "kmeans": _told(seen["reason"], _clusters(made, seen["text"])),
        "warm": warm, "cold": _cold(before, second, common),
        "none": lean["topic"].null_count() / len(lean), "a_second": a_second, "fit_s": fit_s,
    }  # fmt: skip


def _told(reasons: pl.Series, topics: Any) -> float:
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(reasons.to_list(), topics))


def _best(made: Topics, texts: pl.Series) -> list[str]:
    """Return the topic of every text, of those that fit none the nearest."""
    every = Topics(made.known, made.rows, made.ids, -UNFIT)
    return every.lean(texts)["topic"].to_list()


def _clusters(made: Topics, texts: pl.Series) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD

    matrix = weights(terms_of(texts), len(texts), made.known)
    reduced = TruncatedSVD(60, random_state=0).fit_transform(matrix)
    return KMeans(len(made.ids), n_init=3, random_state=0).fit_predict(reduced)


def _cold(before: Topics, texts: pl.Series, common: frozenset[str]) -> float:
    """Return the share of texts in the same topic as before, the pairs matched in their favour."""
    from scipy.optimize import linear_sum_assignment

    anew = fit(texts, "t", common, None, 0).topics
    was, now = before.lean(texts)["topic"], anew.lean(texts)["topic"]
    both = pl.DataFrame({"was": was, "now": now}).drop_nulls()
    counts = both.group_by("was", "now").len().pivot("now", index="was", values="len").fill_null(0)
    table = counts.drop("was").to_numpy().astype(np.int64)
    row, column = linear_sum_assignment(-table)
    return float(table[row, column].sum() / len(both))
