"""Citizens who come back: another day, often over another channel, about the same problem."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from pipelines.simulator.course import LOST, SELF, TICKET, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import Drafts, U, Z, blank
from pipelines.simulator.outcome import Outcome
from pipelines.simulator.parameters import (
    CHAT,
    COME_BACK,
    DAY_S,
    FAULTS,
    MAIN,
    PORTAL,
    VIDEO,
    Floats,
    Ints,
    Parameters,
    Words,
    either,
)

_COLUMNS = ("at_s", "stream", "category", "region", "citizen", "language", "kind", "about", "case")
Row = tuple[Any, ...]


@dataclass
class Returns:
    """Who is expected on which later day. Rows hold _COLUMNS; JSON-able for the world's state."""

    expected: dict[str, list[Row]] = field(default_factory=dict)  # ISO day -> rows

    def drafts(self, seed: int, day: date) -> Drafts:
        """Take the drafts of those expected on a day."""
        rows = self.expected.pop(day.isoformat(), [])
        made = blank(np.random.default_rng([seed, 44, day.toordinal()]), len(rows))
        made.origin[:] = COME_BACK
        for name, values in zip(_COLUMNS, zip(*rows, strict=True), strict=False):
            column = getattr(made, name)
            column[:] = np.array(values, dtype=column.dtype)
        return made

    def add(self, day: date, rows: list[Row]) -> None:
        """Expect rows (seconds from `day`'s midnight first, a day or more ahead)."""
        for row in rows:
            ahead, at = divmod(row[0], DAY_S)
            key = (day + timedelta(days=int(ahead))).isoformat()
            self.expected.setdefault(key, []).append((round(at, 1), *row[1:]))


def come_back(
    params: Parameters, day: Day, c: Course, o: Outcome, ids: Words, cases: Words
) -> list[Row]:
    """Return who will come back after a day, when and how, complaints included.

    Args:
        params: the world's parameters.
        day, c, o: the day and what came of its contacts.
        ids: contact_id of each contact; cases: its case number or None.
    """
    d, raw, u = day.drafts, params.raw["come_back"], day.drafts.u
    lost = c.outcome == LOST
    lost[day.redialled] = False
    share = np.where(d.stream == CHAT, raw["chat_lost"], raw["abandoned"]) * lost
    unsolved = (c.spoke & ~o.solved) | ((c.outcome == TICKET) & ~c.reached)
    share = np.where(unsolved, raw["unsolved"], share)
    share = np.where((d.stream == PORTAL) & ~o.solved, 0.35, share)
    share = np.where((c.outcome == SELF) & ~o.solved, raw["self_service"], share)
    backs = np.flatnonzero((u[:, U.BACK] < share) & (d.kind != 2))
    sore = np.flatnonzero(
        (o.mood < 2.4) & (d.stream != PORTAL) & (u[:, U.COMPLAIN] < 4 * params.raw["complain"])
    )
    glad = np.flatnonzero((o.mood > 5.0) & c.spoke & (u[:, U.COMPLAIN] > 0.985))
    stream = _channels(raw, day)
    case = either(u[:, U.NUMBERED] % 0.5 < params.raw["repeat_case"] / 2, cases, None)
    when = _when(raw, day, c)
    rows = _rows(day, backs, when, stream, np.full(len(d), -1), np.full(len(d), None), case)
    kinds = np.where(o.mood > 5.0, 2, 0)
    portal = np.full(len(d), PORTAL)
    about = np.concatenate([sore, glad])
    rows += _rows(day, about, when, portal, kinds, ids, case)
    return rows


def _channels(raw: dict[str, Any], day: Day) -> Ints:
    d, v = day.drafts, day.drafts.u[:, U.BACK_CHANNEL]
    same = np.where(np.isin(d.stream, [VIDEO]), CHAT, d.stream)
    turn = (v / raw["other_channel"]).clip(0, 1)
    by_phone = np.where(turn < 0.62, CHAT, np.where(turn < 0.80, PORTAL, FAULTS))
    by_chat = np.where(turn < 0.75, MAIN, np.where(turn < 0.9, PORTAL, FAULTS))
    by_form = np.where(turn < 0.6, MAIN, CHAT)
    other = np.where(same == CHAT, by_chat, np.where(same == PORTAL, by_form, by_phone))
    return np.where(v < raw["other_channel"], other, np.where(same > PORTAL, MAIN, same))


def _when(raw: dict[str, Any], day: Day, c: Course) -> Floats:
    """Return seconds from the day's midnight: at least the next day, by day."""
    d, u = day.drafts, day.drafts.u
    hours = np.clip(raw["median_h"] * np.exp(raw["sigma"] * d.z[:, Z.BACK]), 1, 158)
    end = np.fmax(np.nan_to_num(c.ended_s), d.at_s)
    at = end + 3600 * hours
    night = ((at / 3600) % 24 < 7.5) | ((at / 3600) % 24 > 22)
    awake = np.floor(at / DAY_S) * DAY_S + 3600 * (8.2 + 11 * u[:, U.BACK_HOUR] ** 1.3)
    at = np.where(night, awake, at)
    return np.where(at < DAY_S, DAY_S + 3600 * (8.2 + 11 * u[:, U.BACK_HOUR] ** 1.3), at)


def _rows(
    day: Day, who: Ints, when: Floats, stream: Ints, kind: Ints, about: Words, case: Words
) -> list[Row]:
    d = day.drafts
    columns = (when, stream, d.category, d.region, d.citizen, d.language, kind, about, case)
    return list(zip(*(column[who].tolist() for column in columns), strict=True))
