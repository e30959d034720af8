"""Which words of a text are somebody's name: expressions over columns of words (phrases.py).

Full names and surnames with initials or a first name are found whatever the dictionary thinks of
each word; a lone name only where it hardly can be anything else.
"""

from enum import Enum

import polars as pl

from pipelines.cleaning import bits as t
from pipelines.cleaning.name_places import with_places
from pipelines.cleaning.phrases import (
    after_word,
    capital_initial,
    dotted,
    following,
    given,
    has,
    initial,
    inside,
    likely,
    listed,
    odd,
    patronymic,
    possible,
    prev,
    sure,
    surname,
    title,
    with_looks,
)

_COLON = r"^[\s:,.!—–-]{1,4}$"
_CLEAR_COLON = r"^\s?[:—–-]\s?$"
_TO_INITIAL = r"^[ \x{a0},._]{1,3}$"
_NO_INITIALS = ["во", "пс", "тд", "тп", "тк", "те", "тч", "тн", "то", "ио", "мо", "др", "го", "ps"]
_SHORTEST_ALONE = 4  # «ая» and «ий» are in the dictionary of names


class How(Enum):
    """How much to take for a name."""

    CODES = "full names, and surnames with initials or a first name"
    PROSE = "lone names too, where they hardly can be anything else, and whatever follows «зовут»"
    STRICT = "whatever may be a part of a name, and capitalised words the dictionary lacks"


def with_named(words: pl.DataFrame, how: How) -> pl.DataFrame:
    """Decide for every word whether it is a part of a person's name.

    Args:
        words: at_, i, token, flags (tokens.py), before, after (strings between words, null at the
            ends of a text), in order.
        how: how much to take for a name.

    Returns:
        `words` with is_named, is_linked (one phrase with the word before), is_initial.
    """
    words = with_places(with_looks(words))
    words = words.with_columns(found=_by_patronymic())
    words = words.with_columns(found=pl.col("found") | _by_pair())
    words = _with_initials(words)
    for _ in range(2):  # «Иванова Мария» takes in «Петрова» on either side
        words = words.with_columns(found=pl.col("found") | _beside_found())
    if how is not How.CODES:
        words = words.with_columns(found=pl.col("found") | _told() | _alone())
        for _ in range(2):
            words = words.with_columns(found=pl.col("found") | _told_on())
    if how is How.STRICT:
        may_be = title & (given | surname | patronymic | odd | (has(t.NOUN) & prev(title)))
        may_be |= following(may_be & title) & title
        words = words.with_columns(found=pl.col("found") | may_be)
    return words.rename({"found": "is_named"})


def _family() -> pl.Expr:
    """What may stand for a surname beside a first name: «Анна Белая» too."""
    no_name = listed(
        "person", "street", "honoured", "place", "house", "own", "greetings", "called", "labelled"
    )
    return surname | odd | (title & has(t.NOUN) & ~no_name)


def _by_patronymic() -> pl.Expr:
    """«Мария Петровна», «иванову ивану ивановичу», «Ариф оглы», «Петровна»."""
    # «Станюковича» is known by its ending only: it wants a first name before it
    known = ~has(t.UNKNOWN) & (title | likely)
    middle = patronymic & (known | prev(given | title))
    first = following(middle) & (given | has(t.UNKNOWN) | _family())
    last_before = following(first) & ~middle & (_family() | given)
    last_after = prev(middle) & ~middle & _family() & (title | possible)
    return middle | first | last_before | last_after


def _by_pair() -> pl.Expr:
    """A first name beside a surname, in either order."""
    usable = ~pl.col("is_street")
    is_given, is_surname = given & usable, surname & usable
    doubtful = listed("not_names", "words_too")
    both_titles = title & prev(title)
    # «роман белов» and «Вера Белова», but not «марта Иванов»
    alike = both_titles | ~(title | prev(title))
    ordered = (is_given & prev(is_surname)) | (is_surname & prev(is_given))
    known = (possible & prev(likely)) | (likely & prev(possible))
    known &= ~(doubtful | prev(doubtful))
    firm = possible & ~doubtful
    trusted = known | (doubtful & alike & prev(firm)) | (firm & alike & prev(doubtful))
    plain = both_titles & (possible | prev(possible))
    two_given = both_titles & is_given & prev(is_given) & likely & prev(likely)
    second = (ordered & (plain | trusted)) | two_given
    # names the dictionary lacks, or that are common words too
    named_likely = is_given & likely & title & ~doubtful
    second |= odd & prev(named_likely) | (named_likely & prev(odd))
    second |= title & inside & _family() & prev(named_likely)
    second |= named_likely & prev(title & inside & _family())
    second |= (odd & prev(is_surname & possible & title)) | (
        is_surname & possible & title & prev(odd)
    )
    return (second & usable) | following(second & usable)


def _with_initials(words: pl.DataFrame) -> pl.DataFrame:
    """Add to found «Иванов И.И.», «И. И. Иванов», «Иванов И.», «иванову и.и.», «Иванов ИИ».

    In steps, since an expression used in several places is evaluated as often.
    """
    low = pl.col("token").str.to_lowercase()
    letters = pl.concat_str(low.shift(1, fill_value=""), low)
    # «т. д.», «Малый пр. В. О.»
    usual = letters.is_in(_NO_INITIALS) & ~prev(prev(surname & sure))
    words = words.with_columns(second=initial & prev(initial & dotted) & ~usual)
    words = words.with_columns(first=following(pl.col("second")) & ~pl.col("second"))
    first, second, free = pl.col("first"), pl.col("second"), ~pl.col("is_street")
    opens = first.shift(-1, fill_value=False) & _has_after(_TO_INITIAL)
    words = words.with_columns(opens=opens, closes=prev(second & ~following(second)))
    opens, closes, certain = pl.col("opens"), pl.col("closes"), surname & title & possible & free
    by_capitals = capital_initial.shift(-1, fill_value=False) | prev(capital_initial)
    known = surname & (title | possible)
    # «Мельник А. А.», but not «Дача А. Е. Кудрявцева»
    known_after = (closes & known).shift(-3, fill_value=False) & opens
    weak = title & (odd | given | _family()) & by_capitals & ~known_after
    # «ул. Королёва А. С.» may be a person
    words = words.with_columns(
        family=((opens & known) | ((opens & weak | closes & (known | weak)) & free))
    )
    family = pl.col("family")
    taken = first & ((family & opens).shift(1, fill_value=False) | following(following(family)))
    alone = capital_initial & dotted & ~first & ~second
    short = pl.col("token").str.contains(r"^\p{Lu}{2}$") & ~listed("no_pairs")
    words = words.with_columns(
        taken=taken, beside=(alone | short) & prev(certain), ahead=alone & following(certain)
    )
    taken, beside, ahead = pl.col("taken"), pl.col("beside"), pl.col("ahead")
    single = beside | following(beside) | ahead | prev(ahead)
    found = pl.col("found") | family | taken | prev(taken) | (single & free)
    return words.with_columns(found=found).drop("second", "opens", "closes", "family", "ahead")


def _has_after(pattern: str) -> pl.Expr:
    return pl.col("after").str.contains(pattern).fill_null(False)


def _beside_found() -> pl.Expr:
    found = pl.col("found")
    name = ((given | surname | patronymic) & (title | possible)) | odd
    name &= ~pl.col("is_street") & ~(listed("not_names", "words_too") & ~title)
    return name & (prev(found) | following(found))


def _told() -> pl.Expr:
    """The first word after «меня зовут», «ФИО:», «с уважением», «гражданка»."""
    name = given | surname | patronymic
    no_name = listed("person", "street", "honoured", "place", "own", "called", "labelled", "near")
    called = after_word(listed("called"), _COLON) & (name | title | has(t.UNKNOWN)) & ~no_name
    own = listed("own").shift(2, fill_value=False)
    labelled = after_word(listed("labelled"), _CLEAR_COLON) | (
        after_word(listed("labelled"), _COLON) & own
    )
    labelled &= (name | odd | (own & title)) & ~no_name
    signed = after_word(listed("signed"), _COLON) & ((title & (name | odd)) | (name & likely))
    person = after_word(listed("person"), r"^\.?[ \x{a0}]$") & title & (name | odd)
    person &= ~pl.col("is_street") & ~has(t.LATIN)
    return called | labelled | signed | person


def _told_on() -> pl.Expr:
    told = pl.col("found")
    return prev(told) & title & (given | surname | patronymic | odd) & ~pl.col("is_street")


def _alone() -> pl.Expr:
    """A surname or first name with no other sign of a person."""
    name = (given | surname) & ~pl.col("is_place") & ~has(t.LATIN)
    long_enough = (pl.col("token").str.len_chars() >= _SHORTEST_ALONE) | listed("short_names")
    in_sentence = title & inside & possible
    at_start = title & likely & ~listed("words_too")
    lower = ~title & likely & long_enough & ~listed("words_too")
    return name & ~listed("not_names") & (in_sentence | at_start | lower)
