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
FEWEST_OF_KIND = 6  # operators of one kind of work, to know how much they differ in it
NOBODY = 0.5  # chance, before the data, that operators do not differ at all in a component
_GRID = 200  # values of tau
_DRAWS = 100
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
    residual: Floats

    @property
    def gap(self) -> Floats:
        """Shrunken distance from the expectation in natural units (share); nan where n is 0."""
        return (self.posterior - self.mu) * self.slope


def fit(
    y: Floats, operator: Codes, n_operators: int, levels: list[Codes], m: float, *, binary: bool,
    kind: Codes | None = None,
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
    """
    stratum, operator_effect = _two_way(y, operator, n_operators, levels, m, binary=binary)
    eta = stratum + operator_effect[operator]
    p, v = _mean(eta, binary=binary)
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
    found = standing(effect, variance, taken, kind)
    with np.errstate(invalid="ignore"):
        slope = weight / n
        value = np.bincount(operator, y, n_operators) / n
        # the average operator of this fit stands at mu
        average, _ = _mean(stratum + found.mu, binary=binary)
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
        step = _step(np.bincount(operator, y - p, n_operators) - effect, weight + 1.0)
        effect += step
        middle = float(weight @ effect / weight.sum()) if weight.sum() else 0.0
        effect -= np.where(weight > 0, middle, 0)
        stratum = stratum + middle
        if np.abs(step).max(initial=0) < SETTLED:
            break
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

    at and sd: (true effect - mu) / tau and its doubt. spread: sd of the true effects of the
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
        }


def standing(
    effect: Floats, variance: Floats, taken: Floats | None = None, kind: Codes | None = None
) -> Standing:
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

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4, equations 5.17, 5.20 and 5.21,
    the likelihood that of contrasts within pools (restricted: Patterson and Thompson 1971);
    prior s / (s + tau)^2, s^2 the harmonic mean of
    the variances: DuMouchel's, in Spiegelhalter, Abrams and Myles 2004, 5.7.3.
    """
    known = np.isfinite(variance)
    w = np.where(known, 1 / variance, 0.0)
    taken = w / max(w.sum(), 1e-12) if taken is None else taken
    mu, tau2 = between(effect[known], variance[known], taken[known])
    at, sd = np.zeros(len(effect)), np.ones(len(effect))
    spread = np.full(len(effect), np.sqrt(tau2))
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
        unit = np.sqrt(np.mean(draws[:, known] ** 2, axis=1))[:, None]
        tau, b, v = draws[:, known], away[known], variance[known]
        pull = tau**2 / (tau**2 + v)
        unit_or_one = np.where(unit > 0, unit, 1.0)
        mean = pull * b / unit_or_one
        doubt = (1 - taken[known]) * pull * v + taken[known] * tau**2
        doubt = np.where(unit > 0, doubt / unit_or_one**2, 1.0)  # nobody differs: nothing known
        at[known] = mean.mean(axis=0)
        sd[known] = np.sqrt((doubt + mean**2).mean(axis=0) - at[known] ** 2)
        if len(groups) > 1:
            spread[known] = np.sqrt(np.mean(tau**2, axis=0))
            tau2 = float(np.mean(unit**2))
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
