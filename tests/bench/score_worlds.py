"""Worlds for the bench of scores: what the operators of a simulated hotline did, with no logs.

The observations are those `observations.sql` makes of the logs, taken from the simulator's own
arrays: twenty worlds in minutes instead of hours. Beside one world taken through its files and the
lake: ratings the same, own part in 99.9 of 100 contacts, first-contact resolution in 97 (the lake
also links citizens by what they share with a third contact); scores correlate .93.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.operators.weights import Weights
from pipelines.simulator.calendar import is_working
from pipelines.simulator.course import FORM, SERVED
from pipelines.simulator.exchanges import exchanges, handed_on
from pipelines.simulator.expected import Mix, composites, mix, scale
from pipelines.simulator.kinds import TALKED
from pipelines.simulator.parameters import (
    CHAT,
    DAY_S,
    ESCALATED,
    LINES,
    VIDEO,
    Flags,
    Floats,
    parameters,
)
from pipelines.simulator.scene import Scene
from pipelines.simulator.world import World

ZONE = "Europe/Moscow"
PERIODS, DAYS = 3, 28


@dataclass(frozen=True)
class Period:
    """One period of a world: what was observed, and the truth.

    seen: as `observations` returns it. truth: operator_id, true (50 +- 10), t_<component>.
    people: operator_id, team, hired_on.
    """

    name: str
    start: date
    end: date
    seen: pl.DataFrame
    truth: pl.DataFrame
    people: pl.DataFrame


def world(
    seed: int, per_day: int, end: date, weights: Weights, *, confounded: bool
) -> list[Period]:
    """Let a world of three periods happen; a week more makes the last one ripe."""
    first = end - timedelta(days=DAYS * PERIODS)
    made = World(seed, per_day, ZONE, first, confounded=confounded)
    days: dict[date, Mix] = {}
    parts: list[pl.DataFrame] = []
    approaches: list[pl.DataFrame] = []
    for i in range(DAYS * PERIODS + 8):
        day = first + timedelta(days=i)
        scene = made.happens(day)
        approaches.append(_approaches(scene))
        if day < end:
            days[day] = mix(made.team, scene.day, scene.course, scene.forms)
            parts.append(_parts(scene, weights).with_columns(day=pl.lit(day)))
    seen = _resolved(pl.concat(parts), pl.concat(approaches))
    team = made.team
    people = pl.DataFrame({"operator_id": team.ids, "team": team.team, "hired_on": team.hired_on})
    oldest = first, first + timedelta(days=DAYS)  # the base period of all three
    held = scale(parameters(), team, days, *oldest, weights)
    found = []
    for ago in range(PERIODS):
        last = end - timedelta(days=DAYS * ago)
        start = last - timedelta(days=DAYS)
        true = composites(parameters(), team, days, start, last, weights, held)
        found.append(
            Period(
                f"{seed}-{ago}{'c' if confounded else ''}", start, last,
                seen.filter(pl.col("day").is_between(start, last, closed="left")).drop("day"),
                _truth(true), people,
            )
        )  # fmt: skip
    return found


def _truth(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"operator_id": one["operator_id"], "true": one["score"]}
         | {f"t_{k}": v for k, v in one["components"].items()} for one in rows]
    )  # fmt: skip


def _keys(scene: Scene) -> pl.DataFrame:
    """Return the identifiers of each contact: contact_id, citizen, key (kind of identifier)."""
    ids = scene.ids
    number = pl.Series(ids.citizen_id.tolist(), dtype=pl.String).str.replace_all(r"\D", "")
    frame = pl.DataFrame({
        "contact_id": ids.contact_id,
        "citizen": scene.day.drafts.citizen,
        "phone": [one is not None for one in ids.phone.tolist()],
        "inn": number.str.len_chars() == 12,
        "snils": number.str.len_chars() == 11,
    })  # fmt: skip
    long = frame.unpivot(["phone", "inn", "snils"], index=["contact_id", "citizen"],
                         variable_name="key", value_name="is_known")  # fmt: skip
    return long.filter("is_known").drop("is_known")


def _approaches(scene: Scene) -> pl.DataFrame:
    """Return what a later contact is known by: an identifier, category, when; what went on not."""
    d, ids = scene.day.drafts, scene.ids
    own = pl.DataFrame({
        "contact_id": ids.contact_id,
        "category": pl.Series(ids.category.tolist(), dtype=pl.String),
        "at": d.at_s + scene.day.midnight_s,
    }).filter(pl.Series(d.origin != ESCALATED))  # fmt: skip
    return own.drop_nulls().join(_keys(scene), on="contact_id")


def _parts(scene: Scene, weights: Weights) -> pl.DataFrame:
    """Return a row per contact and operator who answered it, with everything but the repeats."""
    d, s, c, o = scene.day.drafts, scene.day.stays, scene.course, scene.outcome
    talks = np.flatnonzero(s.state == TALKED)
    handed = talks[s.taker[talks] >= 0]
    forms = np.flatnonzero((c.outcome == FORM) & (scene.forms.operator >= 0))
    who = np.concatenate([s.contact[talks], s.contact[handed], forms])
    operator = np.concatenate([s.operator[talks], s.taker[handed], scene.forms.operator[forms]])
    is_form = c.outcome[who] == FORM
    none = np.full(len(forms), np.nan)
    until = np.fmin(s.left_s[talks], s.transferred_s[talks])
    spent = until - s.answered_s[talks] + s.wrap_s[talks]
    spent = np.where(d.stream[s.contact[talks]] == CHAT, spent - s.wrap_s[talks], spent)
    taken = s.left_s[handed] - s.taken_s[handed]
    ring = np.concatenate([s.ring_s[talks], np.full(len(handed), 4.0), none])
    line = np.concatenate([s.line[talks], s.transferred_to[handed], np.full(len(forms), 6)])
    leg = np.concatenate([s.leg[talks], s.leg[handed] + 1, np.ones(len(forms), dtype=np.int64)])
    final = np.where(c.outcome == FORM, scene.forms.operator, c.operator)
    is_ender = final[who] == operator
    is_chat = d.stream[who] == CHAT
    numbered = np.array([x is not None for x in scene.ids.case_number.tolist()])[who]
    limit = np.where(is_chat, weights.own_part["chat_reply_s"], weights.own_part["ring_s"])
    kept = np.floor(ring) <= limit
    kept &= numbered | ~is_ender
    kept &= ~(is_chat & _replied_late(scene, weights)[who])
    late = _worked_s(scene, scene.forms.replied_s[who]) - _worked_s(
        scene, scene.forms.assigned_s[who]
    ) > weights.own_part["portal_reply_s"]  # fmt: skip
    kept = np.where(is_form, ~late, kept)
    ended = is_ender & ((c.outcome[who] == SERVED) | is_form)
    rating = o.rating[who]
    names = np.array(LINES, dtype=object)
    spend = np.log(np.maximum(np.concatenate([spent, taken, none]), 1))
    choice = scene.ids.category[who]
    return pl.DataFrame({
        "contact_id": scene.ids.contact_id[who],
        "operator_id": np.array(scene.team.ids, dtype=object)[operator],
        "category": pl.Series([x or "" for x in choice.tolist()]),
        "channel": np.where(is_form, "portal", np.where(is_chat, "chat", np.where(
            d.stream[who] == VIDEO, "video", "phone"))).tolist(),
        "hour_band": ((d.at_s[who] // 3600) % 24 // 6).astype(np.int64),
        "line": names[line].tolist(),
        "menu_choice": pl.Series([x or "" for x in c.menu_choice[who].tolist()]),
        "is_transferred_in": leg > 1,
        "is_night": (d.at_s[who] < 8 * 3600) | (d.at_s[who] >= 20 * 3600),
        "is_day_off": np.full(len(who), not is_working(scene.day.date)),
        "sla": kept,
        "asked": ended & np.array(
            [x is not None and x not in weights.pending for x in choice.tolist()]
        ),
        "reopened": ~np.isnan(o.reopened_s[who]),
        "csat": pl.Series(rating >= weights.own_part["rating_top"]).set(
            pl.Series(~ended | np.isnan(rating)), None),
        "aht": pl.Series(spend).set(pl.Series(np.isnan(spend)), None),
        "transfers": leg < np.maximum(leg, 1) + (operator != final[who]),
    })  # fmt: skip


def _replied_late(scene: Scene, weights: Weights) -> Flags:
    """Return of which contacts, chats, the first operator left a next message too long."""
    d, c = scene.day.drafts, scene.course
    who = np.flatnonzero(d.stream == CHAT)
    moved = handed_on(scene.day, c, who)
    ex = exchanges(scene.params, scene.team, scene.day, c, who, moved)
    waited = np.floor(ex.replied_s) - np.floor(ex.asked_s)
    found = np.zeros(len(d), dtype=bool)
    found[who[ex.chat[~ex.is_handed & (waited > weights.own_part["chat_next_s"])]]] = True
    return found


def _worked_s(scene: Scene, at_s: Floats) -> Floats:
    """Return seconds of working days from the day's midnight to a moment; nan stays nan."""
    days = np.cumsum([0.0] + [float(is_working(scene.day.date + timedelta(days=i)))
                              for i in range(60)])  # fmt: skip
    number = np.clip(np.nan_to_num(at_s) // DAY_S, 0, 59).astype(np.int64)
    part = np.clip(at_s - number * DAY_S, 0, DAY_S)
    return np.asarray(DAY_S * days[number] + part * (days[number + 1] - days[number]))


def _resolved(parts: pl.DataFrame, approaches: pl.DataFrame) -> pl.DataFrame:
    """Add fcr: no later approach on the category under an own identifier within seven days."""
    ahead = pl.col("at").shift(-1).over("citizen", "key", "category", order_by="at")
    later = approaches.group_by("contact_id").agg(pl.len()).select("contact_id")
    soon = (
        approaches.with_columns(next=ahead)
        .filter(pl.col("next") - pl.col("at") <= 7 * DAY_S)
        .select("contact_id", is_repeated=True)
        .unique()
    )
    joined = parts.join(soon, on="contact_id", how="left").join(
        later.with_columns(is_known=True), on="contact_id", how="left"
    )
    again = pl.col("is_repeated").fill_null(False) | pl.col("reopened")
    fcr = pl.when(pl.col("asked") & pl.col("is_known").fill_null(False)).then(~again)
    return joined.with_columns(fcr=fcr).drop("asked", "reopened", "is_repeated", "is_known")
