"""What a simulation leaves to the next: the world's state and events still to happen, as a file."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.errors import UsageError
from pipelines.simulator.incidents import Incident
from pipelines.simulator.world import World

HISTORY = Path(".simulator") / "world.json"  # hidden: whoever ingests the folder passes it by
LIVE = Path(".simulator") / "live.json"


def keep(
    path: Path, world: World, next_day: date, rest: list[tuple[float, str]],
    asked: tuple[Incident, ...] = (),
) -> None:  # fmt: skip
    """Write the state of a world before `next_day`: events still to happen, outages asked for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    more = {"tail": rest, "asked": [asdict(i) for i in asked]}
    text = json.dumps(world.state(next_day) | more, ensure_ascii=False)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)  # never half a state


def next_days(folder: Path) -> list[date]:
    """Return the first day each state of a folder has not simulated."""
    paths = [p for p in (folder / HISTORY, folder / LIVE) if p.is_file()]
    return [date.fromisoformat(json.loads(p.read_text("utf-8"))["next_day"]) for p in paths]


def found(paths: list[Path], seed: int, contacts_per_day: int, zone: str) -> dict[str, Any] | None:
    """Return the newest state among files; None if there is none.

    Raises:
        UsageError: a state is of another world: its logs and these would not be of one hotline.
    """
    states: list[dict[str, Any]] = []
    for path in paths:
        if not path.is_file():
            continue
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
        mine = {"seed": seed, "contacts_per_day": contacts_per_day, "zone": zone}
        if other := {k: state[k] for k, v in mine.items() if state[k] != v}:
            raise UsageError(
                f"{path}: this traffic was simulated with {other}, asked for are {mine}. "
                f"Use the same, or another folder."
            )
        states.append(state)
    return max(states, key=lambda s: s["next_day"], default=None)
