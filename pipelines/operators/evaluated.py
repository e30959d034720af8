"""The components of a period, fitted and combined: observations in, every operator's place out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.operators.composite import Composite, Observed, composite
from pipelines.operators.level import Base, Cells, Level, cells, expected_of, level_of
from pipelines.operators.model import fit
from pipelines.operators.reviewed import fit_means
from pipelines.operators.standing import Codes
from pipelines.operators.strata import codes, levels
from pipelines.operators.weights import BAND, MEASURED, REVIEW, Weights

OWN_PART = "sla"  # another act in each channel
OWN_ACTS = {"chat": "replies", "portal": "answer"}  # elsewhere a ring


@dataclass(frozen=True)
class Scored:
    """One period: operators in order of their codes and everything computed about them."""

    operators: pl.DataFrame  # operator_id, n
    observed: dict[str, Observed]
    result: Composite
    weights: Weights
    code: Codes  # operator of each row
    strata: list[Codes]  # of each row, from coarse to fine
    where: Cells


def evaluate(frame: pl.DataFrame, weights: Weights, base: Base | None = None) -> Scored:
    """Fit each component of MEASURED a frame of `observations` has, and combine them.

    Args:
        base: the reading of the base period whose scale is kept; None: the period's own scale.
    """
    operators = frame.group_by("operator_id").len("n").sort("operator_id")
    code = codes(frame["operator_id"])
    strata = levels(frame, weights.strata)
    where = cells(frame, weights.strata, strata[-1])
    kind = _main_act(frame, operators)
    observed: dict[str, Observed] = {}
    for name in (one for one in MEASURED if one in frame.columns):
        rows = np.flatnonzero(frame[name].is_not_null().to_numpy())
        if not len(rows):
            continue
        y = frame[name].cast(pl.Float64).to_numpy()[rows]
        part = base.parts.get(name) if base else None
        expected = expected_of(where, part)[where.code[rows]] if part else np.zeros(0)
        if part and not np.isfinite(expected).any():
            part = None  # nothing in common with the base period: told on the period's own scale
        unit = part.unit if part else None
        if name == REVIEW:
            made = fit_means(y, code[rows], len(operators), unit)
        else:
            made = fit(
                y,
                code[rows],
                len(operators),
                [level[rows] for level in strata],
                weights.prior_m,
                binary=name != BAND,
                kind=kind if name == OWN_PART else None,
                unit=unit,
            )
        level = None
        if part and name == BAND:  # it knows no better or worse of everybody
            level = Level(0.0, np.zeros(len(rows)))
        elif part:
            level = level_of(made, strata[0][rows], expected, part, binary=name != REVIEW)
        observed[name] = Observed(made, rows, is_band=name == BAND, level=level)
    result = composite(observed, weights.components, code, len(operators), base)
    return Scored(operators, observed, result, weights, code, strata, where)


def _main_act(frame: pl.DataFrame, operators: pl.DataFrame) -> Codes:
    """Return which own part each operator has most of: a ring, the replies in a chat, an answer."""
    act = (
        pl.col("channel")
        .cast(pl.String)
        .replace_strict(OWN_ACTS, default="ring", return_dtype=pl.String)
    )
    counted = frame.group_by("operator_id", act.alias("act")).len().sort("len", "act")
    main = counted.group_by("operator_id", maintain_order=True).last()
    return codes(operators.join(main, on="operator_id", maintain_order="left")["act"])
