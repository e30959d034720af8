"""What texts of one category say, as terms: stems of telling words and of pairs of neighbours.

A word that is denied is a term of its own («не приходит»); words that tell nothing
(`stopwords.yml`) and masked data are left out. Each term keeps how it was written: names are made
of that.
"""

from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
import yaml
from scipy import sparse

from pipelines.problems.text_features import stem

MASKED = r"(?:[А-Яа-яЁё]+:?\s+)?\[[^\[\]]*\]"  # with the word that announces it: «ИНН [ИНН]»
ADDRESS = r"https?://\S+|www\.\S+"
WORD = r"[а-яa-z]+"
DENIED = "не_"
LEAST_TEXTS = 2  # a term of one text says nothing of others
MOST_SHARE = 0.5  # a term of every other text tells none from another
MOST_TERMS = 4_000
STOCK_TEXTS = 0.005  # of the texts of all categories: a rarer phrase is not seen to be a stock one
STOCK_EVEN = 0.7  # of all categories, so many alike use a stock phrase
STOCK_CATEGORIES = 5  # of fewer categories nothing is known to be common to all


@cache
def stopwords() -> frozenset[str]:
    """Return the words that tell nothing."""
    kinds = yaml.safe_load((files("pipelines.problems") / "stopwords.yml").read_text("utf-8"))
    return frozenset(word for words in kinds.values() for word in words.split())


@cache
def negations() -> frozenset[str]:
    """Return the words that deny the next one."""
    kinds = yaml.safe_load((files("pipelines.problems") / "stopwords.yml").read_text("utf-8"))
    return frozenset(kinds["negations"].split())


def terms_of(texts: pl.Series) -> pl.DataFrame:
    """Return every term of each text, as often as it stands there.

    Returns:
        row (place of the text, from 0), term (a stem, or two with a space between), written (as the
        text has it; of a pair with the little word between its words).

    >>> found = terms_of(pl.Series(["Код не приходит на почту", "[ФИО]"]))
    >>> found.select("term", "written").rows()
    [('код', 'код'), ('не_приход', 'не приходит'), ('почт', 'почту'), ('код не_приход', 'код не приходит'), ('не_приход почт', 'не приходит на почту')]
    """  # noqa: E501
    said = _telling(texts)
    after = {name: pl.col(name).shift(-1).over("row") for name in ("stem", "word", "gap", "before")}
    between = pl.when(after["gap"] == 1).then(" " + after["before"] + " ").otherwise(pl.lit(" "))
    pairs = said.select(
        "row",
        # farther apart they are no phrase, and a word said twice is none
        term=pl.when(after["gap"] <= 1, pl.col("stem") != after["stem"]).then(
            pl.col("stem") + " " + after["stem"]
        ),
        written=pl.col("word") + between + after["word"],
    ).drop_nulls("term")
    return pl.concat([said.select("row", term="stem", written="word"), pairs])


def _telling(texts: pl.Series) -> pl.DataFrame:
    """Return the telling words: row, word, stem, gap (words left out before it), before (the last).

    A denial is part of its word: what stands before it stands before the word.
    """
    low = texts.str.replace_all(MASKED, " ").str.replace_all(ADDRESS, " ").str.to_lowercase()
    words = low.str.replace_all("ё", "е").str.extract_all(WORD)
    before, earlier = (pl.col("word").shift(n).over("row") for n in (1, 2))
    is_told = ~pl.col("word").is_in(stopwords()) & (pl.col("word").str.len_chars() > 1)
    said = (
        pl.DataFrame({"row": pl.int_range(len(low), eager=True), "word": words})
        .explode("word", empty_as_null=True)
        .drop_nulls("word")
        .with_columns(before=before, earlier=earlier, place=pl.int_range(pl.len()).over("row"))
        .filter(is_told)
        .with_columns(is_denied=pl.col("before").is_in(negations()).fill_null(value=False))
    )
    distinct = said["word"].unique()
    stems = pl.DataFrame(
        {"word": distinct, "stem": pl.Series([stem(w) for w in distinct], dtype=pl.String)}
    )
    is_denied = pl.col("is_denied")
    return said.join(stems, on="word", maintain_order="left").select(
        "row",
        before=pl.when(is_denied).then("earlier").otherwise("before"),
        word=pl.when(is_denied).then(pl.col("before") + " " + pl.col("word")).otherwise("word"),
        stem=pl.when(is_denied).then(DENIED + pl.col("stem")).otherwise("stem"),
        gap=pl.col("place").diff().over("row") - 1 - is_denied.cast(pl.Int64),
    )


def stock(texts: pl.DataFrame) -> frozenset[str]:
    """Return the terms that all categories say alike: «пишу повторно» tells no sub-topic.

    How alike: the perplexity of the category given the term, over the number of categories.

    Args:
        texts: category, text; of each category about as many.
    """
    n = texts["category"].n_unique()
    if n < STOCK_CATEGORIES:
        return frozenset()
    rows = texts.select("category").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    said = terms_of(texts["text"]).select("row", "term").unique().join(rows, on="row")
    sizes = rows.group_by("category").agg(of=pl.len())
    share = pl.col("rate") / pl.col("rate").sum()
    found = (
        said.group_by("term", "category")
        .agg(n=pl.len())
        .join(sizes, on="category")
        .with_columns(rate=pl.col("n") / pl.col("of"))
        .group_by("term")
        .agg(n=pl.col("n").sum(), even=(-(share * share.log()).sum()).exp() / n)
        .filter(pl.col("n") >= STOCK_TEXTS * len(texts), pl.col("even") >= STOCK_EVEN)
    )
    return frozenset(found["term"])


def vocabulary(terms: pl.DataFrame, n_texts: int, without: frozenset[str]) -> pl.DataFrame:
    """Return the terms that tell texts apart, in order: term, column (from 0), idf (smoothed).

    Args:
        terms: row, term of the texts it is learnt from. n_texts: how many there are.
        without: terms that tell nothing here: stock phrases, words that name the category itself.
    """
    most = max(LEAST_TEXTS, MOST_SHARE * n_texts)
    return (
        terms.group_by("term")
        .agg(n=pl.col("row").n_unique())
        .filter(pl.col("n").is_between(LEAST_TEXTS, most), ~pl.col("term").is_in(without))
        .sort("n", "term", descending=[True, False])
        .head(MOST_TERMS)
        .sort("term")
        .with_row_index("column")
        .select("term", "column", idf=((1 + n_texts) / (1 + pl.col("n"))).log() + 1)
    )


def weights(terms: pl.DataFrame, n_texts: int, known: pl.DataFrame) -> sparse.csr_matrix:
    """Return texts as rows of TF-IDF (1 + ln count, length one); without a known term: of zeros.

    Args:
        terms: row, term. n_texts: rows to return. known: `vocabulary`.
    """
    counts = (
        terms.group_by("row", "term")
        .agg(n=pl.len())
        .join(known, on="term")
        .select("row", "column", weight=(1 + pl.col("n").log()) * pl.col("idf"))
        # in order: sums are the same in every run
        .sort("row", "column")
        .with_columns(pl.col("weight") / (pl.col("weight") ** 2).sum().sqrt().over("row"))
    )
    places = (counts["row"].to_numpy(), counts["column"].to_numpy().astype(np.int64))
    return sparse.csr_matrix((counts["weight"].to_numpy(), places), (n_texts, len(known)))
