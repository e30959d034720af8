"""What the dictionary of pymorphy3 (OpenCorpora), or else the ending, says a word may be."""

import functools
import re
from typing import Any

import polars as pl

from pipelines.cleaning.bits import (
    ADJECTIVAL,
    COMMON,
    GENITIVE,
    GIVEN,
    LATIN,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    NAME,
    NOMINATIVE,
    NOUN,
    PATRONYMIC,
    PLACE_NAME,
    SURNAME,
    UNKNOWN,
    listed,
)  # fmt: skip
from pipelines.cleaning.latin import cyrillic_forms

# share of a form's uses that are names, by corpus counts
_LEVELS = ((0.9, LEVEL_3), (0.5, LEVEL_2), (0.05, LEVEL_1))
_SURE = LEVEL_1 | LEVEL_2 | LEVEL_3

# endings no form of a name has: two thirds of Russian vocabulary are not worth a look-up
_NO_NAME = (
    r"(?:ть|[тл]ся|[лв]шись|л[аои]сь|[аяуюе]ет|[аяу]ют|емы[йе]|имы[йе]|(?:ени|ани)е"
    r"|ость?[иью]*|ные|ное|ную|ного|ному|ными|щ(?:ий|ая|ее|ие|их|ими|ую|его|ему|им|ей)|аци[яиюей]+"
    r"|ество|ества|изм[а-я]*)$"
)
_SURNAME_END = re.compile(
    r"(?:(?:ов|ев|ёв|ин|ын)(?:а|у|ым|е|ой|ы|ых)?|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)"
    r"|(?:чук|юк|ейко|ман|ич)(?:а|у|ом|е)?)$"
)
_SURE_SURNAME_END = re.compile(
    r"(?:(?:енко|швили|дзе|[рн]диа)|(?:ян|янц|штейн|берг|ович|евич)(?:а|у|ом|ем|е)?)$"
)
_PATRONYMIC_END = re.compile(
    r"(?:(?:ович|евич|ьич)(?:а|у|ем|ом|е)?|(?:овн|евн|ичн|иничн)(?:а|ы|е|у|ой))$"
)
_OGLY = {"оглы", "оглу", "кызы", "гызы", "кизи", "угли", "углы", "улы"}
_OF_GIVEN = tuple(
    f"{stem}{end}"
    for stem in ("ов", "ев", "ёв")
    for end in ("", "а", "у", "ым", "е", "ой", "ы", "ых")
)
# -ко, -дзе and the like have one form for all cases
_GENITIVE_END = re.compile(r"(?:а|я|ы|и|ой|ей|ого|ых|ко|дзе)$")
_ADJECTIVAL_END = re.compile(r"(?:ий|ый|ая|ого|его|ому|ую|ое|ые|ие|[сц]к(?:ой|им|ом|их))$")
# where people write е, the dictionary wants ё
_YO_END = re.compile(r"е(?=в(?:а|у|ым|е|ой|ы|ых)?$)")
_YO_STEM = re.compile(r"^(?:сем|арт|ал|сер|ф|п|акс|матр)е(?=[нмждт])")


def meanings(lows: pl.Series) -> list[int]:
    """Return the bits of distinct lower-case words."""
    is_worth = ~lows.str.contains(_NO_NAME)
    return [_meaning(*pair) for pair in zip(lows, is_worth, strict=True)]


def _meaning(low: str, is_worth: bool) -> int:
    on_lists = listed(low)
    if len(low) == 1:
        return on_lists
    if on_lists & NAME:
        return on_lists | (_joined(low, _readings(low) or frozenset({0})) & ~UNKNOWN)
    if low[0] < "а":
        return on_lists | LATIN | _latin(low)
    if not is_worth:
        return on_lists | COMMON
    found = _hyphenated(low) if "-" in low else _one_word(low)
    if found & NAME and _ADJECTIVAL_END.search(low):
        found |= ADJECTIVAL
    return on_lists | found


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
    if found & GIVEN and low.endswith(_OF_GIVEN):  # Хасанов: not only «of the Hasans»
        found |= SURNAME
    if found & (NAME | COMMON):
        return found
    ending = _by_ending(low) & ~UNKNOWN  # Кириллов is in the dictionary as a town
    return found | ending | (LEVEL_2 if ending & NAME else 0)


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
    is_first = {"nomn", "sing"} <= grammemes
    case = (GENITIVE if "gent" in grammemes else 0) | (NOMINATIVE if is_first else 0)
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
