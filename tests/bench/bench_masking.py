"""Masking of texts, against a plain loop of re and pymorphy3 over the texts, one by one.

The texts are the real appeals where they are at hand (distinct ones of about 360 characters), else
sentences of the simulator's phrases; the rates are of distinct texts, since repeats cost nothing.
"""

import functools
import random
import re
import resource
from pathlib import Path

import polars as pl
import pymorphy3

from pipelines.cleaning import tokens
from pipelines.cleaning.mask import mask
from tests.bench.measure import Measure, best_s
from tests.cleaning.documents import citizen
from tests.conftest import SHARED

LEAST, GOAL = 6_000, 15_000  # texts a second on two cores, of some 360 characters
SHORTEST = 170  # the real ones from here on are 352 characters in the mean
RIVAL_TEXTS = 400
_WORDS = re.compile(r"[А-Яа-яЁё]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_NUMBER = re.compile(r"(?<!\d)(?:\+?\d[\s\-()]{0,2}){10,19}(?!\d)")


def run(_work: Path, rows: int) -> list[Measure]:
    """Measure on at most `rows` texts, cold (no word ever met) and warm, and the memory of it."""
    texts = _texts().head(rows)
    mean = texts.str.len_chars().mean()
    mask(texts.head(10))  # the dictionary is loaded once a process
    tokens.forget()
    cold_s = best_s(lambda: mask(texts), 1)
    warm_s = best_s(lambda: mask(texts))
    one_by_one_s = best_s(lambda: [_rival(text) for text in texts.head(RIVAL_TEXTS)], 1)
    rival = RIVAL_TEXTS / one_by_one_s
    cold, warm = len(texts) / cold_s, len(texts) / warm_s
    repeated = pl.concat([texts] * 50)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole_s = best_s(lambda: mask(_all_distinct(repeated)), 1)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Measure(f"{len(texts):,} distinct texts of {mean:.0f} characters, no word met before",
                f"{cold:,.0f}/s", f"{LEAST:,}/s", cold >= LEAST),
        Measure("the same, their words met before", f"{warm:,.0f}/s", f"{GOAL:,}/s", warm >= GOAL),
        Measure("a loop of re and pymorphy3 a text", f"{rival:,.0f}/s"),
        Measure("times as fast as the loop", f"{warm / rival:,.0f}"),
        Measure(f"{len(repeated):,} texts, all made distinct", f"{len(repeated) / whole_s:,.0f}/s"),
        Measure("memory that took beyond the texts", f"{grown:,.0f} MB", "1,000 MB", grown < 1000),
    ]  # fmt: skip


def _texts() -> pl.Series:
    appeals = SHARED / "spb_appeals" / "appeals.parquet"
    if appeals.is_file():
        texts = pl.read_parquet(appeals)["text"].drop_nulls().unique().sort()
        return texts.filter(texts.str.len_chars() >= SHORTEST)
    rng = random.Random(1)
    return pl.Series([_sentence(rng) for _ in range(4000)])


def _sentence(rng: random.Random) -> str:
    c = citizen(rng)
    said = (
        "не открывается заявление на паспорт", "справка пришла без печати", "прошу помочь",
        "оператор обещал перезвонить", "страница записи не загружается", "код не доходит",
    )  # fmt: skip
    return ". ".join(rng.choice(said) + f" {rng.randrange(1000)}" for _ in range(11)) + c.name.given


def _all_distinct(texts: pl.Series) -> pl.Series:
    return pl.select(pl.int_range(len(texts)).cast(pl.String) + " " + pl.lit(texts)).to_series()


def _rival(text: str) -> str:
    """What a first version does: a regular expression a kind, every word parsed."""
    text = _NUMBER.sub("[ЧИСЛО]", _EMAIL.sub("[EMAIL]", text))
    return _WORDS.sub(lambda m: "[ФИО]" if _is_name(m.group()) else m.group(), text)


def _is_name(word: str) -> bool:
    return bool({"Name", "Surn", "Patr"} & _morph().parse(word)[0].tag.grammemes)


@functools.cache
def _morph() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()
