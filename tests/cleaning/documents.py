"""Identifiers to plant: valid ones, made by the issuers' rules, written the ways people write."""

import random
from dataclasses import dataclass

from tests.cleaning.people import CASES, Person, person

_PHONES = (
    "+7{0}{1}{2}{3}", "8{0}{1}{2}{3}", "8 ({0}) {1}-{2}-{3}", "+7 {0} {1}-{2}-{3}",
    "8-{0}-{1}-{2}-{3}", "{0}{1}{2}{3}", "7{0}{1}{2}{3}", "8 {0} {1} {2} {3}",
)  # fmt: skip
_PASSPORTS = (
    "паспорт {0} {1}", "паспорт серия {0} номер {1}", "серия {2} {3} № {1}", "паспорт {0}{1}",
    "паспортные данные: {2} {3} {1}",
)  # fmt: skip


@dataclass(frozen=True)
class Citizen:
    """Everything a log may know of one citizen, as written there."""

    name: Person
    phone: str
    inn: str
    snils: str
    passport: str
    card: str
    email: str

    @property
    def needles(self) -> set[str]:
        """Digits that must be found nowhere: ten last ones of the phone, whole documents."""
        documents = {_bare(n) for n in (self.inn, self.snils, self.passport, self.card)}
        return {_bare(self.phone)[-10:], *documents}

    @property
    def names(self) -> set[str]:
        """Names that must be found nowhere: full, surname with initials or with a first name."""
        n = self.name
        return {
            f"{n.surname} {n.given}", f"{n.given} {n.surname}", f"{n.given} {n.patronymic}",
            f"{n.surname} {n.initials}", f"{n.initials} {n.surname}",
        }  # fmt: skip


def citizen(rng: random.Random) -> Citizen:
    """Return a random citizen."""
    parts = (f"9{rng.randrange(100):02}", *(f"{rng.randrange(10**n):0{n}}" for n in (3, 2, 2)))
    series, number = f"{rng.randrange(1, 99):02}{rng.randrange(100):02}", _digits(rng, 6)
    passport = rng.choice(_PASSPORTS).format(series, number, series[:2], series[2:])
    return Citizen(
        name=person(rng, rng.choice(CASES)),
        phone=rng.choice(_PHONES).format(*parts),
        inn=_inn(_digits(rng, 10)),
        snils=_snils(rng),
        passport=passport,
        card=_card(rng),
        email=f"u{_digits(rng, 8)}@{rng.choice(('mail.ru', 'почта.рф', 'post.example.org'))}",
    )


def _bare(number: str) -> str:
    return "".join(c for c in number if c.isdigit())


def _digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choice("123456789") for _ in range(n))


def _inn(ten: str) -> str:
    eleven = ten + str(_weighed(ten, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)))
    return eleven + str(_weighed(eleven, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)))


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11 % 10


def _snils(rng: random.Random) -> str:
    nine = "1" + _digits(rng, 8)
    control = sum(int(d) * (9 - i) for i, d in enumerate(nine)) % 101 % 100
    dashed = f"{nine[:3]}-{nine[3:6]}-{nine[6:]} {control:02}"
    return rng.choice((dashed, f"{nine}{control:02}"))


def _card(rng: random.Random) -> str:
    fifteen = rng.choice("245") + _digits(rng, 14)
    for last in range(10):
        digits = [int(d) for d in f"{fifteen}{last}"]
        doubled = [sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits)]
        if sum(doubled) % 10 == 0:
            break
    whole = f"{fifteen}{last}"
    return rng.choice((whole, " ".join(whole[i : i + 4] for i in range(0, 16, 4))))
