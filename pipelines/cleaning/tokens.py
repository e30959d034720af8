"""What a word may be in a name: surname, first name, patronymic, or a sign beside one.

Only distinct tokens are judged, each once: pymorphy3's dictionary (OpenCorpora) says what forms a
word is, endings speak for surnames it lacks, `words.yml` knows streets, ranks and greetings. The
answers are kept for the next batches, so a tick costs a look-up a token.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.cleaning.latin import cyrillic_forms

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
)  # fmt: skip
LISTED = {name: 1 << (15 + i) for i, name in enumerate(LISTS)}
HOT = 1 << 50  # a text with such a token may hold a name
UNKNOWN_TITLE = 1 << 51  # a capitalised word the dictionary lacks: a name beside a sign of one
_ADDED = {"more_surnames": SURNAME | LEVEL_1, "more_given": GIVEN | LEVEL_1}

MAX_KEPT = 400_000  # tokens remembered, some 60 MB; then memory starts anew
# share of a form's uses that are names, by corpus counts
_LEVELS = ((0.9, LEVEL_3), (0.5, LEVEL_2), (0.05, LEVEL_1))
_SURE = LEVEL_1 | LEVEL_2 | LEVEL_3

# endings no form of a name has: two thirds of Russian vocabulary are not worth a look-up
_NO_NAME = (
    r"(?:ть|[тл]ся|[лв]шись|л[аои]сь|[аяуюе]ет|[аяу]ют|емы[йе]|имы[йе]|(?:ени|ани)(?:е|ем|ях|ям)"
    r"|ость?[иью]*|ные|ное|ную|ного|ному|ными|щ(?:ий|ая|ее|ие|их|ими|ую|его|ему|им|ей)|аци[яиюей]+"
    r"|ество|ества|изм[а-я]*)$"
)
_SURNAME_END = re.compile(
    r"(?:(?:ов|ев|ёв|ин|ын)(?:а|у|ым|е|ой|ы|ых)?|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)"
    r"|(?:чук|юк|ейко|ман|ич)(?:а|у|ом|е)?)$"
)
_SURE_SURNAME_END = re.compile(
    r"(?:(?:енко|швили|дзе|[рн]диа|ая?ва)|(?:ян|янц|штейн|берг|ович|евич)(?:а|у|ом|ем|е)?)$"
)
_PATRONYMIC_END = re.compile(
    r"(?:(?:ович|евич|ьич)(?:а|у|ем|ом|е)?|(?:овн|евн|ичн|иничн)(?:а|ы|е|у|ой))$"
)
_OGLY = {"оглы", "оглу", "кызы", "гызы", "кизи", "угли", "углы", "улы"}
_GENITIVE_END = re.compile(r"(?:а|я|ы|и|ой|ей|ого|ых)$")
_ADJECTIVAL_END = re.compile(r"(?:ий|ый|ая|ого|его|ому|ую|ое|ые|ие|[сц]к(?:ой|им|ом|их))$")
# where people write е, the dictionary wants ё
_YO_END = re.compile(r"е(?=в(?:а|у|ым|е|ой|ы|ых)?$)")
_YO_STEM = re.compile(r"^(?:сем|арт|ал|сер|ф|п|акс|матр)е(?=[нмждт])")


def flags(tokens: pl.Series) -> pl.DataFrame:
    """Return one row a distinct token: `token`, `flags` (Int64, the bits of this module)."""
    distinct = tokens.drop_nulls().unique()
    known, words = _kept(), distinct.to_list()
    new = [word for word in words if word not in known]
    if new:
        if len(known) + len(new) > MAX_KEPT:
            known.clear()
            new = words
        known.update(_judged(new))
    found = pl.Series([known[word] for word in words], dtype=pl.Int64)
    return pl.DataFrame({"token": distinct, "flags": found})


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
    is_worth = ~lows.str.contains(_NO_NAME)
    meanings = [_meaning(*pair) for pair in zip(lows, is_worth, strict=True)]
    judged = pl.DataFrame({"low": lows, "meaning": pl.Series(meanings, dtype=pl.Int64)})
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
    is_odd = is_title & (bits & UNKNOWN != 0)
    found = found.with_columns(
        flags=bits
        | pl.when(is_hot).then(HOT).otherwise(0)
        | pl.when(is_odd).then(UNKNOWN_TITLE).otherwise(0)
    )
    return dict(found.iter_rows())


def _meaning(low: str, is_worth: bool) -> int:
    listed = _listed(low)
    if len(low) == 1:
        return listed
    if listed & NAME:
        return listed | (_joined(low, _readings(low) or frozenset({0})) & ~UNKNOWN)
    if low[0] < "а":
        return listed | LATIN | _latin(low)
    if not is_worth:
        return listed | COMMON
    found = _hyphenated(low) if "-" in low else _one_word(low)
    if found & NAME and _ADJECTIVAL_END.search(low):
        found |= ADJECTIVAL
    return listed | found


def _latin(low: str) -> int:
    for form in cyrillic_forms(low) if len(low) > 2 else ():
        if (found := _one_word(form)) & NAME:
            return found & (NAME | _SURE)
    return 0


def _hyphenated(low: str) -> int:
    """Return the meaning of the whole word, or of a double name, where each part is one."""
    if whole := _readings(low):
        return _joined(low, whole)
    parts = [_one_word(part) for part in low.split("-") if len(part) > 1]
    if len(parts) > 1 and all(part & NAME for part in parts):
        return functools.reduce(int.__or__, parts) & ~(COMMON | NOUN | PLACE_NAME)
    return UNKNOWN


def _one_word(low: str) -> int:
    readings = _readings(low)
    is_name = any(reading & NAME for reading in readings)
    if not is_name:
        spelt = _YO_STEM.sub(lambda m: m.group()[:-1] + "ё", _YO_END.sub("ё", low))
        readings |= _readings(spelt) if spelt != low else frozenset()
    if "е" in low and not any(reading & COMMON for reading in readings):  # «решетка» is решётка
        found = _dictionary().words.similar_items(low, _morph().char_substitutes)
        readings |= {_of_form(*form) for _, forms in found for form in forms}
    if not readings:
        return _by_ending(low)
    found = _joined(low, readings)
    # Кириллов is in the dictionary as a town
    return found if found & (NAME | COMMON) else found | (_by_ending(low) & ~UNKNOWN)


def _joined(low: str, readings: frozenset[int]) -> int:
    """Join the readings of a word the dictionary has; where they differ, corpus counts decide."""
    joined = functools.reduce(int.__or__, readings)
    if not joined & NAME:
        return joined
    if not joined & COMMON:
        return joined | _SURE
    scores = [(_of_tag(parse.tag), parse.score) for parse in _morph().parse(low)]
    names = sum(score for reading, score in scores if reading & NAME)
    common = sum(score for reading, score in scores if reading & COMMON)
    share = names / (names + common) if names else 0.0
    return joined | sum(level for least, level in _LEVELS if share >= least)


def _by_ending(low: str) -> int:
    """Return what the ending of a word says that the dictionary lacks, or knows as a town only."""
    found = GENITIVE if _GENITIVE_END.search(low) else 0
    if low in _OGLY:
        return PATRONYMIC | LEVEL_1 | LEVEL_2
    if len(low) > 5 and _PATRONYMIC_END.search(low):
        found |= PATRONYMIC | LEVEL_1  # Станюкович is a surname
    if len(low) > 4 and _SURE_SURNAME_END.search(low):
        return found | UNKNOWN | SURNAME | _SURE
    if len(low) > 4 and _SURNAME_END.search(low):
        found |= SURNAME | LEVEL_1
    return found | UNKNOWN


def _readings(low: str) -> frozenset[int]:
    """Return what the dictionary says of a word: the distinct meanings of its forms.

    Words of one declension share the end of their path through the dictionary's automaton, so
    where the path ends is looked up first and its forms are unpacked once.
    """
    words = _dictionary().words
    if not hasattr(words, "_follow_key"):  # the package in C: fast as it is
        return frozenset(_of_form(*form) for form in words.get(low) or ())
    end = words._follow_key(low.encode())
    return _at_end(end) if end else frozenset()


@functools.cache
def _at_end(end: int) -> frozenset[int]:
    return frozenset(_of_form(*form) for form in _dictionary().words._value_for_index(end))


@functools.cache
def _of_form(paradigm: int, index: int) -> int:
    return _of_tag(_dictionary().build_tag_info(paradigm, index))


@functools.cache
def _of_tag(tag: Any) -> int:
    grammemes = tag.grammemes
    case = (GENITIVE if "gent" in grammemes else 0) | (NOMINATIVE if "nomn" in grammemes else 0)
    for name, kind in (("Patr", PATRONYMIC), ("Surn", SURNAME), ("Name", GIVEN)):
        if name in grammemes:
            return kind | case
    if {"Geox", "Orgn"} & grammemes:
        return PLACE_NAME
    if "Poss" in grammemes:
        return 0  # «иванов дом»: the very form of the surname
    return COMMON | (NOUN if {"NOUN", "ADJF"} & grammemes else 0)


@functools.cache
def _morph() -> Any:
    # 0.2 s and 20 MB: only where texts are masked
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@functools.cache
def _dictionary() -> Any:
    return _morph().dictionary


def _listed(low: str) -> int:
    whole, stems = _words()
    found = whole.get(low, 0)
    for cut in range(min(5, len(low) - 1)):
        found |= stems.get(low[: len(low) - cut], 0)
    return found


@functools.cache
def _words() -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the lists of words.yml: whole words and stems (`улиц*`) with their bits."""
    path = Path(__file__).with_name("words.yml")
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for name, words in yaml.safe_load(path.read_text("utf-8")).items():
        bit = _ADDED.get(name) or LISTED[name]
        for word in words:
            kept = stems if word.endswith("*") else whole
            kept[word.rstrip("*")] = kept.get(word.rstrip("*"), 0) | bit
    return whole, stems


@functools.cache
def listed(name: str) -> frozenset[str]:
    """Return the whole words of one list of words.yml."""
    return frozenset(word for word, bits in _words()[0].items() if bits & LISTED[name])
