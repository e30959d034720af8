"""How much operators differ in a component, and where each of them stands: shrinkage.

Formulas: docs/score.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FEWEST_OF_KIND = 6  # operators of one kind of work, to know how much they differ in it
NOBODY = 0.5  # chance, before the data, that operators do not differ at all in a component
_GRID = 200  # values of tau
_DRAWS = 100


def between(effect: Floats, variance: Floats, taken: Floats | None = None) -> tuple[float, float]:
    """Return the weighted mean of effects and tau2, the variance between operators.

    DerSimonian-Laird: tau2 = max(0, (Q - (J-1)) / (sum w - sum w^2 / sum w)), w = 1/variance; with
    pools (Q - sum f) / sum w f, f the share of each one's information that no mean has taken.

    >>> between(np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5]))
    (0.0, 0.5)
    """
    if len(effect) < 2:
        return (float(effect[0]) if len(effect) else 0.0), 0.0
    w = 1 / variance
    mu = float(w @ effect / w.sum())
    free = 1 - (w / w.sum() if taken is None else taken)
    q = float(w @ (effect - mu) ** 2)
    return mu, max(0.0, (q - float(free.sum())) / max(float(w @ free), 1e-12))


def shrink(
    effect: Floats, variance: Floats, mu: float, tau2: Floats | float
) -> tuple[Floats, Floats, Floats]:
    """Return reliability B = tau2/(tau2+v), posterior mu + B(b-mu) and its sd sqrt(B v).

    Where the variance is infinite (nothing observed) the posterior is the prior: mu, sd = tau.

    >>> [float(x[0]) for x in shrink(np.array([1.0]), np.array([0.5]), 0.0, 0.5)]
    [0.5, 0.5, 0.5]
    """
    reliability = tau2 / (tau2 + variance)
    sd = np.sqrt(tau2 * (1 - reliability))
    return reliability, mu + reliability * (effect - mu), sd


@dataclass(frozen=True)
class Standing:
    """Where operators stand, in units of `tau`; one place per operator.

    at and sd: (true effect - mu) / tau and its doubt; unit: one of it, on the scale of effects:
    that given, else what mean effects are to mean standings. spread: sd of the true effects of the
    operator's kind, logits. reliability, posterior and posterior_sd: the same with tau fixed.
    """

    at: Floats
    sd: Floats
    spread: Floats
    reliability: Floats
    posterior: Floats
    posterior_sd: Floats
    tau: float
    mu: float
    unit: float

    def fields(self) -> dict[str, Any]:
        """Return it as the fields of a `Fit`."""
        return {
            "standing": self.at,
            "standing_sd": self.sd,
            "spread": self.spread,
            "reliability": self.reliability,
            "posterior": self.posterior,
            "sd": self.posterior_sd,
            "tau": self.tau,
            "mu": self.mu,
            "unit": self.unit,
        }


def standing(
    effect: Floats, variance: Floats, taken: Floats | None = None, kind: Codes | None = None,
    unit: float | None = None,
) -> Standing:  # fmt: skip
    """Return the standing of each operator, over everything that the spread tau may be.

    With tau fixed at its estimate intervals are too short: few operators, or a component that
    tells them apart by little, leave tau uncertain, and it both shrinks and scales. So standings
    are averaged over draws of p(tau | effects). Nothing observed: at 0, sd 1.

    An effect says how far somebody is from the mean of the pool, so of the own effect the share
    `taken` by that mean is not observed and keeps the variance of the prior.

    Args:
        effect, variance: as in `Fit`; the variance is infinite where nothing was observed.
        taken: share of the operator's information in the pools' means; None: one pool of all.
        kind: of work, where it is another act in each (a ring, a first reply): every kind that
            enough operators do has a tau of its own; the unit is the root of their mean square.
        unit: published, of the base period: standings are told in it, shrunk by this period's tau.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4, equations 5.17, 5.20 and 5.21,
    the likelihood that of contrasts within pools (restricted: Patterson and Thompson 1971);
    prior s / (s + tau)^2, s^2 the harmonic mean of
    the variances: DuMouchel's, in Spiegelhalter, Abrams and Myles 2004, 5.7.3.
    """
    known = np.isfinite(variance)
    w = np.where(known, 1 / variance, 0.0)
    taken = w / max(w.sum(), 1e-12) if taken is None else taken
    mu, tau2 = between(effect[known], variance[known], taken[known])
    if unit and known.sum() < 2:  # one tells no spread: that of the base period
        tau2 = unit**2
    at, sd = np.zeros(len(effect)), np.ones(len(effect))
    spread = np.full(len(effect), np.sqrt(tau2))
    published = unit or 0.0
    if known.sum() >= 2:
        groups = _kinds(known, kind)
        # what tau of each kind may be: stratified draws, their order shuffled between kinds
        draws = np.empty((_DRAWS, len(effect)))
        away = effect - mu
        for i, people in enumerate(groups):
            some = variance[people], taken[people]
            if len(groups) > 1:  # of its own mean: pools take theirs in full anyway
                away[people] = effect[people] - between(effect[people], *some)[0]
            found = _possible(away[people], *some)
            draws[:, people] = np.random.default_rng(i).permutation(found)[:, None]
        own = np.sqrt(np.mean(draws[:, known] ** 2, axis=1))[:, None]
        told = own if unit is None else np.full_like(own, unit)
        tau, b, v = draws[:, known], away[known], variance[known]
        pull = tau**2 / (tau**2 + v)
        told_or_one = np.where(told > 0, told, 1.0)
        mean = pull * b / told_or_one
        doubt = (1 - taken[known]) * pull * v + taken[known] * tau**2
        doubt = np.where(told > 0, doubt / told_or_one**2, 1.0)  # nobody differs: nothing known
        at[known] = mean.mean(axis=0)
        sd[known] = np.sqrt(np.maximum((doubt + mean**2).mean(axis=0) - at[known] ** 2, 0))
        if len(groups) > 1:
            spread[known] = np.sqrt(np.mean(tau**2, axis=0))
            tau2 = float(np.mean(own**2))
        if unit is None:
            square = float(np.sum(at[known] ** 2))
            effects = (pull * b).mean(axis=0)
            published = float(np.sqrt(np.sum(effects**2) / square)) if square > 0 else 0.0
        else:
            sd[~known] = np.sqrt(np.mean(own**2)) / unit
    kept, posterior, _ = shrink(effect, variance, mu, spread**2)
    reliability = kept * (1 - taken)
    return Standing(
        at=at,
        sd=sd,
        spread=spread,
        reliability=reliability,
        posterior=posterior,
        posterior_sd=spread * np.sqrt(1 - reliability),
        tau=float(np.sqrt(tau2)),
        mu=mu,
        unit=published,
    )


def _kinds(known: NDArray[np.bool_], kind: Codes | None) -> list[Codes]:
    """Return the operators of each kind of work; kinds of few operators are one together."""
    everybody = np.flatnonzero(known)
    if kind is None:
        return [everybody]
    own = [everybody[kind[everybody] == one] for one in np.unique(kind[everybody])]
    rest = [people for people in own if len(people) < FEWEST_OF_KIND]
    own = [people for people in own if len(people) >= FEWEST_OF_KIND]
    return [*own, np.concatenate(rest)] if rest else own


def _possible(b: Floats, v: Floats, taken: Floats) -> Floats:
    """Return draws of tau given effects b around their mean, in order, each as likely."""
    _, tau2 = between(b, v, taken)
    w = 1 / (v + tau2)
    free = 1 - taken
    widest = np.sqrt(tau2 + 5 * np.sqrt(2 / max(float(w**2 @ free), 1e-12)))
    step = widest / _GRID
    tau = step * (np.arange(_GRID + 1) - 0.5)
    tau[0] = 0.0
    total = tau[:, None] ** 2 + v
    log_p = -0.5 * (free * np.log(total) + b**2 / total).sum(axis=1)
    usual = np.sqrt(len(v) / float((1 / v).sum()))
    log_p += np.log((1 - NOBODY) * step * usual / (usual + tau) ** 2)
    log_p[0] += np.log(NOBODY * usual / ((1 - NOBODY) * step))
    p = np.exp(log_p - log_p.max())
    if p[0] > p[1:].sum():  # more likely than not nobody differs (median probability model)
        return np.zeros(_DRAWS)
    below = np.cumsum(p)
    return np.asarray(np.interp((np.arange(_DRAWS) + 0.5) / _DRAWS, below / below[-1], tau))
