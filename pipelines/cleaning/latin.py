"""Names in Latin letters back to Cyrillic, to ask the dictionary: Ivanova, Yevgeny, Shcherbakov."""

import re
from itertools import islice, product

_MANY = (
    ("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ch", "ч"), ("sh", "ш"), ("ts", "ц"),
    ("yu", "ю"), ("iu", "ю"), ("ya", "я"), ("yo", "ё"), ("ye", "е"), ("ck", "к"), ("ph", "ф"),
    ("x", "кс"), ("th", "т"),
)  # fmt: skip
_ONE = str.maketrans("abcdefghijklmnopqrstuvwz", "абцдефгхижклмнопкрстувшз".replace("ш", "в"))
# final letters that stand for several Russian endings
_ENDINGS = (
    (re.compile(r"(?:iy|yy|ij|ii|y|i)$"), ("ий", "ый", "и", "ей")),
    (re.compile(r"ia$"), ("ия", "я", "ья")),
    (re.compile(r"ay$|ai$"), ("ай",)),
    (re.compile(r"ey$|ei$"), ("ей",)),
    (re.compile(r"oy$|oi$"), ("ой",)),
)
MOST = 4


def cyrillic_forms(low: str) -> list[str]:
    """Return up to four Cyrillic spellings of a word in Latin letters.

    >>> cyrillic_forms("ivanova"), "евгений" in cyrillic_forms("evgeniy")
    (['иванова'], True)
    """
    stem, ends = low, tuple[str, ...](("",))
    for pattern, found in reversed(_ENDINGS):
        if match := pattern.search(low):
            stem, ends = low[: match.start()], found
            break
    for many, one in _MANY:
        stem = stem.replace(many, one)
    stem = re.sub(r"(?<=[aeiouаеёиоуюя])y", "й", stem).replace("y", "ы").translate(_ONE)
    return ["".join(parts) for parts in islice(product((stem,), ends), MOST)]
