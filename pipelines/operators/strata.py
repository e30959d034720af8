"""Codes of strata: what contacts are adjusted for, from coarse to fine."""

import numpy as np
import polars as pl

from pipelines.operators.standing import Codes


def codes(column: pl.Series) -> Codes:
    """Return 0, 1, 2, … of the values of a column, in their order."""
    return column.rank("dense").cast(pl.Int64).to_numpy() - 1


def levels(frame: pl.DataFrame, strata: tuple[tuple[str, ...], ...]) -> list[Codes]:
    """Return the stratum of each row at each level, every level nested in the one before."""
    found: list[Codes] = []
    for columns in strata:
        finer = found[-1] if found else np.zeros(len(frame), dtype=np.int64)
        for column in columns:
            finer = _nested(finer, codes(frame[column]))
        found.append(finer)
    return found


def _nested(parent: Codes, finer: Codes) -> Codes:
    _, found = np.unique(parent * (finer.max() + 1) + finer, return_inverse=True)
    return found.astype(np.int64)
