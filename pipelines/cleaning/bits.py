"""The bits a word's flags are made of, and the lists of words.yml."""

import functools
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import yaml

# bits of a token's flags; LEVEL_*: how surely it is a name, each set with those below it
SURNAME, GIVEN, PATRONYMIC, COMMON, NOUN, UNKNOWN = (1 << i for i in range(6))
GENITIVE, PLACE_NAME, ADJECTIVAL, LATIN = (1 << i for i in range(6, 10))
NOMINATIVE = 1 << 52
LEVEL_1, LEVEL_2, LEVEL_3 = (1 << i for i in range(10, 13))
TITLE, UPPER = 1 << 13, 1 << 14
NAME = SURNAME | GIVEN | PATRONYMIC
LISTS = (
    "street", "place", "rank", "house", "person", "called", "labelled", "own", "signed",
    "complaint", "near", "town_before", "not_names", "short_names", "no_pairs", "namesakes", "age",
    "words_too", "greetings", "sides", "short",
    "honoured",
)  # fmt: skip
LISTED = {name: 1 << (15 + i) for i, name in enumerate(LISTS)}
HOT = 1 << 50  # a text with such a token may hold a name
UNKNOWN_TITLE = 1 << 51  # a capitalised word the dictionary lacks: a name beside a sign of one
MAYBE_SURNAME, MAYBE_GIVEN = 1 << 53, 1 << 54  # both in one text make it hot
_ADDED = {"more_surnames": SURNAME | LEVEL_1, "more_given": GIVEN | LEVEL_1 | LEVEL_2}


def listed_of(lows: pl.Series) -> pl.Series:
    """Return the bits of the lists lower-case words are on (Int64)."""
    whole, stems = _words()
    found, sizes = _bits_of(lows, whole), lows.str.len_chars()
    for cut in range(5):  # a stem and up to four more letters; a lone letter is none
        found |= _bits_of(lows.str.head(-cut) if cut else lows, stems).set(sizes < cut + 2, 0)
    return found


def _bits_of(words: pl.Series, bits: Mapping[str, int]) -> pl.Series:
    return words.replace_strict(list(bits), list(bits.values()), default=0, return_dtype=pl.Int64)


def street_pairs() -> frozenset[str]:
    """Return the streets named by first name and surname, in lower case."""
    return frozenset(_yaml()["street_pairs"])


@functools.cache
def _words() -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the lists of words.yml: whole words and stems (`улиц*`) with their bits."""
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for name, words in _yaml().items():
        bit = _ADDED.get(name) or LISTED.get(name, 0)
        for word in words if bit else ():
            kept = stems if word.endswith("*") else whole
            kept[word.rstrip("*")] = kept.get(word.rstrip("*"), 0) | bit
    return whole, stems


@functools.cache
def _yaml() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_name("words.yml").read_text("utf-8")
    )
    return found
