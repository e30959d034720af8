"""The change of a share or a mean, split exactly into what moved it.

A share is a sum over cells (line, category, hour) of weight x rate, and the weight of a cell a
product: share of its line, share of its category within the line, share of its hour within both. So
each cell is a product of factors, and the change of a product is split among its factors by
Shapley: the effect of each, averaged over every order in which they might have changed. For two
factors that is the midpoint rule: change of one times the mean of the other. Parts are symmetric
in before and after, and add up to the change exactly (fractions in, fractions out).

Source: L. Shapley, "A Value for n-Person Games" (1953); F. Shorrocks, "Decomposition procedures for
distributional analysis" (2013); for two factors E. Kitagawa, "Components of a Difference Between
Two Rates" (1955).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # floats, or Fractions as objects


def product_parts(before: Sequence[Array], after: Sequence[Array]) -> list[Array]:
    """Return what each factor adds to the change of their product, cell by cell.

    >>> two, three = np.array([2.0]), np.array([3.0])
    >>> [float(part[0]) for part in product_parts([two, two], [three, three])]
    [2.5, 2.5]
    """
    n = len(before)
    parts = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        total = before[i] * 0
        for size in range(n):
            weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
            for changed in combinations(others, size):
                product = _of_kind(weight, before[i])
                for j in others:
                    product = product * (after[j] if j in changed else before[j])
                total = total + product
        parts.append((after[i] - before[i]) * total)
    return parts


def shapley(worth: Mapping[frozenset[str], float], names: Sequence[str]) -> dict[str, Fraction]:
    """Return what each of several causes adds to a figure that is no product of them.

    Args:
        worth: the figure where these causes have their later value and all others the earlier one;
            of every subset of the names.

    Returns:
        The effect of each, averaged over all orders in which they might have changed; their sum is
        worth[all] - worth[none] exactly, as fractions.

    >>> worth = {frozenset(): 0, frozenset("a"): 2, frozenset("b"): 3, frozenset("ab"): 9}
    >>> {name: float(part) for name, part in shapley(worth, "ab").items()}
    {'a': 4.0, 'b': 5.0}
    """
    n = len(names)
    parts = {}
    for name in names:
        others = [one for one in names if one != name]
        parts[name] = Fraction(0)
        for size in range(n):
            weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
            for changed in map(frozenset, combinations(others, size)):
                gain = Fraction(worth[changed | {name}]) - Fraction(worth[changed])
                parts[name] += weight * gain
    return parts


def split_parts(
    levels: Sequence[npt.NDArray[np.int64]],
    base: tuple[Array, Array],
    top: tuple[Array, Array],
) -> list[Array]:
    """Return, cell by cell, what the mix of each level and the rate within cells add.

    Where a group is of one period only, it has no rate and no mix of its own in the other: its
    whole effect is that of the mix it came or went by.

    Args:
        levels: for each level, from the widest, the number of the group a cell belongs to; groups
            of a level lie within those of the level before. The cells are those of the last one.
        base, top: before and after; share = sum(top) / sum(base), base above 0 in both periods.

    Returns:
        One array a level (its mix), then one of the rates; their sum is the change.
    """
    factors: tuple[list[Array], list[Array]] = ([], [])
    whole = np.zeros(len(base[0]), dtype=np.int64)
    for outer, inner in zip([whole, *levels], levels, strict=False):
        inners = [_summed(inner, values) for values in base]
        outers = [_summed(outer, values) for values in base]
        for t, ratio in enumerate(_ratios(inners, outers)):
            factors[t].append(ratio)
    for t, rate in enumerate(_ratios(list(top), list(base))):
        factors[t].append(rate)
    return product_parts(*factors)


def closed(parts: Sequence[float], before: float, now: float, scale: float = 1000) -> list[int]:
    """Return parts in whole units of the last digit shown, adding up to the difference shown.

    scale: how many of these units are one: of shares, shown in tenths of a per cent, 1000.

    Largest remainders: each part is less than one unit from its own value, as far as that can be.

    >>> closed([0.0004, 0.0004, 0.0004], 0.7, 0.7012)
    [1, 0, 0]
    """
    change = round(now * scale) - round(before * scale)
    scaled = np.asarray(parts, dtype=np.float64) * scale
    whole = np.floor(scaled).astype(np.int64)
    left = change - int(whole.sum())
    order = np.argsort(-(scaled - whole), kind="stable")
    if left < 0:
        order = order[::-1]
    for n in range(abs(left)):
        whole[order[n % len(order)]] += 1 if left > 0 else -1
    return [int(n) for n in whole]


def _of_kind(weight: Fraction, like: Array) -> Any:
    return weight if like.dtype == object else float(weight)


def _summed(groups: npt.NDArray[np.int64], values: Array) -> Array:
    """Return for each cell the sum of its group."""
    sums = np.zeros(int(groups.max()) + 1, dtype=values.dtype)
    np.add.at(sums, groups, values)
    return sums[groups]


def _ratios(tops: Sequence[Array], bases: Sequence[Array]) -> list[Array]:
    """Return top / base before and after; where there is no base, that of the other period."""
    found = [
        np.where(base == 0, 0, top / np.where(base == 0, 1, base))
        for top, base in zip(tops, bases, strict=True)
    ]
    return [
        np.where(bases[t] == 0, found[1 - t], found[t])  # a cell has a base in one of them
        for t in (0, 1)
    ]
