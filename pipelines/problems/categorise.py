"""Give contacts without a category one from their masked text.

TF-IDF of stemmed words (1-2) and of characters (3-5) with a linear support vector machine, trained
on the lake's own recorded categories. Source: methods, 4.1 (the best of 12 on real appeals). A
category somebody recorded is never overwritten; a doubtful text stays without one.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake

OnProgress = Callable[[str, int, int], None]
MIN_TEXTS = 8  # a category with fewer examples cannot be learnt (methods 4.1 measured from 8)
MAX_TEXTS = 40_000  # training beyond adds seconds and no quality
MARGIN = 0.3  # of the best over the second best; below it the text says too little
HELD_OUT = 5  # every fifth labelled text judges the model

LABELLED = """
    select text, category from lake.contacts
    where text is not null and category is not null and category_source = 'recorded'
    order by hash(contact_id)
    limit $limit
"""
UNLABELLED = """
    select contact_id, received_date, text from lake.contacts
    where text is not null and category is null
"""


def quality(lake: Lake) -> pl.DataFrame:
    """Judge the model on labelled contacts it has not seen.

    Returns:
        One row a category and one `*` over all (weighted): category, n, precision, recall, f1,
        covered (share of texts the model dares to name). Shares 0-1.

    Raises:
        QueryError: too few labelled texts to learn from.
    """
    from sklearn.metrics import precision_recall_fscore_support

    labelled = _labelled(lake).with_row_index()
    unseen = labelled.filter(pl.col("index") % HELD_OUT == 0)
    model = _train(labelled.filter(pl.col("index") % HELD_OUT != 0))
    named, margin = _name(model, unseen["text"].to_list())
    truth = unseen["category"].to_list()
    names = sorted(set(truth))
    each = precision_recall_fscore_support(truth, named, labels=names, zero_division=0)
    every = precision_recall_fscore_support(truth, named, average="weighted", zero_division=0)
    sure = pl.DataFrame({"category": truth, "sure": [m >= MARGIN for m in margin]})
    covered = dict(sure.group_by("category").agg(pl.col("sure").mean()).iter_rows())
    rows: list[dict[str, Any]] = [
        {"category": "*", "n": len(truth), "precision": every[0], "recall": every[1],
         "f1": every[2], "covered": sure["sure"].mean()}
    ] + [
        {"category": name, "n": int(each[3][i]), "precision": each[0][i], "recall": each[1][i],
         "f1": each[2][i], "covered": covered[name]}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def categorise(lake: Lake, on_progress: OnProgress) -> list[dict[str, Any]]:
    """Name the category of contacts that have a text and none; judge their clocks again.

    Returns:
        One object a category: category, assigned; `undetermined` for texts left without one.

    Raises:
        QueryError: too few labelled texts to learn from.
    """
    from pipelines.lake.commit import mark_dirty
    from pipelines.touched import replace_clocks

    on_progress("training", 0, 3)
    model = _train(_labelled(lake))
    todo = lake.frame(UNLABELLED)
    on_progress("naming", 1, 3)
    if todo.is_empty():
        return []
    named, margin = _name(model, todo["text"].to_list())
    found = todo.drop("text").with_columns(
        category=pl.Series(named), is_sure=pl.Series([bool(m >= MARGIN) for m in margin])
    )
    on_progress("judging", 2, 3)
    with lake.transaction():
        lake.con.register("named", found.filter("is_sure"))
        lake.con.execute(
            "create or replace temp table touched as "
            "select contact_id, received_date, category from named"
        )
        lake.con.unregister("named")
        lake.con.execute("""
            update lake.contacts as contacts
            set category = touched.category, category_source = 'model'
            from touched
            where contacts.contact_id = touched.contact_id
                and contacts.received_date = touched.received_date
        """)
        replace_clocks(lake, "touched")
        mark_dirty(lake, "touched", needs_clocks=False)
    return (
        found.with_columns(
            pl.when("is_sure").then("category").otherwise(pl.lit("undetermined")).alias("category")
        )
        .group_by("category")
        .agg(assigned=pl.len())
        .sort("assigned", descending=True)
        .to_dicts()
    )


def _labelled(lake: Lake) -> pl.DataFrame:
    texts = lake.frame(LABELLED, {"limit": MAX_TEXTS})
    kept = texts.filter(pl.len().over("category") >= MIN_TEXTS)
    if kept["category"].n_unique() < 2:
        raise QueryError(
            f"too few recorded categories with texts to learn from: at least two categories with "
            f"{MIN_TEXTS} texts each are needed, the lake has {len(texts)} labelled texts"
        )
    return kept


def _train(labelled: pl.DataFrame) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    features = make_union(
        TfidfVectorizer(
            tokenizer=stems, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True
        ),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True),
    )
    model = make_pipeline(features, LinearSVC(random_state=0))
    return model.fit(labelled["text"].to_list(), labelled["category"].to_list())


def _name(model: Any, texts: list[str]) -> tuple[list[str], list[float]]:
    scores = model.decision_function(texts)
    if scores.ndim == 1:  # two categories: one score, its sign decides
        picked = model.classes_[(scores > 0).astype(int)]
        return picked.tolist(), (abs(scores) * 2).tolist()
    order = scores.argsort(axis=1)
    rows = range(len(scores))
    best, second = scores[rows, order[:, -1]], scores[rows, order[:, -2]]
    return model.classes_[order[:, -1]].tolist(), (best - second).tolist()


WORD = re.compile(r"[а-яёa-z]{2,}")


def stems(text: str) -> list[str]:
    """Return the stems of the words of a text.

    >>> stems("Не приходит код подтверждения")
    ['не', 'приход', 'код', 'подтвержден']
    """
    return [_stem(word) for word in WORD.findall(text.lower())]


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("russian")
