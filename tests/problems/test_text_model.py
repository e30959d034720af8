"""Texts as numbers, and guesses with a confidence that means what it says."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from pipelines.problems.text_features import WORD, learn, stems
from pipelines.problems.text_model import curve_of, train, train_crosswise

TEXTS = pl.Series(
    [
        "Не приходит код подтверждения", "код подтверждения не приходит!!!  Второй день",
        "Где моё заявление на паспорт?", "заявление на загранпаспорт,\nгде оно", "Паспорт готов?",
        "не открывается портал", "портал не открывается с утра", "я", "код", "код",
    ]
)  # fmt: skip


def test_rows_are_what_the_vectorizers_of_scikit_learn_give():
    words = TfidfVectorizer(tokenizer=stems, token_pattern=None, ngram_range=(1, 2), min_df=2,
                            sublinear_tf=True)  # fmt: skip
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True)
    texts = TEXTS.to_list()
    said, cut = words.fit_transform(texts), pieces.fit_transform(texts)
    found = learn(TEXTS)
    assert found.words["term"].to_list() == sorted(words.vocabulary_)
    assert found.pieces["term"].to_list() == sorted(pieces.vocabulary_)
    same = sparse.hstack([
        said[:, [words.vocabulary_[term] for term in found.words["term"]]],
        cut[:, [pieces.vocabulary_[term] for term in found.pieces["term"]]],
    ])  # fmt: skip
    assert abs(same - found.of(TEXTS)).max() < 1e-12


def test_words_are_letters_of_two_alphabets_and_their_stems():
    assert stems("Не приходит код: iPhone 15, ё-моё") == [
        "не", "приход", "код", "iphone", "мо",
    ]  # fmt: skip
    assert pl.Series(["a ё-моё 15"]).str.extract_all(WORD).to_list() == [["моё"]]


@pytest.fixture(scope="module")
def labelled() -> pl.DataFrame:
    """Four hundred texts of three categories, a tenth of them labelled wrongly."""
    rng = np.random.default_rng(3)
    said = {
        "code": ["код", "не", "приходит", "подтверждение", "вход", "пароль"],
        "passport": ["паспорт", "заявление", "готов", "загранпаспорт", "статус"],
        "outage": ["портал", "не", "открывается", "недоступен", "сайт", "ошибка"],
    }
    common = ["здравствуйте", "прошу", "помогите", "второй", "день", "вчера", "сегодня", "срочно"]
    rows = []
    for n in range(400):
        category = list(said)[n % 3]
        words = [*rng.choice(said[category], rng.integers(0, 3)), *rng.choice(common, 3), f"х{n}"]
        if n % 10 == 0:
            category = list(said)[(n + 1) % 3]
        rows.append((" ".join(words), category, n))
    return pl.DataFrame(
        rows, schema={"text": pl.String, "category": pl.String, "half": pl.UInt64}, orient="row"
    )


def test_confidence_is_the_share_of_such_guesses_that_are_right(labelled):
    judged = train_crosswise(labelled).guess(labelled)
    is_right = judged["guessed"] == judged["category"]
    curve = curve_of(judged["margin"], is_right)
    confidence = curve.of(judged["margin"])
    assert list(curve.shares) == sorted(curve.shares)
    for low, high in ((0.0, 0.6), (0.6, 1.0)):
        some = is_right.filter(confidence.is_between(low, high, closed="left"))
        assert len(some) > 30
        said = confidence.filter(confidence.is_between(low, high, closed="left"))
        assert some.mean() == pytest.approx(said.mean(), abs=0.05)


def test_a_text_is_judged_by_a_model_that_has_not_seen_it_nor_its_equals(labelled):
    # the label of each text is its own: who has seen it knows it, others cannot
    known = labelled.with_columns(
        text=pl.format("слово{}", pl.col("half") // 2), half=pl.col("half") // 2,
        category=pl.when(pl.col("half") // 2 % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b")),
    )  # fmt: skip
    judged = train_crosswise(known).guess(known)
    assert (judged["guessed"] == judged["category"]).mean() < 0.7
    seen = train(known["text"], known["category"]).guess(known["text"])
    assert (seen["category"] == known["category"]).mean() > 0.95


def test_a_text_of_no_known_word_is_named_with_no_margin(labelled):
    model = train(labelled["text"], labelled["category"])
    (row,) = model.guess(pl.Series(["qqqq"])).to_dicts()
    assert row["margin"] == 0.0
    assert len(row["suggested"].split(";")) == 3


def test_two_categories_and_equal_texts_are_named_too(labelled):
    two = labelled.filter(pl.col("category") != "outage")
    model = train(two["text"], two["category"])
    found = model.guess(pl.Series(["где паспорт", "код", "где паспорт"]))
    assert found["category"].to_list() == ["passport", "code", "passport"]
    assert found["suggested"][0] == "passport;code"
    assert found.row(0) == found.row(2)


def test_the_same_texts_teach_the_same_model(labelled):
    first, again = (train(labelled["text"], labelled["category"]) for _ in range(2))
    assert (first.machine.coef_ == again.machine.coef_).all()
