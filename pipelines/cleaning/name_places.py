"""Names of people that are names of streets, towns and firms here: «ул. Ленина», «Жукова 5»."""

import polars as pl

from pipelines.cleaning import bits as t
from pipelines.cleaning.phrases import (
    after_word,
    following,
    genitive,
    given,
    has,
    initial,
    listed,
    patronymic,
    prev,
    surname,
    title,
)

_SIGN = r"^[\s:«\"“„_]{1,3}$"  # between «улица» and its name
_SHORT_SIGN = r"^\.?[\s«\"“„_]{0,2}$"  # between «ул» and its name
_HOUSE_NUMBER = r"^,?[ \x{a0}]{0,2}№?\d"
_QUOTE_BEFORE = r"[«\"“„]$"


def with_places(words: pl.DataFrame) -> pl.DataFrame:
    """Add is_street (no part of a person's name) and is_place (none when it stands alone)."""
    street = pl.col("is_street")
    before = pl.col("before")
    words = words.with_columns(
        by_sign=before.str.contains(_SIGN).fill_null(False),
        by_short_sign=before.str.contains(_SHORT_SIGN).fill_null(False),
        is_letter=pl.col("token").str.len_chars() == 1,
    )
    # «Ул. Цою» is no street: its name is in the genitive, or an adjective
    fits = ~(surname | given) | genitive | has(t.ADJECTIVAL)
    words = words.with_columns(is_street=_after_sign("street", "honoured") & fits)
    # «ул. А. С. Пушкина», «ул. М. Дудина»; anybody else with two initials is a person
    honoured = listed("namesakes")
    fits_on = fits & (honoured | ~prev(initial & prev(initial)))
    for _ in range(2):  # «ул. Маршала Жукова», «ул. Марии Ульяновой»
        of_surname = title & has(t.NOUN | t.UNKNOWN) & ~has(t.ADJECTIVAL)
        of_surname &= following(surname & genitive)
        goes_on = ~surname & ~patronymic & (given | initial | of_surname)
        after_rank = street.shift(1, fill_value=False) & _after_sign("rank")
        words = words.with_columns(
            is_street=street | (prev(street & goes_on) & fits_on) | after_rank
        )
    in_genitive = genitive & ~patronymic
    before_sign = in_genitive & following(_owns_nothing()) & ~prev(given | initial)
    # «Софьи Ковалевской», «Льва Толстого»: whatever stands around
    low = pl.col("token").str.to_lowercase()
    pair = pl.concat_str(low.shift(1, fill_value=""), low, separator=" ")
    in_honour = pair.is_in(list(t.street_pairs())) & prev(given | surname | genitive)
    in_front = following(in_honour)
    return words.with_columns(is_street=street | before_sign | in_honour | in_front).with_columns(
        is_place=_place()
    )


def _sign(*names: str) -> pl.Expr:
    # «с Ивановым» is no village, «М. Иванов» no station: a single letter is small and has its dot
    is_small = pl.col("dotted") & ~pl.col("capital_initial")
    return listed(*names) & (~pl.col("is_letter") | is_small)


def _after_sign(*names: str) -> pl.Expr:
    sign = _sign(*names)
    is_short = (sign & listed("short")).shift(1, fill_value=False) & pl.col("by_short_sign")
    return is_short | ((sign & ~listed("short")).shift(1, fill_value=False) & pl.col("by_sign"))


def _owns_nothing() -> pl.Expr:
    """Whether a word is a street's sign with no name of its own after it («Жукова пр. 5»)."""
    owner = _after_sign("street") & title
    return _sign("street") & ~owner.shift(-1, fill_value=False)


def _place() -> pl.Expr:
    is_adjective = has(t.ADJECTIVAL)
    at_house = surname & (genitive | is_adjective) & (_house_word() | _number())
    by_adjective = is_adjective & (
        following(has(t.NOUN) & ~title) | prev(listed("sides", "near")) | has(t.UNKNOWN)
    )
    in_town = has(t.PLACE_NAME) & after_word(listed("town_before"), r"^\.? ?$")
    complains = listed("complaint").shift(2, fill_value=False)
    complains |= listed("complaint").shift(3, fill_value=False)
    by_street = surname & genitive & prev(listed("near")) & ~complains
    is_quoted = pl.col("before").str.contains(_QUOTE_BEFORE).fill_null(False)
    return (
        pl.col("is_street")
        | _after_sign("place")
        | _after_sign("rank")
        | at_house
        | by_adjective
        | in_town
        | by_street
        | is_quoted
        | listed("namesakes")
    )


def _number() -> pl.Expr:
    """Whether a house's number follows, and no age."""
    number = pl.col("after").str.contains(_HOUSE_NUMBER).fill_null(False)
    return number & ~listed("age").shift(-1, fill_value=False)


def _house_word() -> pl.Expr:
    between = pl.col("after").str.contains(r"^,?[ \x{a0}]?$").fill_null(False)
    # «Иванова к вам» is nobody's block 2
    is_whole = ~pl.col("is_letter")
    numbered = pl.col("after").str.contains(r"^\.?[ \x{a0}]?\d").fill_null(False)
    return between & (listed("house") & (is_whole | numbered)).shift(-1, fill_value=False)
