"""Erlang A for many hours at once, each with a number of operators that need not be whole.

The same queue as `erlang_a` (M/M/n+M), by integrals of the virtual wait instead of the states: of
callers who would wait x, exp(-x / patience) are still there. With E = 1 / B(n - 1, calls * handle),
H(x) = patience (1 - exp(-x / patience)) and J(x) = exp(calls * H(x) - n x / handle), the share
answered within T is (E + calls * integral of exp(-x / patience) J over 0..T) / (E + calls *
integral of J over 0..inf). Erlang's B has a continuous extension, so n may be 7.3: people present
for a part of the hour.

Source: A. Mandelbaum and S. Zeltyn, "Call Centers with Impatient Customers: Many-Server Asymptotics
of the M/M/n+G Queue" (2005), section 4; for B of a broken number D. Jagerman, "Some Properties of
the Erlang Loss Function" (1974).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NOBODY = 0.02  # fewer operators than this (a minute of an hour) answer nothing
LARGEST = 1e250  # 1 / B of more operators than ever are all busy
TAIL = 40.0  # exp(-40) of the integrand is nothing
_SHORT = np.polynomial.legendre.leggauss(16)
_LONG = np.polynomial.legendre.leggauss(96)
_LAGUERRE = np.polynomial.laguerre.laggauss(48)


def levels(
    per_s: Floats, handle_s: Floats, patience_s: Floats, operators: Floats, threshold_s: float
) -> Floats:
    """Return the share of callers answered within the threshold in each hour (SL-1).

    Args:
        per_s: calls a second, 0 for none. handle_s, patience_s: means, above 0. operators: present
            on average, 0 or more. All of one length.

    >>> one = np.array([1.0])
    >>> found = levels(one * 120 / 3600, one * 300, one * 120, one * 12, 20)
    >>> round(float(found[0]), 3)
    0.818
    """
    rate = np.maximum(per_s, 1e-9)
    n = np.maximum(operators, NOBODY)
    idle = _idle(rate * handle_s, n - 1)
    drain = n / handle_s

    def weight(x: Floats) -> Floats:
        """Return log J at each place of each hour."""
        told: Floats = (rate * patience_s)[:, None] * -np.expm1(-x / patience_s[:, None])
        return told - drain[:, None] * x

    # beyond `end` J is below exp(-TAIL), whatever its peak
    end = (rate * patience_s + TAIL) / drain
    x_in, w_in = _nodes(_SHORT, np.zeros_like(end), np.full_like(end, threshold_s))
    x_out, w_out = _nodes(_LONG, np.zeros_like(end), end)
    top = np.maximum(weight(x_out).max(axis=1), 0.0)
    scaled = np.exp(weight(x_in) - top[:, None] - x_in / patience_s[:, None])
    within = rate * (scaled * w_in).sum(axis=1)
    every = rate * (np.exp(weight(x_out) - top[:, None]) * w_out).sum(axis=1)
    at_once = idle * np.exp(-top)
    share = (at_once + within) / (at_once + every)
    return np.asarray(np.where(operators < NOBODY, 0.0, np.clip(share, 0.0, 1.0)))


def _nodes(rule: tuple[Floats, Floats], start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return places and weights of a quadrature between two moments of each hour."""
    places, weights = rule
    half = (end - start)[:, None] / 2
    return start[:, None] + half * (places + 1), half * weights


def _idle(load: Floats, servers: Floats) -> Floats:
    """Return 1 / B(servers, load): for a broken number from the integral, then upwards one by one.

    1 / B(x + 1) = 1 + (x + 1) / load / B(x).
    """
    part = np.where(servers < 0, servers, servers - np.floor(servers))
    places, weights = _LAGUERRE
    found = (weights * (1 + places / load[:, None]) ** part[:, None]).sum(axis=1)
    steps = np.maximum(np.floor(servers), 0).astype(np.int64)
    for step in range(1, int(steps.max(initial=0)) + 1):
        more = np.minimum(1 + (part + step) / load * found, LARGEST)
        found = np.where(step <= steps, more, found)
    return np.asarray(found)
