"""A model of categories: trained on texts, guesses the category of others and how surely.

A linear support vector machine over `text_features`. How far the best category stands before the
second (the margin) is no probability; `confidence` makes one of it: the share of guesses of such a
margin that were right on texts the model had not seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl

from pipelines.problems.text_features import AT_ONCE, Features, learn

T = TypeVar("T")
Run = Callable[[Callable[[], T]], T]  # how a long piece of work is waited for

FOLDS, FOLDS_SMALL, SMALL = 2, 5, 5_000  # where texts are few, each counts; where many, halves do
SUGGESTED = 3  # the right one is among the first three in .92-.95 (methods, 4.1)
STEP_TEXTS = 50  # of a step of the curve: their share is known to within .14
STEPS = 40
# stopped earlier than by default: the same F1 on the appeals in three quarters of the time
TOLERANCE = 1e-2


@dataclass(frozen=True)
class TextModel:
    """Fitted features and machine; `classes` in order of its scores."""

    features: Features
    machine: Any

    def guess(self, texts: pl.Series) -> pl.DataFrame:
        """Guess the category of each text.

        Returns:
            One row a text, in their order: category, margin (best over second best; 0: no word of
            the text is known), suggested (the best ones, best first, joined by `;`).
        """
        distinct = texts.unique(maintain_order=True)
        parts = [self._guess(distinct[n : n + AT_ONCE]) for n in range(0, len(distinct), AT_ONCE)]
        found = pl.concat(parts) if parts else _NOTHING
        return texts.to_frame("text").join(found, on="text", maintain_order="left").drop("text")

    def _guess(self, texts: pl.Series) -> pl.DataFrame:
        rows = self.features.of(texts)
        scores = self.machine.decision_function(rows)
        if scores.ndim == 1:  # of two categories: one score, its sign decides
            scores = np.column_stack([-scores, scores])
        names = np.asarray(self.machine.classes_)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :SUGGESTED]
        best = np.take_along_axis(scores, order[:, :2], axis=1)
        is_known = np.diff(rows.indptr) > 0
        return pl.DataFrame(
            {
                "text": texts,
                "category": names[order[:, 0]].astype(object).tolist(),
                "margin": np.where(is_known, best[:, 0] - best[:, 1], 0.0),
                "suggested": [";".join(one) for one in names[order].tolist()],
            },
            schema_overrides={"category": pl.String, "suggested": pl.String},
        )


_NOTHING = pl.DataFrame(
    schema={
        "text": pl.String,
        "category": pl.String,
        "margin": pl.Float64,
        "suggested": pl.String,
    }
)


@dataclass(frozen=True)
class Curve:
    """Confidence by margin: points of a rising line, level outside of them."""

    margins: tuple[float, ...]
    shares: tuple[float, ...]

    def of(self, margin: pl.Series) -> pl.Series:
        """Return the confidence of each margin, 0..1.

        >>> Curve((0.0, 1.0), (0.2, 0.8)).of(pl.Series([-1.0, 0.5, 3.0])).to_list()
        [0.2, 0.5, 0.8]
        """
        found = np.interp(margin.to_numpy(), self.margins, self.shares)
        return pl.Series("confidence", np.round(found, 4))


def curve_of(margin: pl.Series, is_right: pl.Series) -> Curve:
    """Return the curve through guesses of which it is known whether they were right.

    They are put in order of the margin and cut into steps of as many texts; of each the share that
    was right, with one right and one wrong guess added (few texts never say 0 or 1), made to rise
    (isotonic regression).
    """
    from sklearn.isotonic import IsotonicRegression

    steps = max(1, min(STEPS, len(margin) // STEP_TEXTS))
    known = pl.DataFrame({"margin": margin, "is_right": is_right}).sort("margin")
    by_step = (
        known.with_row_index("at")
        .with_columns(step=pl.col("at") * steps // max(len(known), 1))
        .group_by("step", maintain_order=True)
        .agg(pl.col("margin").mean(), n=pl.len(), right=pl.col("is_right").sum())
        .with_columns(share=(pl.col("right") + 1) / (pl.col("n") + 2))
    )
    margins, n = by_step["margin"].to_numpy(), by_step["n"].to_numpy()
    rising = IsotonicRegression().fit(margins, by_step["share"].to_numpy(), sample_weight=n)
    shares = rising.predict(margins)
    return Curve(tuple(np.round(margins, 6).tolist()), tuple(np.round(shares, 6).tolist()))


def train(texts: pl.Series, categories: pl.Series, *, stemmed: bool = True) -> TextModel:
    """Train on texts of known category; the same texts in the same order give the same model."""
    from sklearn.svm import LinearSVC

    features = learn(texts, stemmed=stemmed)
    machine = LinearSVC(random_state=0, tol=TOLERANCE)
    return TextModel(features, machine.fit(features.of(texts), categories.to_list()))


@dataclass(frozen=True)
class CrossModel:
    """Models of parts of the texts, each asked about texts it has not seen.

    Which part a text is of is said by `half`, a number of the text itself: equal texts are of one
    part, and none of them is in what judges another.
    """

    models: Sequence[TextModel]

    @property
    def parts(self) -> int:
        """Into how many parts texts fall."""
        return len(self.models)

    def guess(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Guess the category of `text` of each row by the model that has not seen its `half`.

        Returns:
            The rows with category replaced by `guessed`, margin, suggested beside what they had.
        """
        numbered = rows.with_row_index("row_no")
        found = []
        for part, model in enumerate(self.models):
            own = numbered.filter(pl.col("half") % self.parts == part)
            guessed = model.guess(own["text"]).rename({"category": "guessed"})
            found.append(pl.concat([own, guessed], how="horizontal"))
        return pl.concat(found).sort("row_no").drop("row_no")


def parts_of(labelled: pl.DataFrame) -> int:
    """Return into how many parts so many texts fall."""
    return FOLDS if len(labelled) >= SMALL else FOLDS_SMALL


def train_crosswise(labelled: pl.DataFrame) -> CrossModel:
    """Train a model for each part of the texts on the other parts.

    Args:
        labelled: text, category, half (UInt64: a number of the text).
    """
    parts, models = parts_of(labelled), []
    for part in range(parts):
        others = labelled.filter(pl.col("half") % parts != part)
        models.append(train(others["text"], others["category"]))
    return CrossModel(models)
