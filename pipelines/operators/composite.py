"""From components to one figure: Q = sum of w_k (q_k - mu_k) / tau_k, with its full uncertainty.

Components share contacts (a contact answered late is also rated low), so errors of one operator's
components are correlated: the interval uses their whole covariance, not the sum of variances.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.operators.model import Codes, Fit, Floats

Z80 = 1.2815515655446004  # half width of an 80 % interval in standard deviations
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True)
class Observed:
    """One fitted component and where its observations stand in the wide frame."""

    fit: Fit
    rows: Codes  # index of each observation in the wide frame
    is_band: bool = False


@dataclass(frozen=True)
class Composite:
    """One place per operator, on the scale of Q; `parts` sums to `q`."""

    q: Floats
    sd: Floats
    reliability: Floats
    parts: dict[str, Floats]
    scale: float  # sqrt(var(Q) + mean(sd^2)): one standard unit


def composite(
    observed: dict[str, Observed], weights: dict[str, float], operator: Codes, n_operators: int
) -> Composite:
    """Combine the components that differ between operators.

    Args:
        observed: component id -> its fit and rows. One whose tau is 0 tells operators apart in
            nothing and is left out: its weight is shared among the rest.
        weights: component id -> weight, any scale; normalised over the components left.
        operator: operator code of every row of the wide frame.
        n_operators: how many operators there are.
    """
    used = {k: o for k, o in observed.items() if weights.get(k, 0) > 0 and o.fit.tau > 0}
    total = sum(weights[k] for k in used)
    w = {k: weights[k] / total for k in used}
    parts: dict[str, Floats] = {}
    variance = np.zeros(n_operators)
    prior = 0.0
    for name, o in used.items():
        if o.is_band:
            z = (o.fit.posterior - o.fit.mu) / o.fit.tau
            mean, var = band(z, np.sqrt(1 - o.fit.reliability))
            (mean0,), (var0,) = band(np.zeros(1), np.ones(1))
            parts[name] = w[name] * (mean - mean0)
            variance += w[name] ** 2 * var
            prior += w[name] ** 2 * float(var0)
        else:
            parts[name] = w[name] * (o.fit.posterior - o.fit.mu) / o.fit.tau
    linear = [k for k, o in used.items() if not o.is_band]
    if linear:
        error, spread = _linear_variance(
            [observed[k] for k in linear], np.array([w[k] for k in linear]), operator, n_operators
        )
        variance += error
        prior += spread
    q = np.sum(list(parts.values()), axis=0) if parts else np.zeros(n_operators)
    sd = np.sqrt(variance)
    scale = float(np.sqrt(np.var(q) + np.mean(variance))) if n_operators else 0.0
    reliability = np.clip(1 - variance / prior, 0, 1) if prior > 0 else np.zeros(n_operators)
    return Composite(q=q, sd=sd, reliability=reliability, parts=parts, scale=scale or 1.0)


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
) -> tuple[Floats, float]:
    """Return the error variance of sum w (q-mu)/tau per operator, and the prior variance of it.

    The error of a shrunken component is B (b - theta) - (1 - B) theta, so between components k, l
    cov = B_k B_l S_kl + (1-B_k)(1-B_l) T_kl: S from shared contacts, T between operators.
    """
    size = len(parts)
    sampling = np.zeros((size, size, n_operators))
    scores = np.zeros((size, len(operator)))
    with np.errstate(divide="ignore"):
        inverse = [np.where(o.fit.information > 0, 1 / o.fit.information, 0.0) for o in parts]
    for k, part in enumerate(parts):
        scores[k, part.rows] = part.fit.residual
        sampling[k, k] = inverse[k]
        for j in range(k):
            shared = np.bincount(operator, scores[k] * scores[j], n_operators)
            limit = np.sqrt(inverse[k] * inverse[j])
            cov = np.clip(shared * inverse[k] * inverse[j], -limit, limit)
            sampling[k, j] = sampling[j, k] = cov
    between = _between(parts, sampling)
    kept = np.array([o.fit.reliability for o in parts])
    u = w / np.array([o.fit.tau for o in parts])
    error = np.einsum("k,l,kj,lj,klj->j", u, u, kept, kept, sampling)
    error += np.einsum("k,l,kj,lj,kl->j", u, u, 1 - kept, 1 - kept, between)
    return np.maximum(error, 0), float(u @ between @ u)


def _between(parts: list[Observed], sampling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of true effects between operators, by moments, made non-negative."""
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
            cov = float(weight @ product / weight.sum())
            correlation[k, j] = correlation[j, k] = np.clip(cov / (a.tau * b.tau), -0.95, 0.95)
    values, vectors = np.linalg.eigh(correlation)
    mended = (vectors * np.maximum(values, 0)) @ vectors.T
    spread = np.sqrt(np.maximum(np.diag(mended), 1e-12))
    tau = np.array([o.fit.tau for o in parts])
    return np.asarray(mended / np.outer(spread, spread) * np.outer(tau, tau))
