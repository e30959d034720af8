"""Citizens of the simulated country: who they are is a function of the seed alone.

Identifiers are valid (INN of 12 digits, SNILS, payment card) so that masking can be tested on
them, and made up: numbers are drawn, not taken from anybody.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipelines.simulator.parameters import Floats, Ints, Words, parameters

_INN_11 = np.array([7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
_INN_12 = np.array([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
_MOBILE_CODES = np.array([903, 905, 909, 910, 912, 915, 916, 917, 919, 921, 925, 926, 937, 950,
                          952, 960, 962, 964, 977, 981, 985, 999])  # fmt: skip
Digits = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Population:
    """Arrays by citizen: numbers as integers, region and language as indices of Parameters."""

    phone: Ints  # ten digits after +7
    inn: Words  # 12 digits
    snils: Words  # 11 digits
    passport: Words  # 10 digits
    card: Words  # 16 digits
    region: Ints
    language: Ints
    is_woman: Ints  # 0, 1
    surname: Ints  # index of names.yml, as are the next two
    first: Ints
    father: Ints
    activity: Floats  # how often, sums to 1 (cumulative)


def _joined(digits: Digits) -> Words:
    """Return rows of digits as strings.

    >>> _joined(np.array([[1, 2], [0, 7]])).tolist()
    ['12', '07']
    """
    packed = np.ascontiguousarray(digits.astype(np.uint8) + 48)
    return packed.view(f"S{digits.shape[1]}").ravel().astype(str).astype(object)


def inn(rng: np.random.Generator, n: int) -> Words:
    """Draw n INN of natural persons (12 digits) with right check digits."""
    d = rng.integers(0, 10, (n, 10))
    d[:, 0] = rng.integers(1, 8, n)  # regions 10..79
    eleventh = (d @ _INN_11) % 11 % 10
    d = np.column_stack([d, eleventh])
    return _joined(np.column_stack([d, (d @ _INN_12) % 11 % 10]))


def snils(rng: np.random.Generator, n: int) -> Words:
    """Draw n SNILS (11 digits) with right check sums; all above 001-001-998."""
    d = rng.integers(0, 10, (n, 9))
    d[:, 0] = rng.integers(1, 10, n)
    check = (d @ np.arange(9, 0, -1)) % 101 % 100
    return _joined(np.column_stack([d, check // 10, check % 10]))


def card(rng: np.random.Generator, n: int) -> Words:
    """Draw n payment card numbers (16 digits, 2200 or 4276 in front) that pass Luhn."""
    d = rng.integers(0, 10, (n, 15))
    d[:, :4] = np.where(rng.random((n, 1)) < 0.5, [2, 2, 0, 0], [4, 2, 7, 6])
    doubled = d * np.where(np.arange(15) % 2 == 0, 2, 1)
    total = (doubled - 9 * (doubled > 9)).sum(axis=1)
    return _joined(np.column_stack([d, -total % 10]))


@lru_cache(maxsize=2)
def population(seed: int, contacts_per_day: int) -> Population:
    """Return the citizens of a world; their number follows the daily traffic."""
    params = parameters()
    n = max(3000, int(params.raw["citizens_per_daily_contact"] * contacts_per_day))
    rng = np.random.default_rng([seed, 11])
    phone = rng.choice(_MOBILE_CODES, n) * 10_000_000 + rng.integers(1_000_000, 10_000_000, n)
    shared = rng.random(n) < params.raw["shared_phones"]
    phone[shared] = phone[rng.integers(0, n, int(shared.sum()))]
    passport = rng.integers(0, 10, (n, 10))
    passport[:, 0] = rng.integers(1, 10, n)
    often = rng.gamma(0.8, size=n)
    return Population(
        phone=phone,
        inn=inn(rng, n),
        snils=snils(rng, n),
        passport=_joined(passport),
        card=card(rng, n),
        region=rng.choice(len(params.regions), n, p=params.region_share),
        language=rng.choice(len(params.languages), n, p=params.language_share),
        is_woman=rng.integers(0, 2, n),
        surname=rng.integers(0, 1 << 16, n),
        first=rng.integers(0, 1 << 16, n),
        father=rng.integers(0, 1 << 16, n),
        activity=np.cumsum(often) / often.sum(),
    )
