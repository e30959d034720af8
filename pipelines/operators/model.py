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

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ROUNDS = 8
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
    effect: Floats
    variance: Floats  # of effect
    posterior: Floats
    sd: Floats
    reliability: Floats
    tau: float  # between operators
    mu: float
    residual: Floats

    @property
    def gap(self) -> Floats:
        """Shrunken distance from the expectation in natural units (share); nan where n is 0."""
        return (self.posterior - self.mu) * self.slope


def fit(
    y: Floats, operator: Codes, n_operators: int, levels: list[Codes], m: float, *, binary: bool
) -> Fit:
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
    """
    stratum, operator_effect = _two_way(y, operator, n_operators, levels, m, binary=binary)
    eta = stratum + operator_effect[operator]
    p, v = _mean(eta, binary=binary)
    s2 = 1.0 if binary else max(float(np.mean((y - p) ** 2)), 1e-12)
    n = np.bincount(operator, minlength=n_operators).astype(float)
    weight = np.bincount(operator, v, n_operators)
    information = (weight - _taken_by_pools(v, operator, levels[0], n_operators)) / s2
    seen = information > 1e-6 * weight / s2
    step = np.bincount(operator, y - p, n_operators) / s2
    effect = np.zeros(n_operators)
    variance = np.full(n_operators, np.inf)
    # one step from the regularised fit: finite for an operator who never failed
    effect[seen] = operator_effect[seen] + step[seen] / (weight[seen] / s2)
    variance[seen] = 1 / information[seen]
    mu, tau2 = between(effect[seen], variance[seen])
    reliability, posterior, sd = shrink(effect, variance, mu, tau2)
    with np.errstate(invalid="ignore"):
        slope = weight / n
        value = np.bincount(operator, y, n_operators) / n
        # the average operator of this fit stands at mu
        average, _ = _mean(stratum + mu, binary=binary)
        expected = np.bincount(operator, average, n_operators) / n
    return Fit(
        n=n,
        value=value,
        slope=slope,
        expected=expected,
        information=np.where(seen, information, 0),
        effect=effect,
        variance=variance,
        posterior=posterior,
        sd=sd,
        reliability=reliability,
        tau=float(np.sqrt(tau2)),
        mu=mu,
        residual=(y - p) / s2,
    )


def _two_way(
    y: Floats, operator: Codes, n_operators: int, levels: list[Codes], m: float, *, binary: bool
) -> tuple[Floats, Floats]:
    """Return the stratum part of the predictor per observation, and the operators' effects."""
    # pools first: where pools share no people, nothing else could keep a hard pool from its people
    pool = levels[0]
    mean = float(np.clip(np.mean(y), 0.001, 0.999) if binary else np.mean(y))
    means = (np.bincount(pool, y) + mean) / (np.bincount(pool) + 1)
    stratum = (np.log(means / (1 - means)) if binary else means)[pool]
    effect = np.zeros(n_operators)
    deltas = [np.zeros(int(level.max(initial=-1)) + 1) for level in levels]
    for _ in range(ROUNDS):
        for i, (level, delta) in enumerate(zip(levels, deltas, strict=True)):
            p, v = _mean(stratum + effect[operator], binary=binary)
            weight = np.bincount(level, v, len(delta))
            # m more contacts of the parent's rate: information m * p(1-p) around 0; pools: none
            n = np.maximum(np.bincount(level, minlength=len(delta)), 1)
            prior = (m if i else 0.0) * weight / n
            step = _step(np.bincount(level, y - p, len(delta)) - prior * delta, weight + prior)
            delta += step
            stratum = stratum + step[level]
        p, v = _mean(stratum + effect[operator], binary=binary)
        weight = np.bincount(operator, v, n_operators)
        effect += _step(np.bincount(operator, y - p, n_operators) - effect, weight + 1.0)
        middle = float(weight @ effect / weight.sum()) if weight.sum() else 0.0
        effect -= np.where(weight > 0, middle, 0)
        stratum = stratum + middle
    return stratum, effect


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


def _mean(eta: Floats, *, binary: bool) -> tuple[Floats, Floats]:
    if not binary:
        return eta, np.ones_like(eta)
    p = 1 / (1 + np.exp(-eta))
    return p, p * (1 - p)


def between(effect: Floats, variance: Floats) -> tuple[float, float]:
    """Return the weighted mean of effects and tau2, the variance between operators.

    DerSimonian-Laird: tau2 = max(0, (Q - (J-1)) / (sum w - sum w^2 / sum w)), w = 1/variance.

    >>> between(np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5]))
    (0.0, 0.5)
    """
    if len(effect) < 2:
        return (float(effect[0]) if len(effect) else 0.0), 0.0
    w = 1 / variance
    mu = float(w @ effect / w.sum())
    q = float(w @ (effect - mu) ** 2)
    return mu, max(0.0, (q - (len(effect) - 1)) / float(w.sum() - (w @ w) / w.sum()))


def shrink(
    effect: Floats, variance: Floats, mu: float, tau2: float
) -> tuple[Floats, Floats, Floats]:
    """Return reliability B = tau2/(tau2+v), posterior mu + B(b-mu) and its sd sqrt(B v).

    Where the variance is infinite (nothing observed) the posterior is the prior: mu, sd = tau.

    >>> [float(x[0]) for x in shrink(np.array([1.0]), np.array([0.5]), 0.0, 0.5)]
    [0.5, 0.5, 0.5]
    """
    reliability = tau2 / (tau2 + variance)
    sd = np.sqrt(tau2 * (1 - reliability))
    return reliability, mu + reliability * (effect - mu), sd
