"""What every operator's score would be without luck: the composite expected of true parameters.

The standard mix of a desk is what the desk as a whole answered in a period: all its people are put
through the same contacts, whoever took them. Nothing of what a contact came to enters, only the
chances the simulator draws from (`outcome.py`, `queue.py`, `returns.py`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.operators.base import is_month
from pipelines.operators.weights import Weights
from pipelines.simulator.course import FORM, SERVED, Course
from pipelines.simulator.day import Day
from pipelines.simulator.exchanges import counted
from pipelines.simulator.luck import FIRST_S, FIRST_SIGMA
from pipelines.simulator.parameters import CHAT, Floats, Ints, Parameters
from pipelines.simulator.portal import Replies
from pipelines.simulator.staff import QUALITIES, Staff

# what its logs show of an operator: who sends confirmations, and reviews, they do not say
_COMPONENTS = ("sla", "fcr", "csat", "aht")
_MOST_COMPARED = 100  # operators an average is taken of: of more, every second, third, ...
_LATE_FORM_S = 86_400.0
_KEYS = ["desk", "category", "kind", "wait", "is_late", "replies"]
_BIN = 0.1  # of ln(1 + wait/45), which is how a wait enters a rating
_NODES, _SHARES = np.polynomial.hermite_e.hermegauss(9)
_SHARES = _SHARES / _SHARES.sum()
_NOBODY_DIFFERS = 1e-9
_LOG2 = float(np.log(2))


@dataclass(frozen=True)
class Mix:
    """What one day adds to the standard mix.

    contacts: desk, category, kind (phone, chat, form), wait (ln(1 + s/45), rounded), is_late (a
    form answered after a day), replies (next ones a chat asks for), n. people: operator, n.
    """

    contacts: pl.DataFrame
    people: pl.DataFrame


@dataclass(frozen=True)
class Scale:
    """What 50 and 10 points are: of a base period, or of the period itself.

    people: whose average effects are measured from. centre, spread: of their effects, each in its
    component's own unit. middle, unit: of their composites.
    """

    people: Ints
    centre: dict[str, float]
    spread: dict[str, float]
    middle: float
    unit: float


def mix(team: Staff, day: Day, c: Course, forms: Replies) -> Mix:
    """Count what the desks answered on a day, outages left out as the score leaves them out."""
    d = day.drafts
    is_form = c.outcome == FORM
    operator = np.where(is_form, forms.operator, c.operator)
    mine = np.flatnonzero((operator >= 0) & (is_form | (c.outcome == SERVED)) & (d.incident < 0))
    wait = np.where(is_form, 0.0, np.log1p(np.maximum(c.wait_s, 0) / 45))
    kind = np.where(is_form, 2, np.where(d.stream == CHAT, 1, 0))
    late = is_form & (np.nan_to_num(forms.replied_s - d.at_s) > _LATE_FORM_S)
    frame = pl.DataFrame({
        "desk": team.desk[operator[mine]],
        "category": d.category[mine],
        "kind": kind[mine],
        "wait": np.round(wait[mine] / _BIN) * _BIN,
        "is_late": late[mine],
        "replies": np.where(kind == 1, counted(team.params, d), 0)[mine],
        "operator": operator[mine],
    })  # fmt: skip
    return Mix(frame.group_by(_KEYS).len("n"), frame.group_by("operator").len("n"))


def periods(first: date, end: date, days: int) -> list[tuple[date, date]]:
    """Return the periods a history can be scored for: trailing ones back from its end, and months.

    >>> [(str(a), str(b)) for a, b in periods(date(2026, 9, 20), date(2026, 11, 15), 28)]
    [('2026-10-18', '2026-11-15'), ('2026-09-20', '2026-10-18'), ('2026-10-01', '2026-11-01')]
    """
    n = (end - first).days // days
    found = [(end - timedelta(days=days * (i + 1)), end - timedelta(days=days * i))
             for i in range(n)]  # fmt: skip
    month = (end + timedelta(days=1)).replace(day=1)
    while (before := (month - timedelta(days=1)).replace(day=1)) >= first:
        if month <= end and (before, month) not in found:
            found.append((before, month))
        month = before
    return found or [(first, end)]


def base_of(
    first: date, end: date, asked: list[tuple[date, date]], weights: Weights
) -> tuple[date, date] | None:
    """Return the base period of a history's scores: of score.yml, else its last full month.

    That is the month a lake that took the whole history publishes first (`operators.refresh`).

    Args:
        first, end: of the history. asked: the periods it is scored for.

    None: there is none, or the history lacks days of that of score.yml.
    """
    if weights.base:
        start, last = weights.base
        return weights.base if first <= start and last <= end else None
    return max((one for one in asked if is_month(*one)), default=None)


def scale(
    params: Parameters, team: Staff, days: dict[date, Mix], start: date, end: date, weights: Weights
) -> Scale | None:
    """Return the scale of a period, start <= day < end; None: nobody answered anything in it."""
    contacts, people = _standard(days, start, end)
    if not len(people):
        return None
    return _scale(_effects(params, team, contacts, people, people, weights), people, weights)


def composites(
    params: Parameters, team: Staff, days: dict[date, Mix], start: date, end: date,
    weights: Weights, base: Scale | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the expected composite of everybody who answered anything in start <= day < end.

    Args:
        weights: the score's definition; the weight of what the simulator's logs do not show
            (confirmations, reviews) is shared among the rest, as the score does.
        base: whose scale they are told on; None: the period's own.

    Returns:
        Rows of operator_id, score (50 +- 10: mean and standard deviation over the operators of the
        base period) and components: each one's true effect in standard deviations between them.
    """
    contacts, people = _standard(days, start, end)
    if not len(people):
        return []
    others = people if base is None else base.people
    effects = _effects(params, team, contacts, people, others, weights)
    held = base or _scale(effects, people, weights)
    z = {k: (v[people] - held.centre[k]) / held.spread[k]
         for k, v in effects.items() if k in held.centre}  # fmt: skip
    if "aht" in z:  # a band: its middle stays the period's own
        z["aht"] -= z["aht"].mean()
    q = _composite(z, weights, len(people))
    score = 50 + 10 * (q - held.middle) / held.unit
    return [
        {"operator_id": team.ids[o], "score": round(float(score[i]), 3),
         "components": {k: round(float(v[i]), 4) for k, v in z.items()}}
        for i, o in enumerate(people.tolist())
    ]  # fmt: skip


def _standard(days: dict[date, Mix], start: date, end: date) -> tuple[pl.DataFrame, Ints]:
    """Return what the desks answered in a period, and who did."""
    inside = [m for day, m in days.items() if start <= day < end]
    if not inside:
        return pl.DataFrame(), np.zeros(0, dtype=np.int64)
    contacts = pl.concat([m.contacts for m in inside]).group_by(_KEYS).agg(pl.col("n").sum())
    people = pl.concat([m.people for m in inside])["operator"].unique().sort().to_numpy()
    return contacts.sort(_KEYS), people


def _scale(effects: dict[str, Floats], people: Ints, weights: Weights) -> Scale:
    centre, spread = {}, {}
    for name, values in effects.items():
        sd = float(values[people].std())
        if weights.components.get(name, 0) > 0 and sd > _NOBODY_DIFFERS:
            centre[name], spread[name] = float(values[people].mean()), sd
    z = {k: (effects[k][people] - centre[k]) / spread[k] for k in centre}
    q = _composite(z, weights, len(people))
    unit = float(q.std())
    return Scale(people, centre, spread, float(q.mean()), unit if unit > _NOBODY_DIFFERS else 1.0)


def _composite(z: dict[str, Floats], weights: Weights, size: int) -> Floats:
    banded = z | ({"aht": -np.maximum(0, np.abs(z["aht"]) - 1)} if "aht" in z else {})
    total = sum(weights.components[k] for k in z) or 1.0
    return sum((weights.components[k] / total * v for k, v in banded.items()), np.zeros(size))


def _effects(
    params: Parameters, team: Staff, contacts: pl.DataFrame, people: Ints, others: Ints,
    weights: Weights,
) -> dict[str, Floats]:  # fmt: skip
    """Return each component's true effect by operator: logits (aht: ln seconds) from an average.

    The average: all of `others`, of whatever desk, put through the same standard mix. Where only
    some take such work, their luck in being better or worse than the rest is part of the truth.
    """
    found = {name: np.zeros(len(team.ids)) for name in _COMPONENTS}
    some = others[:: max(1, len(others) // _MOST_COMPARED)]
    for desk, members in enumerate(team.members):
        rows = contacts.filter(pl.col("desk") == desk)
        mine = np.intersect1d(members, people)
        if rows.is_empty() or not len(mine):
            continue
        who = np.concatenate([mine, some])
        own = {name: team.effect(name)[who, None] for name in QUALITIES}
        for name, values in _expected(params, rows, own, weights).items():
            on_scale = values if name == "aht" else _logit(values)
            found[name][mine] = on_scale[: len(mine)] - on_scale[len(mine) :].mean()
    return found


def _expected(
    params: Parameters, rows: pl.DataFrame, own: dict[str, Floats], weights: Weights
) -> dict[str, Floats]:
    """Return the expected mean of each component over a mix, by operator.

    Args:
        own: true effects, arrays of (operators, 1).
    """
    raw = params.raw
    category, kind = rows["category"].to_numpy(), rows["kind"].to_numpy()
    wait, n = rows["wait"].to_numpy(), rows["n"].to_numpy().astype(float)
    is_chat, is_form = kind == 1, kind == 2
    slow = rows["is_late"].to_numpy()

    def mean(values: Floats, where: Any = True) -> Floats:
        weight = n * where
        return np.asarray(np.broadcast_to(values, (len(own["solve"]), len(n))) @ weight
                          / weight.sum())  # fmt: skip

    chance = params.solve[category]
    solved = _logistic(_logit(chance) + own["solve"] - 0.25 * is_chat)
    # what a rating is made of besides luck, for a matter solved and for one that is not
    mood = (
        own["courtesy"] - 0.38 * wait * ~is_form - 0.4 * slow
        + np.array([4.45, 2.60])[:, None, None]
    )  # fmt: skip
    pleased = ndtr((mood - 3.5) / 0.75)
    back = _back(params, mood, is_form)
    # an answered call rings in time: whose phone rang out is not in the calls log; a form waits
    numbered = raw["numbered"]
    kept = np.where(is_chat, _replied(params, rows["replies"].to_numpy(), own, weights), 1.0)
    resolved = (1 - 0.018) * (solved * (1 - back[0]) + (1 - solved) * (1 - back[1]))
    asked = ~np.isin(category, [params.categories.index(one) for one in weights.pending])
    found = {
        "sla": mean(np.where(is_form, 1.0 * ~slow, kept * numbered)),
        "csat": mean(solved * pleased[0] + (1 - solved) * pleased[1]),
    }
    if asked.any():  # who waits for an agency's decision is in nobody's resolution
        found["fcr"] = mean(resolved, asked)
    if not is_form.all():
        found["aht"] = mean(_handle(params, category, is_chat, own["speed"]), ~is_form)
    return found


def _replied(params: Parameters, replies: Ints, own: dict[str, Floats], weights: Weights) -> Floats:
    """Return the chance that the first and all next replies of a chat come in time."""
    rule, quick = params.raw["chat_next_s"], _LOG2 * own["response"]
    # logs have whole seconds
    first_s, next_s = (weights.own_part[name] + 0.5 for name in ("chat_reply_s", "chat_next_s"))
    first = ndtr((np.log(first_s / FIRST_S) + quick) / FIRST_SIGMA)
    each = ndtr((np.log(next_s / rule["median"]) + quick) / rule["sigma"])
    return np.asarray(first * each**replies)


def _back(params: Parameters, mood: Floats, is_form: Any) -> Floats:
    """Return the chance that the log shows the matter again, for it solved and unsolved.

    Who comes back is known by the same category where it is recorded, and rightly.
    """
    raw = params.raw
    seen = raw["recorded"] * (1 - raw["misrecorded"])
    again = np.array([0.0, 1.0])[:, None, None] * np.where(
        is_form, 0.35, raw["come_back"]["unsolved"]
    )
    complains = (mood < 2.4) * ~is_form * 4 * raw["complain"]
    return np.asarray(1 - (1 - again * seen) * (1 - complains * seen))


def _handle(params: Parameters, category: Any, is_chat: Any, speed: Floats) -> Floats:
    """Return the mean of ln(talk + wrap) by operator and row, by quadrature over both."""
    raw = params.raw
    usual = params.handle_s[category] * np.where(is_chat, raw["chat_handle"], 1.0)
    talk = usual * 2.0**-speed
    found = np.zeros(talk.shape)
    for z, share in zip(_NODES.tolist(), _SHARES.tolist(), strict=True):
        long = talk * np.exp(raw["handle_sigma"] * z)
        # the wrap is a tenth of the whole: its median does
        found += share * np.log(long + np.where(is_chat, 8.0, raw["wrap_s"]["median"]))
    return found


def _logit(p: Any) -> Floats:
    share = np.clip(p, 1e-6, 1 - 1e-6)  # all forms of a quiet month are answered in time
    return np.asarray(np.log(share / (1 - share)))


def _logistic(x: Any) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))
