"""The figures of a week by name: what a decision is tied to, and what later data changed.

Names: contacts, tried, unserved, failed, level, wait, handle, repeats, csat, broken, and
`promise:<id>`, `channel:<id>`, `category:<id>`.
"""

from dataclasses import dataclass
from typing import Any

DIGITS = {"count": 0, "share": 3, "s": 0}  # as shown: whole, a tenth of a per cent, a second

LOWER_IS_BETTER = ("unserved", "failed", "repeats", "broken")  # and every figure in seconds


@dataclass(frozen=True)
class Figure:
    """One figure; `value` None: not known. unit: count, share (0-1), s."""

    name: str
    value: float | None
    unit: str


@dataclass(frozen=True)
class Difference:
    """A figure that later data changed as far as it is shown; None: not known then, or now."""

    name: str
    unit: str
    was: float | None
    now: float | None


def headline(figures: dict[str, Any]) -> list[Figure]:
    """Return the figures of `pipelines.metrics.week` by name, the gravest first."""
    return [
        Figure("unserved", figures["people"]["unserved"], "count"),
        # editions of before it was told have no such figure
        *(
            Figure("failed", told["failed"], "count")
            for told in (figures.get("failed"),)
            if told is not None
        ),
        Figure("tried", figures["people"]["tried"], "count"),
        Figure("contacts", figures["volume"]["contacts"], "count"),
        Figure("level", figures["level"]["share"], "share"),
        *(
            Figure(name, told["mean"], "s")
            for name, told in (figures.get("means") or {}).items()  # nor these
        ),
        Figure("repeats", figures["repeats"]["share"], "share"),
        Figure("csat", figures["ratings"]["share"], "share"),
        Figure("broken", figures["promise_states"]["broken"], "count"),
        *(
            Figure(f"promise:{row['promise']}", row["value"], row["unit"])
            for row in figures["promises"].iter_rows(named=True)
        ),
        *(
            Figure(f"channel:{row['channel'] or ''}", row["contacts"], "count")
            for row in figures["by_channel"].iter_rows(named=True)
        ),
        *(
            Figure(f"category:{row['category'] or ''}", row["contacts"], "count")
            for row in figures["categories"].iter_rows(named=True)
        ),
    ]


def figure(figures: dict[str, Any], name: str) -> Figure | None:
    """Return one figure by its name; None: the week has none of that name."""
    return next((one for one in headline(figures) if one.name == name), None)


def differences(was: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """Return what differs between two answers for the same week, as far as it is shown.

    A category that is among the ten of one answer only is no difference: it is not known of the
    other.
    """
    old = {one.name: one for one in headline(was)}
    return [
        Difference(one.name, one.unit, old[one.name].value, one.value)
        for one in headline(now)
        if one.name in old and _shown(old[one.name]) != _shown(one)
    ]


def _shown(one: Figure) -> float | None:
    return None if one.value is None else round(one.value, DIGITS.get(one.unit, 3))
