"""What came after an agreed action: the operator's contacts since, beside their own earlier ones.

Who is helped was picked for a bad spell, and a bad spell passes by itself. So the earlier level is
not what was seen but the shrunken estimate of it; the change of all others in the same days is
taken off; and the interval is widened until it holds as many of those others, with whom nothing
was agreed, as it says. Formulas: docs/coaching.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.operators.evaluated import Scored, evaluate
from pipelines.operators.help import Laid, deviation, lay, level, steps
from pipelines.operators.observations import observations
from pipelines.operators.standing import Codes, Floats
from pipelines.operators.weights import BAND, MEASURED, REVIEW, read_weights

BEFORE_DAYS, AFTER_DAYS = 84, 28  # three periods of a score against one
FEWEST = 20  # contacts measured on either side: of fewer nothing is said
FEWEST_REVIEWS = 4  # of reviews: what is drawn of an operator a period
FEWEST_OTHERS = 5  # operators the change is held against
Z95 = 1.959963984540054
# whose effect is a share that can be told to rise: handle time is a band, transfers are diagnosis
TOLD = tuple(name for name in MEASURED if name not in (BAND, "transfers"))

# done, neither dropped nor measured to the end
_DONE = """
select
    o.incident_id as coaching_id,
    json_extract_string(o.args, '$.operator_id') as operator_id,
    json_extract_string(o.args, '$.component') as component,
    json_extract_string(o.args, '$.category') as category,
    json_extract_string(d.args, '$.done_on')::date as done_on
from lake.acts as o
inner join lake.acts as d on o.incident_id = d.incident_id and d.kind = 'coaching_done'
where o.kind = 'coaching_agreed'
    and o.incident_id not in (select coaching_id from lake.coaching_effects where is_final)
    and list_contains($told::varchar[], json_extract_string(o.args, '$.component'))
order by o.seq
"""


@dataclass(frozen=True)
class Component:
    """One component of the days looked at; arrays by observation but for `laid`'s own."""

    name: str
    laid: Laid
    y: Floats
    who: Codes
    day: pl.Series
    category: pl.Series
    mu: float
    tau: float


def measure(lake: Lake) -> int:
    """Replace the rows of lake.coaching_effects that can still change; return how many.

    The caller owns the transaction.
    """
    done = lake.frame(_DONE, {"told": list(TOLD)}).to_dicts()
    if not done:
        return 0
    today = lake.now().astimezone(lake.settings.tz).date()
    weights = read_weights(lake.settings.reference, today)
    first = min(one["done_on"] for one in done) - timedelta(days=BEFORE_DAYS)
    frame = observations(lake, first, today + timedelta(days=1), weights)
    window = lake.settings.fcr_days if weights.fcr_days is None else weights.fcr_days
    mature_days = window + 1
    rows: list[dict[str, Any]] = []
    if not frame.is_empty():
        wanted = sorted({str(one["component"]) for one in done})
        strata = dict.fromkeys(["channel", "category", *chain.from_iterable(weights.strata)])
        seen = frame.select("operator_id", "received_date", *strata, *wanted)
        rows = effects(seen, evaluate(seen, weights), done, today, mature_days)
    ids = [one["coaching_id"] for one in done]
    lake.con.execute(
        "delete from lake.coaching_effects where list_contains($ids::varchar[], coaching_id)",
        {"ids": ids},
    )
    at = lake.now()
    insert_rows(lake.con, "coaching_effects", [{"measured_at": at} | row for row in rows])
    return len(rows)


def effects(
    frame: pl.DataFrame,
    scored: Scored,
    done: list[dict[str, Any]],
    today: date,
    mature_days: int,
) -> list[dict[str, Any]]:
    """Return a row of lake.coaching_effects for each action.

    Args:
        frame: of `observations`, the components that are asked about.
        scored: made of it. done: coaching_id, operator_id, component, category, done_on.
        today: not counted: it is not over. mature_days: after which all contacts are mature.
    """
    ids = scored.operators["operator_id"].to_list()
    code = frame["operator_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    parts = {
        name: _component(name, frame, scored, code)
        for name in {one["component"] for one in done} & set(scored.observed)
    }
    rows = []
    for one in done:
        since = one["done_on"] + timedelta(days=1)
        until = min(since + timedelta(days=AFTER_DAYS), today)
        last = since + timedelta(days=AFTER_DAYS + mature_days)
        head = {
            "coaching_id": one["coaching_id"],
            "since": since,
            "days": max(0, (until - since).days),
            "is_final": today >= last,
        }
        part = parts.get(one["component"])
        found: dict[str, object] = {"n_before": 0, "n_after": 0}
        if part and one["operator_id"] in ids:
            found = _effect(part, ids.index(one["operator_id"]), len(ids), one["category"],
                            since - timedelta(days=1), until)  # fmt: skip
        rows.append(head | found)
    return rows


def _component(name: str, frame: pl.DataFrame, scored: Scored, code: Codes) -> Component:
    part = scored.observed[name]
    y = frame[name].cast(pl.Float64).to_numpy()[part.rows]
    who = code[part.rows]
    return Component(
        name,
        lay(name, part, y, who),
        y,
        who,
        frame["received_date"].gather(part.rows),
        frame["category"].gather(part.rows),
        part.fit.mu,
        part.fit.tau,
    )


def _effect(
    part: Component, operator: int, size: int, category: str | None, done_on: date, until: date
) -> dict[str, object]:
    """Return n_before, n_after, and where they suffice value, expected, low, high."""
    since = done_on + timedelta(days=1)
    is_asked = part.category == category if category else pl.repeat(True, len(part.y), eager=True)
    before = (is_asked & part.day.is_between(
        done_on - timedelta(days=BEFORE_DAYS), done_on, closed="left"
    )).to_numpy()  # fmt: skip
    after = (is_asked & part.day.is_between(since, until, closed="left")).to_numpy()
    mine = after & (part.who == operator)
    n_before, n_after = int(np.sum(before & (part.who == operator))), int(np.sum(mine))
    counts: dict[str, object] = {"n_before": n_before, "n_after": n_after}
    least = FEWEST_REVIEWS if part.name == REVIEW else FEWEST
    if min(n_before, n_after) < least:
        return counts
    start, spread = _earlier(part, before, size, has_category=category is not None)
    people = np.arange(size)
    now, now_variance = _steps(part, after, people, size)
    moved, variance = now - start, now_variance + spread
    others = np.isfinite(variance) & (people != operator)
    others &= np.bincount(part.who[after], minlength=size) >= least
    if np.sum(others) < FEWEST_OTHERS or not np.isfinite(variance[operator]):
        return counts
    w = 1 / variance[others]
    common = float(w @ moved[others] / w.sum())
    wider = max(1.0, float(np.mean(w * (moved[others] - common) ** 2)))
    sd = float(np.sqrt(wider * (variance[operator] + 1 / w.sum())))
    # the same contacts at the earlier level, and what everybody's change makes of it
    shift = float(start[operator]) - part.mu + common
    average = part.laid.average[mine]
    value = float(np.mean(part.y[mine]))
    expected = [
        float(np.mean(level(average, shift + off, is_share=part.laid.is_share)))
        for off in (0.0, Z95 * sd, -Z95 * sd)
    ]
    return counts | {
        "value": value,
        "expected": expected[0],
        "low": value - expected[1],
        "high": value - expected[2],
    }


def _earlier(
    part: Component, before: np.ndarray[Any, Any], size: int, *, has_category: bool
) -> tuple[Floats, Floats]:
    """Return everybody's earlier level, shrunk, and its variance."""
    people = np.arange(size)
    effect, variance = _steps(part, before, people, size)
    spread = part.tau**2 + (_deviation(part, size) if has_category else 0.0)
    kept = np.where(np.isfinite(variance), spread / (spread + variance), 0.0)
    level_before = part.mu + kept * np.where(kept > 0, effect - part.mu, 0.0)
    return level_before, spread * (1 - kept)


def _deviation(part: Component, size: int) -> float:
    """Return how much categories differ within operators beyond chance, in all of the days."""
    of = part.category.rank("dense").cast(pl.Int64).to_numpy() - 1
    pairs, group = np.unique(part.who * (of.max() + 1) + of, return_inverse=True)
    person = pairs // (of.max() + 1)
    effect, variance = steps(part.laid, person, group, len(pairs))
    return deviation(effect, variance, person, size)


def _steps(
    part: Component, rows: np.ndarray[Any, Any], people: Codes, size: int
) -> tuple[Floats, Floats]:
    laid = part.laid
    some = Laid(
        laid.base, laid.known, laid.weight[rows], laid.residual[rows], laid.average[rows],
        laid.is_share,
    )  # fmt: skip
    return steps(some, people, part.who[rows], size)
