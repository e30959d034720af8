"""The teller of a live day: holds its events in order and appends those whose time has come."""

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.simulator import events, state
from pipelines.simulator.calendar import midnight
from pipelines.simulator.files import DATASETS, cut, file_of, together, written
from pipelines.simulator.incidents import Incident
from pipelines.simulator.world import World


@dataclass(frozen=True)
class Written:
    """How far a log has been written: time of the last event, and the lines of that second."""

    at_s: float = 0.0
    lines: frozenset[str] = field(default_factory=frozenset)


def mend(path: Path) -> Written:
    """Cut off a half-written last line and return how far the log goes."""
    if not path.is_file():
        return Written()
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    rows = whole.decode("utf-8").splitlines()
    if not rows:
        return Written()
    last = json.loads(rows[-1])["event_at"]
    same = []
    for row in reversed(rows):
        if json.loads(row)["event_at"] != last:
            break
        same.append(row)
    return Written(datetime.fromisoformat(last).timestamp(), frozenset(same))


@dataclass
class Begun:
    """A world at the beginning of a day and what it still owes from before."""

    day: date
    world: World
    rest: list[tuple[float, str]]  # events of earlier days' contacts still to happen
    asked: tuple[Incident, ...]


class Teller:
    """Holds a day's events in order and appends those whose time has come."""

    def __init__(self, out_file: Path, begun: Begun, days: Path | None):
        self.path, self.world, self.rest, self.asked = (
            out_file,
            begun.world,
            begun.rest,
            begun.asked,
        )
        self.days = days or out_file.parent.with_name(f"{out_file.parent.name}-days")
        self.ends_s = self.next_s = 0.0
        self.place = 0
        self.times: list[float] = []
        self.lines: list[str] = []

    def begin(self, day: date, asked: tuple[Incident, ...], done: Written | None = None) -> None:
        """Simulate a day and line up its events, without those already written."""
        zone = self.world.zone
        self.day, self.ends_s = day, midnight(day + timedelta(days=1), zone)
        start = midnight(day, zone)
        self.asked = tuple(i for i in self.asked if i.restored_s > start) + asked
        self._roster()
        state.keep(self.path.parent / state.LIVE, self.world, day, self.rest, self.asked)
        self.logs = self.world.next_day(day, self.asked)
        made = events.lines([events.of_day(self.logs), events.states(self.logs)], zone)
        both = sorted([*self.rest, *made], key=lambda e: e[0])
        self.rest = [e for e in both if e[0] >= self.ends_s]
        today = [e for e in both if e[0] < self.ends_s]
        if done is not None:
            today = [
                e for e in today
                if e[0] > done.at_s or (e[0] == done.at_s and e[1] not in done.lines)
            ]  # fmt: skip
        self.times = [t for t, _ in today]
        self.lines = [line for _, line in today]
        self.place = 0
        self.next_s = self.times[0] if self.times else self.ends_s

    def tell(self, now: float) -> None:
        """Append every event up to now: whole lines, flushed."""
        until = bisect_right(self.times, now)
        if until > self.place:
            with self.path.open("ab") as file:
                file.write("".join(f"{x}\n" for x in self.lines[self.place : until]).encode())
            self.place = until
        self.next_s = self.times[until] if until < len(self.times) else self.ends_s

    def finish(self) -> None:
        """At midnight: write the finished day as wide logs, begin the next."""
        self.days.mkdir(parents=True, exist_ok=True)
        for dataset in DATASETS:
            frame = written(cut(together([self.logs], dataset), self.ends_s - 1), self.world.zone)
            file = file_of(f"{dataset}-{self.day}", dataset, frame)
            (self.days / file.name).write_text(file.text, "utf-8", newline="\n")
        self.begin(self.day + timedelta(days=1), ())

    def _roster(self) -> None:
        """Write who the operators are, once."""
        team, path = self.world.team, self.path.parent / "operators-roster.csv"
        text = pl.DataFrame({
            "operator_id": team.ids,
            "name": team.names,
            "team": team.team,
            "skills": team.skills,
            "hired_on": [d.isoformat() for d in team.hired_on],
        }).write_csv()  # fmt: skip
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8", newline="\n")
