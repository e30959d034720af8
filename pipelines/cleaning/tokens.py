"""What a word may be in a name: surname, first name, patronymic, or a sign beside one.

Only distinct tokens are judged, each once (`lexicon.py`), and the answers are kept for the next
batches: a tick costs a look-up a token.
"""

import functools
import threading

import polars as pl

from pipelines.cleaning.bits import (
    GIVEN,
    HOT,
    LEVEL_1,
    LEVEL_2,
    LISTED,
    MAYBE_GIVEN,
    MAYBE_SURNAME,
    NAME,
    PATRONYMIC,
    SURNAME,
    TITLE,
    UNKNOWN,
    UNKNOWN_TITLE,
    UPPER,
)  # fmt: skip
from pipelines.cleaning.lexicon import meanings

_ONE = threading.Lock()  # several parts of a column are masked at once
MAX_KEPT = 400_000  # tokens remembered, some 60 MB; then memory starts anew


def flags_of(tokens: pl.Series) -> pl.DataFrame:
    """Return one row a distinct token: `token`, `flags` (Int64, the bits of this module)."""
    distinct = tokens.drop_nulls().unique()
    known, words = _kept(), distinct.to_list()
    with _ONE:
        new = [word for word in words if word not in known]
        if new:
            if len(known) + len(new) > MAX_KEPT:
                known.clear()
                new = words
            known.update(_judged(new))
        found = [known[word] for word in words]
    return pl.DataFrame({"token": distinct, "flags": pl.Series(found, dtype=pl.Int64)})


def forget() -> None:
    """Forget every token, as in a process just started."""
    _kept().clear()


@functools.cache
def _kept() -> dict[str, int]:
    return {}


def _judged(new: list[str]) -> dict[str, int]:
    """Judge tokens never met: each lower-case form once, then the way it is written."""
    token = pl.col("token")
    shape = (
        pl.when(token.str.contains(r"^\p{Lu}(?:[^\p{Lu}]*|[^\p{Lu}]+-\p{Lu}[^\p{Lu}]+)$"))
        .then(TITLE)
        .when(token.str.contains(r"^[\p{Lu}\-'’]{2,}$"))
        .then(UPPER)
        .otherwise(0)
    )
    frame = pl.DataFrame({"token": new}).with_columns(
        shape=shape.cast(pl.Int64), low=token.str.to_lowercase()
    )
    lows = frame["low"].unique()
    judged = pl.DataFrame({"low": lows, "meaning": pl.Series(meanings(lows), dtype=pl.Int64)})
    found = frame.join(judged, on="low", how="left").select(
        "token", flags=pl.col("meaning") | pl.col("shape")
    )
    bits = pl.col("flags")
    is_title, is_name = bits & TITLE != 0, bits & NAME != 0
    is_hot = (
        (bits & (PATRONYMIC | LISTED["called"] | LISTED["labelled"] | LISTED["signed"]) != 0)
        | (is_name & (bits & LEVEL_1 != 0) & is_title)
        | (is_name & (bits & LEVEL_2 != 0))
    )
    derived = {
        HOT: is_hot,
        UNKNOWN_TITLE: is_title & (bits & UNKNOWN != 0),
        MAYBE_SURNAME: (bits & SURNAME != 0) & (bits & LEVEL_1 != 0),
        MAYBE_GIVEN: (bits & GIVEN != 0)
        & (bits & (LEVEL_1 | LISTED["words_too"]) != 0)
        & (bits & LISTED["not_names"] == 0),
    }
    for bit, is_so in derived.items():
        found = found.with_columns(
            flags=pl.when(is_so).then(pl.col("flags") | bit).otherwise("flags")
        )
    return dict(found.iter_rows())
