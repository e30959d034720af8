"""How well categories are guessed on texts that were not seen: by category and over all."""

import polars as pl

EVERY = "*"  # the row over all categories
SHARES = ("precision", "recall", "f1", "covered", "sure_precision")


def quality_of(judged: pl.DataFrame, sure: float) -> pl.DataFrame:
    """Return the quality of guesses.

    Args:
        judged: category (the true one), guessed, confidence; one row a text.
        sure: the confidence from which a guess is sure.

    Returns:
        One row a category and one `*` over all: category, n (texts of it), precision (null: it was
        never guessed), recall, f1 of the best guess; covered (share of the texts with a sure one);
        sure_precision (of the sure guesses of it; null: none). Of `*` precision, recall and f1 are
        means weighted by n, where never guessed counts 0; shares 0-1.

    >>> judged = pl.DataFrame({
    ...     "category": ["a", "a", "a", "b"], "guessed": ["a", "a", "b", "b"],
    ...     "confidence": [0.9, 0.9, 0.5, 0.9],
    ... })
    >>> quality_of(judged, 0.8).select("category", "n", "precision", "recall").rows()
    [('*', 4, 0.875, 0.75), ('a', 3, 1.0, 0.6666666666666666), ('b', 1, 0.5, 1.0)]
    """
    is_sure = pl.col("confidence") >= sure
    is_right = pl.col("guessed") == pl.col("category")
    of_truth = judged.group_by("category").agg(
        n=pl.len(), right=is_right.sum(), covered=is_sure.mean()
    )
    of_guess = judged.group_by(category="guessed").agg(
        guessed=pl.len(), sure=is_sure.sum(), sure_right=(is_sure & is_right).sum()
    )
    rows = (
        of_truth.join(of_guess, on="category", how="left")
        .with_columns(
            precision=pl.col("right") / pl.col("guessed"),
            recall=pl.col("right") / pl.col("n"),
            sure_precision=pl.when(pl.col("sure") > 0).then(pl.col("sure_right") / pl.col("sure")),
            # 2 p r / (p + r)
            f1=2 * pl.col("right") / (pl.col("n") + pl.col("guessed").fill_null(0)),
        )
        .sort("n", "category", descending=[True, False])
    )
    weighted = [
        ((pl.col(name).fill_null(0) * pl.col("n")).sum() / pl.col("n").sum()).alias(name)
        for name in SHARES[:-1]
    ]
    every = rows.select(
        pl.lit(EVERY).alias("category"),
        pl.col("n").sum(),
        *weighted,
        sure_precision=pl.when(pl.col("sure").sum() > 0).then(
            pl.col("sure_right").sum() / pl.col("sure").sum()
        ),
    )
    columns = ("category", pl.col("n").cast(pl.Int64), *SHARES)
    return pl.concat([every.select(columns), rows.select(columns)])
