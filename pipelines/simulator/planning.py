"""Planning: how many people a desk wants at each hour, and the shifts that cover it.

Planners believe in calmer Mondays than there are: `planned_weekdays` against `weekdays`.
"""

from typing import Any

import numpy as np

from pipelines.simulator.parameters import (
    CHAT,
    LINES,
    MAIN,
    N_STREAMS,
    PORTAL,
    Floats,
    Ints,
    Parameters,
)


def handle_s(params: Parameters, line: int) -> float:
    """Return the mean seconds an operator spends on a contact of a line, wrap-up included."""
    if line == PORTAL:
        form = params.raw["portal_handle_s"]
        return float(form["median"] * np.exp(form["sigma"] ** 2 / 2)) * 0.86  # thanks take little
    stream = line if line < N_STREAMS else MAIN
    talk = float(params.category_weight[stream] @ params.handle_s)
    talk *= float(np.exp(params.raw["handle_sigma"] ** 2 / 2))
    if line == CHAT:
        return talk * float(params.raw["chat_handle"])
    return talk + float(params.raw["wrap_s"]["median"]) * 1.13


def load(params: Parameters, contacts_per_day: int, line: int, weekday: int) -> Floats:
    """Return the planned erlangs of a line by hour of a day of the week."""
    raw = params.raw
    hours = params.hour_weight[line] if line < N_STREAMS else params.hour_weight[CHAT]
    share = raw["fresh_share"] * params.stream_share[line] if line < N_STREAMS else 0.0
    share = share + raw["load_beyond_streams"].get(LINES[line], 0.0)
    contacts = contacts_per_day * raw["planned_weekdays"][weekday] * share
    erlangs: Floats = contacts * hours * handle_s(params, line) / 3600 * raw["planned_load"]
    return erlangs


def needed(params: Parameters, desk: dict[str, Any], erlangs: Floats, staffing: float) -> Ints:
    """Return how many people a desk wants at each hour (0 where none of its shifts reaches)."""
    slots = desk.get("slots", 1)
    erlangs = erlangs * desk.get("planned", 1.0)
    people = erlangs / slots + desk["beta"] * np.sqrt(erlangs / slots)
    people = np.maximum(people * staffing / (1 - params.raw["planned_pauses"]), desk["least"])
    reach = sum((_covers(s) for s in desk["hours"]), np.zeros(24))
    found: Ints = np.where(reach > 0, np.ceil(people - 0.25), 0).astype(np.int64)
    return found


def _covers(shift: list[float]) -> Floats:
    hours = np.zeros(24)
    hours[np.arange(int(shift[0]), int(shift[0] + shift[1])) % 24] = 1
    return hours


def cover(need: Ints, shifts: list[list[float]]) -> list[tuple[float, float]]:
    """Fill the need greedily with shifts (start hour, hours), night shifts last."""
    left = need.astype(np.float64)
    taken: list[tuple[float, float]] = []
    while left.max() > 0:
        gains = [float((_covers(s) * (left > 0) * (1 + left)).sum()) / s[1] for s in shifts]
        best = shifts[int(np.argmax(gains))]
        taken.append((float(best[0]), float(best[1])))
        left -= _covers(best)
    return sorted(taken, key=lambda s: (s[0] >= 18, s[0]))
