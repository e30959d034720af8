"""From components to one figure: Q = sum of w_k (q_k - mu_k) / tau_k, with its full uncertainty.

Means and units are those of the base period, of components it does not have those of the period.

Components share contacts (a contact answered late is also rated low), so errors of one operator's
components are correlated: the interval uses their whole covariance, not the sum of variances.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.operators.level import Base, Level
from pipelines.operators.model import Fit
from pipelines.operators.standing import Codes, Floats

Z80 = 1.2815515655446004  # half width of an 80 % interval in standard deviations
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True)
class Observed:
    """One fitted component and where its observations stand in the wide frame."""

    fit: Fit
    rows: Codes  # index of each observation in the wide frame
    is_band: bool = False
    level: Level | None = None  # to the base period; None: told on the period's own scale

    @property
    def unit(self) -> float:
        """Return one standard unit on the component's own scale."""
        return self.fit.tau if self.level is None else self.fit.unit


@dataclass(frozen=True)
class Composite:
    """One place per operator, on the scale of Q; `parts` sums to `q`."""

    q: Floats
    sd: Floats
    reliability: Floats
    parts: dict[str, Floats]
    scale: float  # sqrt(var(Q) + mean(sd^2)): one standard unit; of the base period where one is
    centres: dict[str, float]  # by component the standing that 50 stands for, units
    level_sd: float  # doubt of how far everybody is from the base period, in every `sd`


def composite(
    observed: dict[str, Observed],
    weights: dict[str, float],
    operator: Codes,
    n_operators: int,
    base: Base | None = None,
) -> Composite:
    """Combine the components that differ between operators.

    Args:
        observed: component id -> its fit and rows. One without a unit tells operators apart in
            nothing and is left out: its weight is shared among the rest.
        weights: component id -> weight, any scale; normalised over the components left.
        operator: operator code of every row of the wide frame.
        n_operators: how many operators there are.
        base: whose centres and scale are kept; None: there is none yet.
    """
    used = {k: o for k, o in observed.items() if weights.get(k, 0) > 0 and o.unit > 0}
    total = sum(weights[k] for k in used)
    w = {k: weights[k] / total for k in used}
    parts: dict[str, Floats] = {}
    centres: dict[str, float] = {}
    variance = np.zeros(n_operators)
    prior = np.zeros(n_operators)
    for name, o in used.items():
        if o.is_band:
            # a band knows no better or worse of everybody: its middle is the period's own
            stands, var = band(o.fit.standing, o.fit.standing_sd)
            _, (var0,) = band(np.zeros(1), np.array([o.fit.tau / o.unit]))
            variance += w[name] ** 2 * var
            prior += w[name] ** 2 * float(var0)
        else:
            stands = o.fit.standing + (o.level.shift / o.unit if o.level else 0.0)
        # 50 is the average operator, not the average contact
        kept = base.parts[name].centre if base and o.level else float(stands.mean())
        centres[name] = kept
        parts[name] = w[name] * (stands - kept)
    linear = [k for k, o in used.items() if not o.is_band]
    if linear:
        error, spread = _linear_variance(
            [observed[k] for k in linear], np.array([w[k] for k in linear]), operator, n_operators
        )
        variance += error
        prior += spread
    q = np.sum(list(parts.values()), axis=0) if parts else np.zeros(n_operators)
    # of operators beside each other: how far all of them are from the base period is another doubt
    reliability = np.clip(1 - variance / np.maximum(prior, 1e-12), 0, 1) * (prior > 0)
    level_sd = _level_sd([(w[k], used[k]) for k in linear], len(operator))
    variance += level_sd**2
    if base:
        scale = base.scale
    else:
        scale = float(np.sqrt(np.var(q) + np.mean(variance))) if n_operators else 0.0
    return Composite(
        q=q,
        sd=np.sqrt(variance),
        reliability=reliability,
        parts=parts,
        scale=scale or 1.0,
        centres=centres,
        level_sd=level_sd,
    )


def _level_sd(parts: list[tuple[float, Observed]], n_rows: int) -> float:
    """Return the sd of sum w_k shift_k / unit_k; components share contacts."""
    error = np.zeros(n_rows)
    for weight, o in parts:
        if o.level:
            error[o.rows] += weight / o.unit * o.level.error
    return float(np.sqrt(error @ error))


def band(z: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of -max(0, |x| - 1) where x is normal (z, sd), by quadrature.

    >>> float(band(np.array([0.0, 3.0]), np.array([0.0, 0.0]))[0][1])
    -2.0
    """
    score = -np.maximum(0, np.abs(z[:, None] + sd[:, None] * _NODES) - 1)
    p = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
    mean = score @ p
    return mean, np.maximum(0, (score**2) @ p - mean**2)


def _linear_variance(
    parts: list[Observed], w: Floats, operator: Codes, n_operators: int
) -> tuple[Floats, Floats]:
    """Return per operator the error variance of sum w (q-mu)/tau, and the prior variance of it.

    The error of a shrunken component is B (b - theta) - (1 - B) theta, so between components k, l
    cov = (1-f) (B_k B_l S_kl + (1-B_k)(1-B_l) T_kl) + f T_kl: S from shared contacts, T_kl =
    r_kl t_k t_l between operators, t each one's spread, f the share taken by the pools' means.
    """
    size = len(parts)
    sampling = np.zeros((size, size, n_operators))
    scores = np.zeros((size, len(operator)))
    inverse = [np.where(np.isfinite(v), v, 0.0) for v in (o.fit.variance for o in parts)]
    for k, part in enumerate(parts):
        scores[k, part.rows] = part.fit.residual
        sampling[k, k] = inverse[k]
        for j in range(k):
            shared = np.bincount(operator, scores[k] * scores[j], n_operators)
            limit = np.sqrt(inverse[k] * inverse[j])
            cov = np.clip(shared * inverse[k] * inverse[j], -limit, limit)
            sampling[k, j] = sampling[j, k] = cov
    correlation = _between(parts, sampling)
    u = w[:, None] / np.array([[o.unit] for o in parts])
    spread = u * np.array([o.fit.spread for o in parts])
    taken = np.array([o.fit.taken for o in parts])
    kept = np.array([o.fit.reliability for o in parts]) / np.maximum(1 - taken, 1e-9)
    free = np.sqrt(1 - taken)
    seen, left, mean = u * kept * free, spread * (1 - kept) * free, spread * np.sqrt(taken)
    error = np.einsum("kj,lj,klj->j", seen, seen, sampling)
    error += np.einsum("kj,lj,kl->j", left, left, correlation)
    error += np.einsum("kj,lj,kl->j", mean, mean, correlation)
    # each component's own variance besides: what not knowing tau adds to B v / tau^2 = 1 - B
    for k, part in enumerate(parts):
        plain = spread[k] ** 2 * (1 - part.fit.reliability)
        error += w[k] ** 2 * part.fit.standing_sd**2 - plain
    return np.maximum(error, 0), np.einsum("kj,lj,kl->j", spread, spread, correlation)


def _between(parts: list[Observed], sampling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how true effects go together between operators, by moments, made non-negative."""
    size = len(parts)
    correlation = np.eye(size)
    for k in range(size):
        for j in range(k):
            a, b = parts[k].fit, parts[j].fit
            both = (a.n > 0) & (b.n > 0)
            if not both.any():
                continue
            product = (a.effect - a.mu)[both] * (b.effect - b.mu)[both] - sampling[k, j][both]
            weight = np.sqrt(a.reliability[both] * b.reliability[both])
            spreads = float(weight @ (a.spread * b.spread)[both])
            if spreads <= 0:
                continue
            r = np.clip(float(weight @ product) / spreads, -0.95, 0.95)
            correlation[k, j] = correlation[j, k] = r
    values, vectors = np.linalg.eigh(correlation)
    mended = (vectors * np.maximum(values, 0)) @ vectors.T
    spread = np.sqrt(np.maximum(np.diag(mended), 1e-12))
    return np.asarray(mended / np.outer(spread, spread))
