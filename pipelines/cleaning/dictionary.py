"""The dictionary of pymorphy3 (OpenCorpora), asked for many words at once.

It is an automaton in one array of numbers: from a place a letter leads on by the same arithmetic
for every word. pymorphy3 walks it in Python, one letter of one word a time; here numpy takes the
next letter of all words together, some thirty times faster. What a form of a word may be is the
caller's to say (`of_tag`).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

KNOWN = 1 << 60  # in the dictionary, whatever its forms are
_HAS_LONG_STEP, _LABEL = np.uint32(1 << 9), np.uint32(1 << 31 | 0xFF)
_SEPARATOR = 1  # what follows a word are its forms
_RECORD = 6  # characters of base64 that hold a form: paradigm and place in it, 16 bits each
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_YE, _YO = "е".encode(), "ё".encode()

Numbers = np.ndarray[Any, np.dtype[Any]]


@functools.cache
def morph() -> Any:
    """Return pymorphy3's analyser."""
    # 0.2 s and 20 MB: only where texts are masked
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def readings_of(words: pl.Series, of_tag: Callable[[Any], int], *, with_yo: bool) -> Numbers:
    """Return of each word the bits of all its forms, joined, and KNOWN; 0 where it has none.

    Args:
        words: distinct lower-case words, without nulls.
        of_tag: bits of a tag of pymorphy3; a function that stays the same.
        with_yo: also of the words that are written with ё where this one has е.
    """
    if words.is_empty():
        return np.zeros(0, dtype=np.int64)
    dictionary = morph().dictionary
    if not hasattr(dictionary.words, "dct"):  # the package in C: fast as it is
        return np.array([_one_by_one(word, of_tag, with_yo) for word in words], dtype=np.int64)
    who, ends = _ends(dictionary.words, words, with_yo=with_yo)
    distinct, place = np.unique(ends, return_inverse=True)
    found = np.zeros(len(words), dtype=np.int64)
    np.bitwise_or.at(found, who, _joined_at(dictionary, distinct, of_tag)[place])
    return found


def _one_by_one(word: str, of_tag: Callable[[Any], int], with_yo: bool) -> int:
    words, tag_of = morph().dictionary.words, morph().dictionary.build_tag_info
    several = words.similar_item_values(word, morph().char_substitutes) if with_yo else []
    forms = [form for some in several or [words.get(word) or ()] for form in some]
    return functools.reduce(int.__or__, (of_tag(tag_of(*form)) | KNOWN for form in forms), 0)


def _ends(dawg: Any, words: pl.Series, *, with_yo: bool) -> tuple[Numbers, Numbers]:
    """Walk to where the forms of words begin; return numbers of words and where their forms do."""
    units = np.frombuffer(dawg.dct._units, dtype=np.uint32)
    letters = np.frombuffer(words.str.join("").item().encode() + b"\0", dtype=np.uint8)
    sizes = words.str.len_bytes().to_numpy().astype(np.int64)
    starts = sizes.cumsum() - sizes
    who, at = np.arange(len(words)), np.zeros(len(words), dtype=np.uint32)
    found: list[tuple[Numbers, Numbers]] = []
    begun: dict[int, tuple[Numbers, Numbers]] = {}  # byte -> who goes on from it with a ё before
    for n in range(int(sizes.max(initial=0)) + 1):
        if n in begun:
            more_who, more_at = begun.pop(n)
            who, at = np.concatenate([who, more_who]), np.concatenate([at, more_at])
        is_end = sizes[who] == n
        found.append(_alive(who[is_end], _step(units, at[is_end], _SEPARATOR)))
        who, at = who[~is_end], at[~is_end]
        letter = letters[starts[who] + n]
        if with_yo:
            is_ye = (letter == _YE[0]) & (letters[starts[who] + n + 1] == _YE[1])
            who_yo, at_yo = _alive(who[is_ye], _step(units, at[is_ye], _YO[0]))
            begun[n + 2] = _alive(who_yo, _step(units, at_yo, _YO[1]))
        who, at = _alive(who, _step(units, at, letter))
    return np.concatenate([who for who, _ in found]), np.concatenate([at for _, at in found])


def _alive(who: Numbers, at: Numbers) -> tuple[Numbers, Numbers]:
    is_alive = at > 0
    return who[is_alive], at[is_alive]


def _step(units: Numbers, at: Numbers, letter: Numbers | int) -> Numbers:
    """Return the places one byte leads to; 0 where there is no way."""
    label = np.asarray(letter, dtype=np.uint32)
    base = units[at]
    to = at ^ ((base >> np.uint32(10)) << ((base & _HAS_LONG_STEP) >> np.uint32(6))) ^ label
    return np.where(units[to] & _LABEL == label, to, np.uint32(0))


def _joined_at(dictionary: Any, ends: Numbers, of_tag: Callable[[Any], int]) -> Numbers:
    """Return for each place the joined bits of the forms that begin there."""
    if not len(ends):
        return np.zeros(0, dtype=np.int64)
    units = np.frombuffer(dictionary.words.dct._units, dtype=np.uint32)
    guide = np.frombuffer(dictionary.words.guide._units, dtype=np.uint8)
    digits = np.zeros(256, dtype=np.uint64)
    digits[np.frombuffer(_DIGITS, dtype=np.uint8)] = np.arange(64, dtype=np.uint64)
    who, at, record = np.arange(len(ends)), ends, np.zeros(len(ends), dtype=np.uint64)
    for _ in range(_RECORD):
        level: list[tuple[Numbers, Numbers, Numbers]] = []
        letter = guide[at * 2]  # the first that leads on; then its siblings
        while (is_more := letter > 0).any():
            who, at, record, letter = who[is_more], at[is_more], record[is_more], letter[is_more]
            to = _step(units, at, letter)
            level.append((who, to, (record << np.uint64(6)) | digits[letter]))
            letter = guide[to * 2 + 1]
        who, at, record = (np.concatenate(column) for column in zip(*level, strict=True))
    form = record >> np.uint64(4)
    first, bits = _of_forms(of_tag)
    joined = np.full(len(ends), KNOWN, dtype=np.int64)
    np.bitwise_or.at(joined, who, bits[first[form >> np.uint64(16)] + (form & np.uint64(0xFFFF))])
    return joined


@functools.cache
def _of_forms(of_tag: Callable[[Any], int]) -> tuple[Numbers, Numbers]:
    """Return where each paradigm begins in the second array, and the bits of all their forms."""
    dictionary = morph().dictionary
    of_tags = np.array([of_tag(tag) for tag in dictionary.gramtab], dtype=np.int64)
    # of a paradigm: endings, tags, beginnings of its forms
    tags = [np.frombuffer(p, dtype=np.uint16)[len(p) // 3 : len(p) // 3 * 2]
            for p in dictionary.paradigms]  # fmt: skip
    sizes = np.array([len(some) for some in tags], dtype=np.uint64)
    return sizes.cumsum() - sizes, of_tags[np.concatenate(tags)]
