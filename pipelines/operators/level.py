"""The scale of scores, fixed to a published base period, and where a later period stands on it.

Operators are compared with those they share work with in the same period; were all to improve
alike, none would move. So what an average operator of the base period got, stratum by stratum, is
kept: later contacts are held against it, and how far all of them together lie above it is added to
everybody's standing. Formulas: docs/score.md.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipelines.operators.model import Fit, mean_of
from pipelines.operators.standing import Codes, Floats

_ROUNDS = 30  # Newton's, of one unknown
BETWEEN = "\x1f"  # parts of a stratum's name


@dataclass(frozen=True)
class BasePart:
    """What the base period says of one component.

    unit: of one standard unit on the component's own scale (logits of a share). centre: mean
    standing of its operators, units. information: of its observations. expected: a frame level
    (0 the coarsest), stratum, expected (of an average operator, on the component's scale).
    """

    unit: float
    centre: float
    information: float
    expected: pl.DataFrame


@dataclass(frozen=True)
class Base:
    """The base period, end exclusive; `scale`: of its composite, units."""

    start: date
    end: date
    scale: float
    parts: dict[str, BasePart]


@dataclass(frozen=True)
class Level:
    """How far everybody lies above the base period in one component.

    shift: on the component's scale. error: each observation's part in it; the sum of squares over
    contacts is the variance of `shift`.
    """

    shift: float
    error: Floats


@dataclass(frozen=True)
class Cells:
    """The finest strata of a period: the cell of each row, and each cell's name by level."""

    code: Codes
    names: pl.DataFrame  # one row a cell; columns "0", "1", … from coarse to fine


def cells(frame: pl.DataFrame, strata: tuple[tuple[str, ...], ...], finest: Codes) -> Cells:
    """Return the strata rows of `observations` fall into, by name: codes differ by period.

    Args:
        finest: code of the finest stratum of each row, as of `strata.levels`.
    """
    at = np.zeros(int(finest.max(initial=-1)) + 1, dtype=np.int64)
    at[finest] = np.arange(len(finest))
    columns: list[str] = []
    named = []
    for i, more in enumerate(strata):
        columns += more
        named.append(pl.concat_str(columns, separator=BETWEEN).alias(str(i)))
    of = frame.select({column for group in strata for column in group})[at]
    return Cells(finest, of.cast(pl.String).select(named))


def expected_of(where: Cells, part: BasePart) -> Floats:
    """Return by cell what the base expects; nan where it had nothing of the category.

    A stratum it did not have is expected like the next coarser one; the category itself must have
    been there, or else a new kind of matter would look like a change of everybody.
    """
    depth = len(where.names.columns)
    found = pl.Series([None] * len(where.names), dtype=pl.Float64)
    for level in range(depth - 1, min(1, depth - 1) - 1, -1):
        known = part.expected.filter(pl.col("level") == level)
        name = where.names.select(stratum=str(level))
        column = name.join(known, on="stratum", how="left", maintain_order="left")["expected"]
        found = pl.select(pl.coalesce(found, column)).to_series()
    return found.fill_null(np.nan).to_numpy()


def level_of(made: Fit, pool: Codes, expected: Floats, part: BasePart, *, binary: bool) -> Level:
    """Return by how much the base's expectations must be raised to add up to today's.

    Pool by pool, and of pools their median: what moved one queue alone, as a pile of letters, is
    nothing that everybody did. Both expectations are of an average operator, so it does not matter
    who took which contacts.

    Args:
        made: the component's fit. pool: of each observation. expected: of each, of `expected_of`;
            not all of it nan.
    """
    known = np.isfinite(expected)
    _, pool = np.unique(pool[known], return_inverse=True)
    size, expected = int(pool.max()) + 1, expected[known]
    now, _ = mean_of(made.predicted[known], binary=binary)
    shift = np.zeros(size)
    for _ in range(_ROUNDS):
        p, v = mean_of(expected + shift[pool], binary=binary)
        left = np.bincount(pool, now - p, size)
        step = np.clip(left / np.maximum(np.bincount(pool, v, size), 1e-9), -1, 1)
        shift += step
        if np.abs(step).max() < 1e-9:
            break
    residual = np.where(known, made.residual, 0.0)
    weight = np.bincount(pool, residual[known] ** 2, size).astype(np.float64) + 1e-9
    whole = float(weight.sum())
    # and the base's own doubt, taken to be as alike between components as here
    doubt = np.sqrt(1 + whole / max(part.information, 1e-9))
    return Level(_median(shift, weight), residual / whole * doubt)


def _median(values: Floats, weight: Floats) -> float:
    """Return the weighted median, between two values in proportion.

    >>> _median(np.array([0.0, 8.0, 1.0]), np.array([5.0, 1.0, 4.0]))
    0.5555555555555556
    """
    order = np.argsort(values)
    until = np.cumsum(weight[order])
    middle = until - weight[order] / 2
    return float(np.interp(until[-1] / 2, middle, values[order]))
