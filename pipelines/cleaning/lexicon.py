"""What the dictionary of pymorphy3 (OpenCorpora), or else the ending, says a word may be."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
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
    listed_of,
)  # fmt: skip
from pipelines.cleaning.dictionary import KNOWN, morph, readings_of
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
_MAY_LACK_YO = r"ев(?:а|у|ым|е|ой|ы|ых)?$|^(?:сем|арт|ал|сер|ф|п|акс|матр)е[нмждт]"


@dataclass(frozen=True)
class _Forms:
    """What the dictionary says of a word: the bits of its forms joined, and KNOWN; 0: nothing."""

    own: int
    with_yo: int  # and of those that are written with ё where the word has е; own: not asked


_Book = Mapping[str, _Forms]


def meanings(lows: pl.Series) -> list[int]:
    """Return the bits of distinct lower-case words."""
    of_lists, own = listed_of(lows), pl.Series(readings_of(lows, _of_tag, with_yo=False))
    is_whole = (lows >= "а") & (lows.str.len_chars() > 1) & ~lows.str.contains("-", literal=True)
    is_whole &= of_lists & NAME == 0
    has_no_name_end = lows.str.contains(_NO_NAME)
    is_no_name = is_whole & has_no_name_end
    # of most words the dictionary has nothing but common forms
    is_common = is_whole & (own & (COMMON | NAME) == COMMON) & ~lows.str.contains(_MAY_LACK_YO)
    known = own.zip_with(~is_no_name, pl.repeat(COMMON, len(own), dtype=pl.Int64, eager=True))
    found = of_lists | (known & ~KNOWN)
    left = (~(is_no_name | is_common)).arg_true()
    book = _book(lows.gather(left).to_list())
    judged = [
        _meaning(low, on_lists, book, is_worth=not has_end)
        for low, on_lists, has_end in zip(
            *(column.gather(left) for column in (lows, of_lists, has_no_name_end)), strict=True
        )
    ]
    return found.scatter(left, judged).to_list()


def _book(lows: list[str]) -> _Book:
    """Look up all that may be asked of these words."""
    asked = {one for low in lows for one in (low, *_parts(low), *_in_cyrillic(low))}
    words = pl.Series([*asked, *({_usual_yo(word) for word in asked} - asked)], dtype=pl.String)
    own = pl.Series(readings_of(words, _of_tag, with_yo=False))
    may_have_yo = words.str.contains("е", literal=True) & (own & COMMON == 0)
    more = readings_of(words.filter(may_have_yo), _of_tag, with_yo=True)
    with_yo = own.clone().scatter(may_have_yo.arg_true(), more)
    return {word: _Forms(*both) for word, *both in zip(words, own, with_yo, strict=True)}


def _meaning(low: str, on_lists: int, book: _Book, *, is_worth: bool) -> int:
    if len(low) == 1:
        return on_lists
    if on_lists & NAME:
        return on_lists | (_joined(low, book[low].own) & ~UNKNOWN)
    if low[0] < "а":
        return on_lists | LATIN | _latin(low, book)
    if not is_worth:
        return on_lists | COMMON
    found = _hyphenated(low, book) if "-" in low else _one_word(low, book)
    if found & NAME and _ADJECTIVAL_END.search(low):
        found |= ADJECTIVAL
    return on_lists | found


def _in_cyrillic(low: str) -> tuple[str, ...]:
    return tuple(cyrillic_forms(low)) if len(low) > 2 and low[0] < "а" else ()


def _parts(low: str) -> list[str]:
    """Return the parts of a double name."""
    return [part for part in low.split("-") if len(part) > 1] if "-" in low else []


def _usual_yo(low: str) -> str:
    """Return a name as the dictionary writes it, where people write е: «Артём», «Королёв»."""
    return _YO_STEM.sub(lambda m: m.group()[:-1] + "ё", _YO_END.sub("ё", low))


def _latin(low: str, book: _Book) -> int:
    for form in _in_cyrillic(low):
        if (found := _one_word(form, book)) & NAME:
            return found & (NAME | _SURE)
    return 0


def _hyphenated(low: str, book: _Book) -> int:
    """Return the meaning of the whole word, or of a double name, where each part is one."""
    if whole := book[low].own:
        return _joined(low, whole)
    parts = [_one_word(part, book) for part in _parts(low)]
    if len(parts) > 1 and all(part & NAME for part in parts):
        return functools.reduce(int.__or__, parts) & ~(COMMON | NOUN | PLACE_NAME)
    return UNKNOWN


def _one_word(low: str, book: _Book) -> int:
    forms = book[low]
    readings = forms.own
    if not readings & NAME:
        readings |= book[_usual_yo(low)].own
    if not readings & COMMON:  # «решетка» is решётка
        readings |= forms.with_yo
    if not readings:
        return _by_ending(low)
    found = _joined(low, readings)
    if found & GIVEN and low.endswith(_OF_GIVEN):  # Хасанов: not only «of the Hasans»
        found |= SURNAME
    if found & (NAME | COMMON):
        return found
    ending = _by_ending(low) & ~UNKNOWN  # Кириллов is in the dictionary as a town
    return found | ending | (LEVEL_2 if ending & NAME else 0)


def _joined(low: str, readings: int) -> int:
    """Judge a word the dictionary has; where its forms differ, corpus counts decide."""
    joined = readings & ~KNOWN
    if not joined & NAME:
        return joined
    if not joined & COMMON:
        return joined | _SURE
    scores = [(_of_tag(parse.tag), parse.score) for parse in morph().parse(low)]
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
