"""Columns over words that the rules for names are written in, and their neighbours in a phrase.

A frame of words (names.py) has one row a word of every text, in order. Words are of one phrase
where nothing but a space, or the dot of an initial, stands between them.
"""

import polars as pl

from pipelines.cleaning import bits as t

_SPACE = r"^[ \x{a0}\t_]{1,2}$"
_DOT = r"^\.[ \x{a0}_]{0,2}$"
_IN_SENTENCE = r"^[ \x{a0}\t,_–—-]+$"

title, given, surname = pl.col("title"), pl.col("given"), pl.col("surname")
patronymic, genitive, odd = pl.col("patronymic"), pl.col("genitive"), pl.col("odd")
possible, likely, sure = pl.col("possible"), pl.col("likely"), pl.col("sure")
initial, capital_initial = pl.col("is_initial"), pl.col("capital_initial")
dotted, inside = pl.col("dotted"), pl.col("inside")


def has(bits: int) -> pl.Expr:
    """Whether a word has one of the bits of tokens.py."""
    return pl.col("flags") & bits != 0


def listed(*names: str) -> pl.Expr:
    """Whether a word is on one of the lists of words.yml."""
    return has(sum(t.LISTED[name] for name in names))


def with_looks(words: pl.DataFrame) -> pl.DataFrame:
    """Add to words (token, flags, before, after) what the rules ask of each of them."""
    one = pl.col("token").str.len_chars() == 1
    is_upper = pl.col("token").str.contains(r"^\p{Lu}+$")
    ends_in_dot = pl.col("after").str.starts_with(".").fill_null(False)
    words = words.with_columns(
        title=has(t.TITLE) & ~one,
        given=has(t.GIVEN),
        surname=has(t.SURNAME),
        patronymic=has(t.PATRONYMIC),
        genitive=has(t.GENITIVE),
        possible=has(t.LEVEL_1),
        likely=has(t.LEVEL_2),
        sure=has(t.LEVEL_3),
        odd=has(t.UNKNOWN_TITLE) & ~one,
        dotted=ends_in_dot,
        is_initial=one & (is_upper | ends_in_dot),
        capital_initial=one & is_upper,
        inside=pl.col("before").str.contains(_IN_SENTENCE).fill_null(False),
    )
    after_initial = pl.col("is_initial").shift(1) & pl.col("before").str.contains(_DOT)
    is_linked = pl.col("before").str.contains(_SPACE) | after_initial
    return words.with_columns(is_linked=is_linked.fill_null(False))


def prev(what: pl.Expr) -> pl.Expr:
    """Whether the word before, in the same phrase, is so."""
    return what.shift(1, fill_value=False) & pl.col("is_linked")


def following(what: pl.Expr) -> pl.Expr:
    """Whether the word after, in the same phrase, is so."""
    return (what & pl.col("is_linked")).shift(-1, fill_value=False)


def after_word(what: pl.Expr, between: str) -> pl.Expr:
    """Whether the word before is so, with `between` (a regular expression) in between."""
    return what.shift(1, fill_value=False) & pl.col("before").str.contains(between).fill_null(False)
