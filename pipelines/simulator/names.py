"""Made-up Russian names: surname, name and patronymic that agree in gender."""

from functools import cache

import numpy as np
import yaml

from pipelines.simulator.parameters import HERE, Ints, Words

_LATIN = dict(zip(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    ["a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r",
     "s", "t", "u", "f", "kh", "ts", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya"], strict=True,
))  # fmt: skip


def feminine(surname: str) -> str:
    """Return the feminine form of a surname.

    >>> feminine("Иванов"), feminine("Белинский")
    ('Иванова', 'Белинская')
    """
    return f"{surname[:-2]}ая" if surname.endswith("ий") else f"{surname}а"


def latin(word: str) -> str:
    """Spell a Russian word in Latin letters, as mail boxes do.

    >>> latin("Щербаков")
    'scherbakov'
    """
    return "".join(_LATIN.get(letter, letter) for letter in word.lower())


@cache
def parts() -> dict[str, tuple[Words, Words]]:
    """Return surnames, first names and patronymics as (masculine, feminine) arrays."""
    raw = yaml.safe_load((HERE / "names.yml").read_text("utf-8"))
    fathers = [f.removesuffix("ич") + "на" for f in raw["fathers"]]

    def words(items: list[str]) -> Words:
        return np.array(items, dtype=object)

    return {
        "surname": (words(raw["surnames"]), words([feminine(s) for s in raw["surnames"]])),
        "first": (words(raw["men"]), words(raw["women"])),
        "father": (words(raw["fathers"]), words(fathers)),
        "box": (words([latin(s) for s in raw["surnames"]]),) * 2,
    }


def chosen(part: str, index: Ints, is_woman: Ints) -> Words:
    """Return one part of the name of each person; `index` is taken modulo the list's length."""
    men, women = parts()[part]
    return np.asarray(np.where(is_woman == 1, women[index % len(women)], men[index % len(men)]))
