"""Names to plant: the most frequent of the country, and of its neighbours, in several cases.

Written by hand, not taken from the dictionary the masking asks. Cases by the school rules.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import yaml

_LISTS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("people.yml").read_text("utf-8")
)
CASES = ("nominative", "genitive", "dative", "instrumental")


@dataclass(frozen=True)
class Person:
    """One person's name in one case."""

    surname: str
    given: str
    patronymic: str
    initials: str


def person(rng: random.Random, case: str = "nominative") -> Person:
    """Return a random person, the name in one case."""
    is_woman = rng.random() < 0.5
    given = rng.choice(_LISTS["women"] if is_woman else _LISTS["men"])
    father = rng.choice(_LISTS["fathers"])
    kind = rng.random()
    if kind < 0.8:
        surname = _of_ov(rng.choice(_LISTS["surnames"]), case, is_woman)
    elif kind < 0.9:
        surname = rng.choice(_LISTS["unchanging"])
    else:
        stem = rng.choice(_LISTS["consonant"])
        surname = stem if is_woman else _of_consonant(stem, case)
    patronymic = _of_patronymic(father, case, is_woman)
    return Person(surname, _of_given(given, case), patronymic, f"{given[0]}.{father[0]}.")


def _of_ov(stem: str, case: str, is_woman: bool) -> str:
    man = {"nominative": "", "genitive": "а", "dative": "у", "instrumental": "ым"}
    woman = {"nominative": "а", "genitive": "ой", "dative": "ой", "instrumental": "ой"}
    return stem + (woman if is_woman else man)[case]


def _of_consonant(stem: str, case: str) -> str:
    hard = {"nominative": "", "genitive": "а", "dative": "у", "instrumental": "ом"}
    soft = {"nominative": "й", "genitive": "я", "dative": "ю", "instrumental": "ем"}
    return stem[:-1] + soft[case] if stem.endswith("й") else stem + hard[case]


def _of_patronymic(father: str, case: str, is_woman: bool) -> str:
    if is_woman:
        end = {"nominative": "на", "genitive": "ны", "dative": "не", "instrumental": "ной"}
        return father + end[case]
    end = {"nominative": "ич", "genitive": "ича", "dative": "ичу", "instrumental": "ичем"}
    return father + end[case]


def _of_given(given: str, case: str) -> str:
    if case == "nominative" or given in ("Айгуль", "Гузель", "Патимат"):
        return given
    irregular = {"Пётр": "Петр", "Павел": "Павл", "Лев": "Льв"}
    given = irregular.get(given, given)
    if given == "Любовь":
        return {"genitive": "Любови", "dative": "Любови", "instrumental": "Любовью"}[case]
    if given.endswith("ия"):
        return given[:-1] + {"genitive": "и", "dative": "и", "instrumental": "ей"}[case]
    if given.endswith("я"):
        return given[:-1] + {"genitive": "и", "dative": "е", "instrumental": "ей"}[case]
    if given.endswith("а"):
        soft = given[-2] in "кгхжшчщ"
        genitive = "и" if soft else "ы"
        return given[:-1] + {"genitive": genitive, "dative": "е", "instrumental": "ой"}[case]
    if given.endswith(("й", "ь")):
        return given[:-1] + {"genitive": "я", "dative": "ю", "instrumental": "ем"}[case]
    return given + {"genitive": "а", "dative": "у", "instrumental": "ом"}[case]
