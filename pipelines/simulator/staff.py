"""Operators: who they are, how good they truly are, and who is on shift on a day.

Two days on, two off (a day shift, then for some a night shift), planned for a forecast that
believes in calmer Mondays than there are. Everything is a function of seed, traffic and date, so
live traffic has the operators of the history it follows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np

from pipelines.simulator.names import chosen
from pipelines.simulator.parameters import (
    DAY_S,
    LINES,
    Flags,
    Floats,
    Ints,
    Parameters,
)
from pipelines.simulator.planning import cover, load, needed

QUALITIES = ("solve", "speed", "courtesy", "diligence", "response")


@dataclass(frozen=True)
class Shift:
    """One person's presence, in seconds from the local midnight of the day that is run."""

    operator: int
    on_s: float
    off_s: float
    pauses: tuple[tuple[float, float, str], ...]  # begins, lasts, reason


@dataclass(frozen=True)
class Staff:
    """Arrays by operator index. `quality` is the truth: normal, mean 0, in units of quality_sd."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    team: tuple[str, ...]
    skills: tuple[str, ...]
    hired_on: tuple[date, ...]
    desk: Ints
    english: Flags
    quality: Floats  # [operator, component of QUALITIES]
    needs: dict[tuple[int, int], list[tuple[float, float]]]  # (desk, weekday) -> shifts to fill
    desks: tuple[str, ...]
    params: Parameters
    seed: int

    @cached_property
    def members(self) -> tuple[list[int], ...]:
        """Operators of each desk."""
        return tuple(np.flatnonzero(self.desk == d).tolist() for d in range(len(self.desks)))

    def effect(self, component: str) -> Floats:
        """Return each operator's true effect in the component's own unit."""
        sd: float = self.params.raw["quality_sd"][component]
        return self.quality[:, QUALITIES.index(component)] * sd

    def shifts(self, day: date, is_working: bool) -> list[Shift]:
        """Return the shifts of a day, among them night shifts begun the evening before."""
        carried = [
            Shift(s.operator, s.on_s - DAY_S, s.off_s - DAY_S,
                  tuple((t - DAY_S, d, r) for t, d, r in s.pauses))
            for s in self._begun(day - timedelta(days=1), True)
            if s.off_s > DAY_S
        ]  # fmt: skip
        return carried + self._begun(day, is_working)

    def _begun(self, day: date, is_working: bool) -> list[Shift]:
        rng = np.random.default_rng([self.seed, 13, day.toordinal()])
        made: list[Shift] = []
        for desk, name in enumerate(self.desks):
            wanted = self.needs[desk, day.weekday()]
            if name == "portal":
                who = self.members[desk] if is_working else []
                wanted = wanted * len(who)
            else:
                who = self._on_duty(desk, day, wanted)
            for (start, length), operator in zip(wanted, who, strict=False):
                u = rng.random(6)
                # a desk of two or three finds a substitute
                if u[0] >= self.params.raw["absent"] or len(wanted) < 4:
                    made.append(self._shift(operator, start * 3600.0, length * 3600.0, u))
        return made

    def _on_duty(self, desk: int, day: date, wanted: list[tuple[float, float]]) -> list[int]:
        n = day.toordinal()
        phase: dict[int, list[int]] = {0: [], 1: [], 2: [], 3: []}
        for i, operator in enumerate(self.members[desk]):
            phase[(i + n) % 4].append(operator)
        turn = n // 4 % max(1, len(phase[1]))
        second = phase[1][turn:] + phase[1][:turn]
        nights = sum(start >= 18 for start, _ in wanted)  # stand last in `wanted`
        days = phase[0] + second[nights:]
        return days[: len(wanted) - nights] + second[:nights]

    def _shift(self, operator: int, on: float, length: float, u: Floats) -> Shift:
        lunch, short = (self.params.raw["pauses_s"][k] for k in ("lunch", "break"))
        pauses = (
            (on + length * (0.20 + 0.08 * u[1]), short[0] + u[4] * (short[1] - short[0]), "break"),
            (on + length * (0.40 + 0.18 * u[2]), lunch[0] + u[5] * (lunch[1] - lunch[0]), "lunch"),
            (on + length * (0.70 + 0.12 * u[3]), short[0] + u[1] * (short[1] - short[0]), "break"),
        )
        return Shift(operator, on - 240.0 * u[4], on + length, pauses)


def staff(
    params: Parameters, seed: int, contacts_per_day: int, founded: date, staffing: float = 1.0
) -> Staff:
    """Hire everybody the hotline needs.

    Args:
        params: the world's parameters.
        seed: the world's seed.
        contacts_per_day: traffic the desks are planned for.
        founded: the world's first day; hiring dates lie before it.
        staffing: 1.0 as planned, 0.8 a fifth fewer people; waits follow.
    """
    raw = params.raw
    needs: dict[tuple[int, int], list[tuple[float, float]]] = {}
    sizes: list[int] = []
    for d, desk in enumerate(raw["desks"].values()):
        line = LINES.index(desk["lines"][0])
        for weekday in range(7):
            erlangs = load(params, contacts_per_day, line, weekday)
            if desk["lines"] == ["portal"]:  # one shift; people enough for a week's forms
                needs[d, weekday] = [tuple(desk["hours"][0])]
                continue
            need = needed(params, desk, erlangs, staffing)
            needs[d, weekday] = cover(need, desk["hours"])
        sizes.append(_roster(desk, [needs[d, w] for w in range(7)], params, contacts_per_day))
    return _people(params, seed, founded, needs, sizes)


def _roster(desk: dict[str, Any], weeks: list[Any], params: Parameters, per_day: int) -> int:
    if desk["lines"] == ["portal"]:
        line = LINES.index("portal")
        erlang_hours = sum(load(params, per_day, line, w).sum() for w in range(7))
        return max(2, int(np.ceil(erlang_hours / (5 * desk["hours"][0][1] * 0.72))))
    nights = max(sum(s[0] >= 18 for s in w) for w in weeks)
    return 4 * max(1, ceil(max(len(w) for w in weeks) / 2), int(nights))


def _people(
    params: Parameters, seed: int, founded: date, needs: dict[Any, Any], sizes: list[int]
) -> Staff:
    raw = params.raw
    rng = np.random.default_rng([seed, 12])
    n = sum(sizes)
    desk = np.repeat(np.arange(len(sizes)), sizes)
    woman = (rng.random(n) < 0.66).astype(np.int64)
    index = rng.integers(0, 1 << 16, (3, n))
    parts = [chosen(p, index[i], woman) for i, p in enumerate(("surname", "first", "father"))]
    common = rng.standard_normal((n, 1))
    quality = np.sqrt(0.25) * common + np.sqrt(0.75) * rng.standard_normal((n, len(QUALITIES)))
    is_new = rng.random(n) < raw["new_operators"]
    quality[is_new] -= 0.6
    days = np.where(is_new, rng.integers(3, 86, n), rng.integers(120, 3200, n))
    english = rng.random(n) < raw["english"]
    descs = list(raw["desks"].values())
    skills = [
        ";".join(descs[d]["skills"] + ["en"] * int(e)) for d, e in zip(desk, english, strict=True)
    ]
    return Staff(
        ids=tuple(f"op-{i + 1:04d}" for i in range(n)),
        names=tuple(" ".join(p) for p in zip(*parts, strict=True)),
        team=tuple(descs[d]["teams"][i % len(descs[d]["teams"])] for i, d in enumerate(desk)),
        skills=tuple(skills),
        hired_on=tuple(founded - timedelta(days=int(d)) for d in days),
        desk=desk,
        english=english,
        quality=quality,
        needs=needs,
        desks=tuple(raw["desks"]),
        params=params,
        seed=seed,
    )
