"""Weights and limits of the operator score: `data/reference/score.yml`, versioned by valid_from.

The weights are a judgement, not a measurement; a period is scored by the version in force on its
last day, so an old period keeps the weights it was published with.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ReferenceDataError

# in the order they are fitted; those nobody has observations of leave their weight to the rest
MEASURED = ("sla", "fcr", "csat", "confirmation", "aht", "review", "transfers")
REVIEW = "review"  # by people, not by logs: pipelines/operators/reviewed.py
SHARES = ("sla", "fcr", "csat", "confirmation")  # shares of contacts; reviews are few
BAND = "aht"  # a band, never "less is better"

# own part of the promises (the closed list) where score.yml does not say otherwise
OWN_PART: dict[str, float] = {
    "ring_s": 15,  # ring answered within
    "chat_reply_s": 30,  # first reply after assignment: the target of chat.first_response
    "chat_next_s": 120,  # each next reply in the chat: the target of chat.next_response
    "portal_reply_s": 86400,  # working-day seconds after assignment: the target of feedback.answer
    "rating_top": 4,  # top box of a five-point scale
}
# what is adjusted for where score.yml does not say otherwise, from coarse to fine, each nested in
# the one before; the first are the pools of work
STRATA = (
    ("channel", "line"), ("category",), ("hour_band",), ("menu_choice", "is_transferred_in"),
)  # fmt: skip
KNOWN_STRATA = (*(column for columns in STRATA for column in columns), "region")


@dataclass(frozen=True)
class Weights:
    """One version of the score's definition; shares 0..1, minimum in standard units."""

    components: dict[str, float]  # id -> weight as written, also of those not measured here
    own_part: dict[str, float]
    minimum: float
    min_contacts: int
    min_reliability: float
    new_operator_days: int
    period_days: int
    fcr_days: int | None  # null: the setting of the same name; 0: only reopenings are counted
    prior_m: float
    gap: float  # share
    flag_attention: float
    flag_watch: float
    strata: tuple[tuple[str, ...], ...] = STRATA
    base: tuple[date, date] | None = None  # days, end exclusive; None: the first published month
    # categories whose repeats wait for an agency's decision: out of first-contact resolution
    pending: tuple[str, ...] = ()
    # of coaching: how sure that a matter is below peers, points worth a talk, talks at once
    help_sure: float = 0.8
    help_points: float = 1.0
    help_most: int = 3


def read_weights(reference: Path, day: date) -> Weights:
    """Return the version of score.yml in force on `day` (the earliest one for older days).

    Raises:
        ReferenceDataError: the file is missing, has no versions, or a version lacks a field.
    """
    path = reference / "score.yml"
    if not path.is_file():
        raise ReferenceDataError(f"{path}: missing. Copy it from the project's data/reference.")
    given = yaml.safe_load(path.read_text("utf-8")) or {}
    versions = sorted(given.get("versions") or [], key=lambda v: str(v.get("valid_from", "")))
    if not versions:
        raise ReferenceDataError(f"{path}: no `versions`; write at least one with `components`.")
    in_force = [v for v in versions if str(v.get("valid_from", "")) <= day.isoformat()]
    return _weights(path, (in_force or versions[:1])[-1])


def _given(version: dict[str, Any]) -> dict[str, Any]:
    """Return the limits of coaching a version states; the rest has defaults."""
    kinds = {"help_sure": float, "help_points": float, "help_most": int}
    return {name: kind(version[name]) for name, kind in kinds.items() if name in version}


def _strata(version: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    found = tuple(tuple(columns) for columns in version.get("strata") or STRATA)
    for name in (column for columns in found for column in columns):
        if name not in KNOWN_STRATA:
            raise ValueError(f"strata: {name!r}, not one of {', '.join(KNOWN_STRATA)}")
    return found


def _base(version: dict[str, Any]) -> tuple[date, date] | None:
    if version.get("base") is None:
        return None
    first, last = (date.fromisoformat(str(day)) for day in version["base"])
    if first > last:
        raise ValueError(f"base: {first} is later than {last}")
    return first, last + timedelta(days=1)


def _weights(path: Path, version: dict[str, Any]) -> Weights:
    try:
        return Weights(
            components={c["id"]: float(c["weight"]) for c in version["components"]},
            own_part=OWN_PART | (version.get("own_part") or {}),
            minimum=float(version["minimum"]),
            min_contacts=int(version["min_contacts"]),
            min_reliability=float(version["min_reliability"]),
            new_operator_days=int(version["new_operator_days"]),
            period_days=int(version["period_days"]),
            fcr_days=None if version.get("fcr_days") is None else int(version["fcr_days"]),
            prior_m=float(version["prior_m"]),
            gap=float(version["gap_points"]) / 100,
            flag_attention=float(version["flag_attention"]),
            flag_watch=float(version["flag_watch"]),
            strata=_strata(version),
            base=_base(version),
            pending=tuple(str(one) for one in version.get("pending") or ()),
            **_given(version),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceDataError(
            f"{path}: version of {version.get('valid_from')}: {error} is missing or not a number"
        ) from error
