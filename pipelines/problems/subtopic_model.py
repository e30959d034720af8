"""Sub-topics of one category: non-negative factors (NMF) of its texts, kept from fit to fit.

The first fit starts from the texts alone; the next from the factors of the last one, moved by a few
rounds only, so that a topic stays what it was unless the texts have left it. Source: methods, 4.2,
and docs/metrics.md, "subtopics", for what was measured.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from pipelines.problems.subtopic_terms import terms_of, vocabulary, weights

Floats = NDArray[np.float64]

LEAST_TOPICS, MOST_TOPICS = 3, 12
TEXTS_A_TOPIC = 8  # topics: the root of texts / 8 (methods, 4.2)
UNFIT = 0.05  # so many texts of a fit lean least on a topic, and fit none
MANY_UNFIT = 0.10  # twice as many of later texts make a topic of their own
WARM_ROUNDS = 5  # more rounds move topics farther and explain the texts no better
SAME = 0.5  # a topic less like the one before (cosine) is another
GONE = 0.005  # a topic of fewer of the texts is gone
EPSILON = 1e-4  # a weight of zero would never grow again
LEAST_WEIGHT = 1e-3  # of a term in a topic of length one: smaller ones change nothing


@dataclass(frozen=True)
class Topics:
    """Fitted topics: `known` (term, column, idf), a row of term weights each (length one), ids.

    least: a text that leans less on its best topic fits none.
    """

    known: pl.DataFrame
    rows: Floats
    ids: tuple[str, ...]
    least: float

    def lean(self, texts: pl.Series) -> pl.DataFrame:
        """Return of each text, in their order, its best topic and how far it leans on it.

        Returns:
            topic (null: it leans on none as far as `least`), weight (0: no term of it is known).
        """
        return self.leaning(terms_of(texts), len(texts))

    def leaning(self, terms: pl.DataFrame, n_texts: int) -> pl.DataFrame:
        """Do as `lean` for texts whose terms are known already."""
        parts = _parts(weights(terms, n_texts, self.known), self.rows)
        best = parts.argmax(axis=1) if n_texts else np.zeros(0, dtype=np.int64)
        weight = parts[np.arange(n_texts), best]
        found = pl.Series([self.ids[n] for n in best], dtype=pl.String)
        return pl.DataFrame({"topic": found, "weight": weight}).with_columns(
            topic=pl.when(pl.col("weight") > self.least).then("topic"),
        )


@dataclass(frozen=True)
class Fit:
    """What a fit made: topics; `similarity` of those kept to what they were.

    stability: of the texts that fitted a topic before, the share that fits the same one now; null:
    there was no fit before.
    """

    topics: Topics
    similarity: Mapping[str, float]
    stability: float | None


def topics_for(n_texts: int) -> int:
    """Return how many topics so many texts are cut into.

    >>> [topics_for(n) for n in (60, 200, 1_000, 4_000)]
    [3, 5, 11, 12]
    """
    return int(np.clip(round((n_texts / TEXTS_A_TOPIC) ** 0.5), LEAST_TOPICS, MOST_TOPICS))


def fit(
    texts: pl.Series, name: str, without: frozenset[str], before: Topics | None, taken: int
) -> Fit:
    """Fit topics to texts; the same texts after the same fit give the same topics.

    Args:
        texts: distinct masked texts of one category, in a fixed order.
        name: of ids: a new topic is `<name>-<number>`, numbers go on after `taken`.
        without: terms that tell nothing in this category.
        before: the last fit, to start from.
    """
    terms = terms_of(texts)
    known = vocabulary(terms, len(texts), without)
    matrix = weights(terms, len(texts), known)
    with _one_thread():
        wanted = topics_for(len(texts))
        if before is None:
            rows, old = _first(matrix, wanted), None
            ids = tuple(f"{name}-{taken + n + 1}" for n in range(len(rows)))
            similarity: dict[str, float] = {}
        else:
            was = before.leaning(terms, len(texts))
            old = _in_terms_of(before, known)
            rows = _next(matrix, old, wanted, unfit=was["topic"].null_count() / len(texts))
            ids, similarity = _matched(rows, old, before.ids, name, taken)
        rows, ids = _alive(matrix, rows, ids)
        rows = np.where(rows < LEAST_WEIGHT, 0, rows)
        lean = _parts(matrix, rows).max(axis=1)
        made = Topics(known, rows, ids, float(np.quantile(lean, UNFIT)))
        stability = None
        if before is not None:
            now = made.leaning(terms, len(texts))
            stayed = (was["topic"] == now["topic"]).drop_nulls()
            stability = float(stayed.mean()) if len(stayed) else None  # type: ignore[arg-type]
    return Fit(made, {k: v for k, v in similarity.items() if k in ids}, stability)


def _first(matrix: sparse.csr_matrix, wanted: int) -> Floats:
    from sklearn.decomposition import NMF

    most = min(wanted, *matrix.shape)
    made = NMF(most, init="nndsvd", tol=1e-3, max_iter=200, random_state=0)
    with _unfinished():
        made.fit(matrix)
    return _length_one(made.components_)


def _next(matrix: sparse.csr_matrix, old: Floats, wanted: int, unfit: float) -> Floats:
    """Move the old topics to the texts of now, with new ones for what they do not explain."""
    from sklearn.decomposition import NMF

    start = old
    more = max(wanted - len(old), 1 if unfit >= MANY_UNFIT else 0)
    if more:
        lean = _parts(matrix, old).max(axis=1)
        rest = matrix[np.argsort(lean, kind="stable")[: max(len(lean) // 4, more)]]
        start = np.vstack([old, _first(rest, more)])
    made = NMF(len(start), init="custom", tol=1e-3, max_iter=WARM_ROUNDS)
    with _unfinished():
        made.fit_transform(matrix, W=_parts(matrix, start) + EPSILON, H=start + EPSILON)
    return _length_one(made.components_)


def _matched(
    rows: Floats, old: Floats, ids: tuple[str, ...], name: str, taken: int
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Give each topic the id of the one before it is like (Hungarian, cosine), or a new one."""
    from scipy.optimize import linear_sum_assignment

    alike = rows @ old.T
    found: dict[int, str] = {}
    similarity: dict[str, float] = {}
    for row, was in zip(*linear_sum_assignment(-alike), strict=True):
        if alike[row, was] >= SAME:
            found[int(row)] = ids[was]
            similarity[ids[was]] = float(alike[row, was])
    for row in range(len(rows)):
        if row not in found:
            taken += 1
            found[row] = f"{name}-{taken}"
    return tuple(found[row] for row in range(len(rows))), similarity


def _alive(
    matrix: sparse.csr_matrix, rows: Floats, ids: tuple[str, ...]
) -> tuple[Floats, tuple[str, ...]]:
    """Leave out topics hardly any text leans on most."""
    counts = np.bincount(_parts(matrix, rows).argmax(axis=1), minlength=len(rows))
    kept = np.flatnonzero(counts >= max(2, GONE * matrix.shape[0]))
    return rows[kept], tuple(ids[n] for n in kept)


def _parts(matrix: sparse.csr_matrix, rows: Floats) -> Floats:
    """Return how far each text leans on each topic (non-negative least squares)."""
    from sklearn.decomposition import non_negative_factorization

    if not (matrix.shape[0] and matrix.nnz):
        return np.zeros((matrix.shape[0], len(rows)))
    with _one_thread(), _unfinished():
        found: Floats = non_negative_factorization(
            matrix, H=rows, n_components=len(rows), update_H=False, tol=1e-3, max_iter=100
        )[0]
    return found


def _in_terms_of(before: Topics, known: pl.DataFrame) -> Floats:
    """Return the topics of before over the terms of now; their length stays one where it can."""
    both = known.join(before.known.select("term", was="column"), on="term", how="inner")
    rows = np.zeros((len(before.rows), len(known)))
    rows[:, both["column"].to_numpy()] = before.rows[:, both["was"].to_numpy()]
    return _length_one(rows)


def _length_one(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    made: Floats = rows / np.where(length > 0, length, 1)
    return made


@contextmanager
def _unfinished() -> Iterator[None]:
    """Let NMF stop after its rounds without a word: a few are meant."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@contextmanager
def _one_thread() -> Iterator[Any]:
    """Keep BLAS on one core: its threads wait for each other longer than such products take."""
    import threadpoolctl

    with threadpoolctl.threadpool_limits(1):
        yield
