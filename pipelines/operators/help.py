"""Where help would move a score most: each operator's distance to peers, by component and category.

An operator may be at the peers' level in a component as a whole and below it on one matter. So the
level in a category is theirs in the component plus a deviation of the category, both shrunk: where
categories do not differ beyond chance, every category tells what the component does. docs/score.md.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.operators.composite import Composite, Observed
from pipelines.operators.standing import Codes, Floats
from pipelines.operators.weights import BAND, REVIEW, Weights

NOT_SHARES = (BAND, REVIEW)  # fitted on their own scale, not on logits
_SHAPE = {
    "operator_id": pl.String(),
    "component": pl.String(),
    "category": pl.String(),
    "n": pl.Int64(),
    "value": pl.Float64(),
    "expected": pl.Float64(),
    "probability": pl.Float64(),
    "points": pl.Float64(),
}


@dataclass(frozen=True)
class Laid:
    """One component laid open: arrays by operator, and by observation.

    Effects are on the component's own scale (logits, shares for reviews), as in `model.Fit`.
    """

    base: Floats  # by operator: the effect the residuals are taken at
    known: Floats  # by operator: part of the information the pools' own means leave
    weight: Floats  # by observation: information of it
    residual: Floats  # by observation
    average: Floats  # by observation: what an average operator would have got
    is_share: bool


def lay(name: str, part: Observed, y: Floats, who: Codes) -> Laid:
    """Lay a fitted component open.

    Args:
        name: of the component. part: its fit. y: as it was fitted, one per observation.
        who: operator code of each observation.
    """
    fit, size, is_share = part.fit, len(part.fit.n), name not in NOT_SHARES
    if is_share:
        p = np.clip(y - fit.residual, 1e-9, 1 - 1e-9)
        weight = p * (1 - p)
    else:
        s2 = float(np.max(fit.n) / max(np.max(fit.information), 1e-12))
        p = y - fit.residual * s2
        weight = np.full(len(y), 1 / s2)
    total = np.bincount(who, weight, size)
    moved = np.bincount(who, fit.residual, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(total > 0, fit.effect - moved / total, 0.0)
        known = np.where(total > 0, fit.information / total, 0.0)
    shift = fit.mu - base[who]
    average = level(p, shift, is_share=is_share)
    return Laid(base, np.clip(known, 0, 1), weight, fit.residual, average, is_share)


def level(p: Floats, shift: Floats | float, *, is_share: bool) -> Floats:
    """Return the expectation `shift` higher: on logits for shares, else as it is.

    >>> [float(round(x, 3)) for x in level(np.array([0.5, 0.9]), 1.0, is_share=True)]
    [0.731, 0.961]
    """
    if not is_share:
        return np.asarray(p + shift)
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(1 / (1 + (1 - p) / p * np.exp(-np.asarray(shift))))


def steps(laid: Laid, who: Codes, group: Codes, size: int) -> tuple[Floats, Floats]:
    """Return effect and variance of groups of observations, each of one operator.

    One step from the regularised fit, as the model's own; infinite variance: nothing known.

    Args:
        who: operator code by group. group: code by observation, 0..size-1; size: of groups.
    """
    weight = np.bincount(group, laid.weight, size)
    moved = np.bincount(group, laid.residual, size)
    information = weight * laid.known[who]
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = laid.base[who] + np.where(weight > 0, moved / weight, 0.0)
        variance = np.where(information > 1e-9, 1 / information, np.inf)
    return effect, variance


def deviation(effect: Floats, variance: Floats, who: Codes, n_operators: int) -> float:
    """Return the variance between categories within operators, by moments; at least 0.

    Of three categories a person whose effects differ no more than chance makes them:

    >>> deviation(np.array([-1.0, 0.0, 1.0]), np.ones(3), np.zeros(3, int), 1)
    0.0
    >>> deviation(np.array([-2.0, 0.0, 2.0]), np.ones(3), np.zeros(3, int), 1)
    3.0
    """
    w = np.where(np.isfinite(variance), 1 / variance, 0.0)
    total = np.bincount(who, w, n_operators)
    seen = np.bincount(who[w > 0], minlength=n_operators)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(total > 0, np.bincount(who, w * effect, n_operators) / total, 0.0)
        taken = np.where(total > 0, np.bincount(who, w**2, n_operators) / total, 0.0)
    spread = float(w @ (effect - mean[who]) ** 2) - float(np.sum(np.maximum(seen - 1, 0)))
    free = float(np.sum(total - taken))
    return max(0.0, spread / free) if free > 1e-9 else 0.0


def help_rows(
    frame: pl.DataFrame,
    operators: pl.Series,
    observed: dict[str, Observed],
    result: Composite,
    weights: Weights,
) -> pl.DataFrame:
    """Return how far each operator is from peers, by component and by category.

    Args:
        frame: of `observations`. operators: ids in order of their codes. observed, result: made of
            that frame.

    Returns:
        operator_id, component, category (null: the component as a whole), n, value, expected,
        probability (that the true level is below that of an average operator on the same
        contacts; of handle time: outside its band), points (what the score would gain were it
        that of the average; all parts of a component would add up to about its contribution). Of
        categories only those with a probability of at least `help_sure`, or at most one less it,
        by the shrunk estimate and by their own contacts alone. Components without weight, or that
        tell nobody apart, have no rows.
    """
    code = frame["operator_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    parts = [pl.DataFrame(schema=_SHAPE)]
    total = sum(weights.components[name] for name in result.parts)
    for name, part in result.parts.items():
        made = observed[name]
        points = -10 * (part - part.mean()) / result.scale  # to peers, not to the base period
        parts.append(_whole(name, made, points, operators))
        if name == BAND or not made.fit.tau:  # nobody differs now, though in the base period
            continue
        who = code[made.rows]
        y = frame[name].cast(pl.Float64).to_numpy()[made.rows]
        each = 10 * weights.components[name] / total / (made.unit * result.scale)
        parts.append(
            _by_category(
                name, made, y, who, frame["category"].gather(made.rows), operators, each,
                weights.help_sure,
            )
        )  # fmt: skip
    return pl.concat(parts).sort("operator_id", "component", "category", nulls_last=False)


def _whole(name: str, made: Observed, points: Floats, operators: pl.Series) -> pl.DataFrame:
    fit = made.fit
    sd = np.maximum(fit.sd, 1e-9)
    if made.is_band:
        z, spread = (fit.posterior - fit.mu) / made.unit, sd / made.unit
        probability = _below((1 - np.abs(z)) / spread)
    else:
        probability = _below((fit.mu - fit.posterior) / sd)
    rows = pl.DataFrame(
        {
            "operator_id": operators,
            "n": fit.n.astype(np.int64),
            "value": fit.value,
            "expected": fit.expected,
            "probability": probability,
            "points": points,
        }
    )
    return _shaped(rows.filter(pl.col("n") > 0), name, None)


def _by_category(
    name: str,
    made: Observed,
    y: Floats,
    who: Codes,
    categories: pl.Series,
    operators: pl.Series,
    each: float,
    sure: float,
) -> pl.DataFrame:
    laid = lay(name, made, y, who)
    known = categories.unique().sort()
    of = categories.rank("dense").cast(pl.Int64).to_numpy() - 1
    pairs, group = np.unique(who * len(known) + of, return_inverse=True)
    person, category = pairs // len(known), pairs % len(known)
    size = len(pairs)
    effect, variance = steps(laid, person, group, size)
    mean, sd = _levels(effect, variance, person, made)
    weight = np.bincount(group, laid.weight, size)
    part = weight / np.bincount(person, weight, len(operators))[person]
    n = np.bincount(group, minlength=size)
    rows = pl.DataFrame(
        {
            "operator_id": operators.gather(person),
            "category": known.gather(category),
            "n": n,
            "value": np.bincount(group, y, size) / n,
            "expected": np.bincount(group, laid.average, size) / n,
            "probability": _below((made.fit.mu - mean) / np.maximum(sd, 1e-9)),
            "points": -each * part * (mean - made.fit.mu),
            "seen": _below((made.fit.mu - effect) / np.sqrt(variance)),
        }
    )
    # said by the estimate, which leans on the other categories, and by the category's own contacts
    both = pl.col("probability", "seen")
    rows = rows.filter(pl.all_horizontal(both >= sure) | pl.all_horizontal(both <= 1 - sure)).drop(
        "seen"
    )
    # a contact nobody categorised has no matter to help with
    return _shaped(rows.filter(pl.col("category") != ""), name, "category")


def _levels(
    effect: Floats, variance: Floats, person: Codes, made: Observed
) -> tuple[Floats, Floats]:
    """Return mean and sd of the level of each pair of operator and category.

    Normal all along: level = theirs in the component (tau) + deviation of the category (sigma) and
    the error of measurement, so both posteriors have closed forms.
    """
    size, fit = len(made.fit.n), made.fit
    sigma2 = deviation(effect, variance, person, size)
    w = np.where(np.isfinite(variance), 1 / (sigma2 + variance), 0.0)
    spread = 1 / (1 / fit.tau**2 + np.bincount(person, w, size))
    own = fit.mu + spread * np.bincount(person, w * (effect - fit.mu), size)
    kept = np.where(np.isfinite(variance), sigma2 / (sigma2 + variance), 0.0)
    mean = own[person] + kept * (effect - own[person])
    left = np.where(np.isfinite(variance), kept * np.where(kept > 0, variance, 0.0), sigma2)
    return mean, np.sqrt(left + (1 - kept) ** 2 * spread[person])


def _below(z: Floats) -> Floats:
    """Return Phi(z); error below 2e-4."""
    return np.asarray(1 / (1 + np.exp(-np.clip(1.5976 * z + 0.07056 * z**3, -500, 500))))


def _shaped(rows: pl.DataFrame, name: str, category: str | None) -> pl.DataFrame:
    has = pl.col("category") if category else pl.lit(None, dtype=pl.String)
    return rows.with_columns(
        pl.lit(name).alias("component"), has.alias("category"), pl.col(pl.Float64).fill_nan(None)
    ).select(pl.col(one).cast(kind) for one, kind in _SHAPE.items())
