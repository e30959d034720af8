"""Case-mix adjustment and shrinkage of one component: observations in, one row per operator out.

Two-way: what a stratum is like (channel, hour, line, category) and what an operator is like are
fitted together, because good operators are given hard matters; fitted one after the other, the
expectation would absorb their quality. Operators are compared within the pools they share (the
first level of strata): what only a pool's own people do says nothing about them beside others.
Formulas: docs/score.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.operators.standing import Codes, Floats, standing

ROUNDS = 8
SETTLED = 0.002  # logits: a round that moves nobody further is the last
LONGEST_STEP = 1.0  # logits a round: a stratum that never failed must not run away


@dataclass(frozen=True)
class Fit:
    """One component; arrays have one place per operator, `residual` one per observation.

    effect, posterior, sd and tau are logits for a share, ln(seconds) for handle time; effects are
    relative to an average operator (weighted mean 0). An operator with no observation has
    effect = posterior = 0, variance = inf, sd = tau, reliability = 0.
    """

    n: Floats
    value: Floats  # observed mean; nan with no observation
    expected: Floats  # what an average operator would have got on the same contacts
    slope: Floats  # change of the expected mean with the effect: mean p(1-p), or 1
    information: Floats  # sum of p(1-p) (or n/s^2) less what the pools' own means take up
    taken: Floats  # share of it that the pools' own means take up
    effect: Floats
    variance: Floats  # of effect, the pools' means taken as known
    posterior: Floats
    sd: Floats
    reliability: Floats
    standing: Floats  # (true effect - mu) / tau, tau itself known only as far as the data say
    standing_sd: Floats
    spread: Floats  # sd of true effects between operators of the same kind of work
    tau: float  # between operators
    mu: float
    unit: float  # a standing of 1, on the component's own scale; 0: nobody differs
    residual: Floats
    predicted: Floats  # of an average operator, one per observation
    steps: list[Floats]  # of it, what each level adds, by stratum code

    @property
    def gap(self) -> Floats:
        """Shrunken distance from the expectation in natural units (share); nan where n is 0."""
        return (self.posterior - self.mu) * self.slope


def fit(
    y: Floats, operator: Codes, n_operators: int, levels: list[Codes], m: float, *, binary: bool,
    kind: Codes | None = None, unit: float | None = None,
) -> Fit:  # fmt: skip
    """Fit one component; there is at least one observation.

    Args:
        y: one value per observation: 0 or 1, or ln(seconds) when not binary.
        operator: code 0..n_operators-1 of each observation.
        n_operators: how many operators there are, those without an observation included.
        levels: nested stratum codes from coarse to fine. The first, the pools, take their own mean
            in full; each further one is shrunk to the one before as if it had `m` more contacts of
            its parent's rate.
        m: strength of that shrinkage, contacts.
        binary: logit link; else identity with one residual variance.
        kind: of work by operator, where it differs how much they differ; see `standing`.
        unit: see `standing`.
    """
    stratum, operator_effect, steps = _two_way(y, operator, n_operators, levels, m, binary=binary)
    eta = stratum + operator_effect[operator]
    p, v = mean_of(eta, binary=binary)
    s2 = 1.0 if binary else max(float(np.mean((y - p) ** 2)), 1e-12)
    n = np.bincount(operator, minlength=n_operators).astype(float)
    weight = np.bincount(operator, v, n_operators)
    information = weight / s2
    seen = information > 0
    taken = np.ones(n_operators)
    share = _taken_by_pools(v, operator, levels[0], n_operators)[seen] / weight[seen]
    taken[seen] = np.clip(share, 0, 1)
    step = np.bincount(operator, y - p, n_operators) / s2
    effect = np.zeros(n_operators)
    variance = np.full(n_operators, np.inf)
    # one step from the regularised fit: finite for an operator who never failed
    effect[seen] = operator_effect[seen] + step[seen] / information[seen]
    variance[seen] = 1 / information[seen]
    found = standing(effect, variance, taken, kind, unit)
    with np.errstate(invalid="ignore"):
        slope = weight / n
        value = np.bincount(operator, y, n_operators) / n
        # the average operator of this fit stands at mu
        average, _ = mean_of(stratum + found.mu, binary=binary)
        expected = np.bincount(operator, average, n_operators) / n
    return Fit(
        n=n,
        value=value,
        slope=slope,
        expected=expected,
        information=information * (1 - taken),
        taken=taken,
        effect=effect,
        variance=variance,
        **found.fields(),
        residual=(y - p) / s2,
        predicted=stratum + found.mu,
        steps=steps,
    )


def _two_way(
    y: Floats, operator: Codes, n_operators: int, levels: list[Codes], m: float, *, binary: bool
) -> tuple[Floats, Floats, list[Floats]]:
    """Return the stratum part of the predictor per observation, operators' effects, levels' steps.

    The last: what each level but the pools' adds to the predictor, by stratum code.
    """
    # pools first: where pools share no people, nothing else could keep a hard pool from its people
    pool = levels[0]
    mean = float(np.clip(np.mean(y), 0.001, 0.999) if binary else np.mean(y))
    means = (np.bincount(pool, y) + mean) / (np.bincount(pool) + 1)
    stratum = (np.log(means / (1 - means)) if binary else means)[pool]
    effect = np.zeros(n_operators)
    deltas = [np.zeros(int(level.max(initial=-1)) + 1) for level in levels]
    for _ in range(ROUNDS):
        for i, (level, delta) in enumerate(zip(levels, deltas, strict=True)):
            p, v = mean_of(stratum + effect[operator], binary=binary)
            weight = np.bincount(level, v, len(delta))
            # m more contacts of the parent's rate: information m * p(1-p) around 0; pools: none
            n = np.maximum(np.bincount(level, minlength=len(delta)), 1)
            prior = (m if i else 0.0) * weight / n
            step = _step(np.bincount(level, y - p, len(delta)) - prior * delta, weight + prior)
            delta += step
            stratum = stratum + step[level]
        p, v = mean_of(stratum + effect[operator], binary=binary)
        weight = np.bincount(operator, v, n_operators)
        step = _step(np.bincount(operator, y - p, n_operators) - effect, weight + 1.0)
        effect += step
        middle = float(weight @ effect / weight.sum()) if weight.sum() else 0.0
        effect -= np.where(weight > 0, middle, 0)
        stratum = stratum + middle
        if np.abs(step).max(initial=0) < SETTLED:
            break
    return stratum, effect, deltas


def _taken_by_pools(v: Floats, operator: Codes, pool: Codes, n_operators: int) -> Floats:
    """Return per operator what estimating the pools' means costs: sum of V_jg^2 / V_g over pools.

    All of it for an operator alone in a pool: nobody to be compared with.
    """
    n_pools = int(pool.max()) + 1
    own = np.bincount(operator * n_pools + pool, v, n_operators * n_pools)
    own = own.reshape(n_operators, n_pools)
    whole = np.maximum(own.sum(axis=0), 1e-12)
    return np.asarray((own**2 / whole).sum(axis=1))


def _step(score: NDArray[Any], information: NDArray[Any]) -> Floats:
    return np.asarray(np.clip(score / np.maximum(information, 1e-9), -LONGEST_STEP, LONGEST_STEP))


def mean_of(eta: Floats, *, binary: bool) -> tuple[Floats, Floats]:
    """Return what is expected at a predictor, and the information of one observation of it."""
    if not binary:
        return eta, np.ones_like(eta)
    p = 1 / (1 + np.exp(-eta))
    return p, p * (1 - p)
