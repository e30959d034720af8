"""A whole history: weeks of logs, the truth about them, and the state live traffic goes on from."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.errors import UsageError
from pipelines.operators.weights import read_weights
from pipelines.settings import ROOT, wall_now
from pipelines.simulator import events, state
from pipelines.simulator.calendar import midnight
from pipelines.simulator.dirt import soil
from pipelines.simulator.expected import base_of, composites, periods, scale
from pipelines.simulator.files import DATASETS, cut, together
from pipelines.simulator.truth import Truth
from pipelines.simulator.world import Logs, World

_DAILY = 10  # up to so many days, a file a day
_WEEKLY = 35  # up to so many days, a file a week; more: a file a month
_TAIL_DAYS = 25  # nothing that happens to a contact comes later than this


def simulate(
    out: Path,
    days: int = 7,
    contacts_per_day: int = 5000,
    seed: int = 7,
    *,
    start: date | None = None,
    end: date | None = None,
    zone: str = "Europe/Moscow",
    dirt: float = 0.02,
    truth: Path | None = None,
    history: Path | None = None,
    staffing: float = 1.0,
    confounded: bool = False,
    reference: Path = ROOT / "data" / "reference",
    on_progress: Callable[[str, int, int], object] | None = None,
) -> dict[str, Any]:
    """Simulate a hotline for some days and write its canonical logs.

    The same arguments give the same bytes. Files are calls-, feedback-, operators-,
    journal-<day>.csv and chats-<day>.jsonl, one a day up to ten days, one a week (from the first
    day of the period, then Mondays) up to five weeks, else one a month. Nothing in them lies after
    the end of the period. What goes on afterwards is kept in `out/.simulator/world.json` for
    `live`.

    Args:
        out: folder for the logs; made if absent. Files of the same names are replaced.
        days: how many; contacts_per_day: about how many contacts an average day has.
        seed: the world: the same seed and size have the same citizens and operators.
        start: first local day. end: the day after the last. At most one of them; by default the
            period ends yesterday in the service's zone.
        zone: the service's time zone.
        dirt: share of dirty rows, 0..1.
        truth: where to write what only the simulator knows (JSON); see `truth.Truth.row`.
        history: folder of an earlier history or of live traffic that ends where this one begins
            (`continues_from`): its citizens come back, its numbering and operators go on.
        staffing: 1.0 as planned; 0.8 means a fifth fewer people, and the waits that follow.
        confounded: hard matters go to those who solve most, as far as there is a choice.
        reference: folder of score.yml, whose weights the true composites have.
        on_progress: called with what is being done, days done and days in all.

    Returns:
        The same as the truth file.

    Raises:
        UsageError: the arguments make no sense.
    """
    first, end = _period(days, contacts_per_day, dirt, start, end, zone)
    left = _left(history, seed, contacts_per_day, zone, first)
    world = World(seed, contacts_per_day, zone, first, staffing, left, confounded=confounded)
    told = Truth(seed, zone, first.isoformat(), end.isoformat())
    out.mkdir(parents=True, exist_ok=True)
    writer = _Writer(out, world, told, dirt, midnight(end, zone))
    groups = list(_files(first, end))
    recent: list[Logs] = []
    for group, last in zip(groups, [*[False] * (len(groups) - 1), True], strict=True):
        logs = []
        for day in group:
            logs.append(world.next_day(day))
            if on_progress is not None:
                on_progress("simulate", (day - first).days + 1, days)
        writer.write(logs, has_next=not last)
        recent = [x for x in recent + logs if (end - x.date).days <= _TAIL_DAYS]
    rest = [(float(t), str(line)) for t, line in (left or {}).get("tail", ())]
    rest += tail(recent, midnight(end, zone), zone)
    state.keep(out / state.HISTORY, world, end, rest)
    made = told.row(world.team) | {"scores": _scores(told, world, first, end, reference)}
    if truth is not None:
        truth.parent.mkdir(parents=True, exist_ok=True)
        truth.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return made


def _scores(
    told: Truth, world: World, first: date, end: date, reference: Path
) -> list[dict[str, Any]]:
    newest = read_weights(reference, end - timedelta(days=1))
    asked = periods(first, end, newest.period_days)
    parts = world.params, world.team, told.mix
    found: list[dict[str, Any]] = []
    for start, last in asked:
        weights = read_weights(reference, last - timedelta(days=1))
        base = base_of(first, end, asked, weights)
        held = scale(*parts, *base, weights) if base else None
        found.append({
            "from": start.isoformat(), "to": last.isoformat(),
            "base_from": base[0].isoformat() if base and held else None,
            "base_to": base[1].isoformat() if base and held else None,
            "operators": composites(*parts, start, last, weights, held),
        })  # fmt: skip
    return found


def _period(
    days: int, per_day: int, dirt: float, start: date | None, end: date | None, zone: str
) -> tuple[date, date]:
    if days < 1 or per_day < 1:
        raise UsageError(f"simulate: {days} days of {per_day} contacts: both must be at least 1")
    if not 0 <= dirt <= 0.5:
        raise UsageError(f"simulate: dirt is {dirt}; a share from 0 to 0.5 is wanted")
    if start is not None and end is not None and start + timedelta(days=days) != end:
        raise UsageError(f"simulate: {start} and {end} are not {days} days apart; give one of them")
    if start is not None:
        return start, start + timedelta(days=days)
    end = end or wall_now().astimezone(ZoneInfo(zone)).date()
    return end - timedelta(days=days), end


def continues_from(folder: Path) -> date | None:
    """Return the day that traffic in a folder has not simulated yet; None: no traffic there."""
    return max(state.next_days(folder), default=None)


def _left(
    history: Path | None, seed: int, per_day: int, zone: str, first: date
) -> dict[str, Any] | None:
    if history is None:
        return None
    paths = [history / state.HISTORY, history / state.LIVE]
    left = state.found(paths, seed, per_day, zone)
    if left is None or left["next_day"] != first.isoformat():
        ends = left["next_day"] if left else "nowhere"
        raise UsageError(f"simulate: {history} goes on at {ends}, not at {first}")
    return left


def _files(first: date, end: date) -> Iterator[list[date]]:
    """Yield the days of each file."""
    days = [first + timedelta(days=i) for i in range((end - first).days)]
    group: list[date] = []
    for day in days:
        if group and _begins_file(day, len(days)):
            yield group
            group = []
        group.append(day)
    yield group


def _begins_file(day: date, n_days: int) -> bool:
    if n_days <= _DAILY:
        return True
    return day.weekday() == 0 if n_days <= _WEEKLY else day.day == 1


class _Writer:
    """Writes a group of days, remembers the late rows and tells the truth."""

    def __init__(self, out: Path, world: World, told: Truth, dirt: float, cut_s: float):
        self.out, self.world, self.told, self.dirt, self.cut_s = out, world, told, dirt, cut_s
        self.late: dict[str, pl.DataFrame] = {}

    def write(self, logs: list[Logs], *, has_next: bool) -> None:
        params = self.world.params.raw["dirt"]
        for number, dataset in enumerate(DATASETS):
            day = logs[0].date
            rng = np.random.default_rng([self.world.seed, 51, number, day.toordinal()])
            done = soil(
                f"{dataset}-{day}", dataset, cut(together(logs, dataset), self.cut_s),
                self.late.get(dataset), self.world.zone, self.dirt, rng, params, has_next=has_next,
            )  # fmt: skip
            self.late[dataset] = done.late
            (self.out / done.file.name).write_text(done.file.text, "utf-8", newline="\n")
            self.told.add_file(done.file.name, dataset, len(done.file.lines), done.rows)
            self.told.add_kept(dataset, done.kept)
        for log in logs:
            self.told.incidents += log.incidents
            self.told.citizens |= log.n_citizens
            self.told.come_back += log.n_come_back
            self.told.redials += log.n_redials
            self.told.mix[log.date] = log.mix


def tail(logs: list[Logs], cut_s: float, zone: str) -> list[tuple[float, str]]:
    """Return the events of these days that lie after a moment, as (epoch seconds, line)."""
    return events.lines(
        [e.filter(pl.col("event_at") > cut_s) for e in map(events.of_day, logs)], zone
    )
