"""Live traffic: today as it happens, appended to an events log for the worker to tail.

A day is simulated whole when it begins and told event by event, so what is written is a function
of seed, day and what the days before left. Stopping and starting again, days later too, goes on
behind the last event written; an outage asked for changes nothing that lies before it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.errors import UsageError
from pipelines.settings import wall_now
from pipelines.simulator import events, state
from pipelines.simulator.calendar import midnight
from pipelines.simulator.incidents import Incident, requested
from pipelines.simulator.teller import Begun, Teller, mend
from pipelines.simulator.world import World

_LONGEST_WAIT_S = 0.5  # how soon a request to stop is heard

_MISSED_DAYS = 60  # a longer gap is not simulated through: the world begins anew


def live(
    out_file: Path,
    contacts_per_day: int = 5000,
    seed: int = 7,
    *,
    speed: float = 1.0,
    zone: str = "Europe/Moscow",
    clock: Callable[[], datetime] = wall_now,
    incident: float | None = None,
    history: Path | None = None,
    days: Path | None = None,
    stop_event: Event | None = None,
) -> None:
    """Append today's events to an events log in real time until told to stop.

    Begins with everything of today (from 00:00 in the service's zone) up to now, then writes whole
    lines, flushed, as their time comes. Contacts are named `calls:`, `chats:`, `feedback:` as the
    wide logs' are; operators' states are events without a contact. Operators' particulars stand in
    `operators-roster.csv` beside the log. At each midnight the finished day is written as wide logs
    into `days`. With a history the world goes on from it: people come back about its problems, its
    open forms are answered.

    Args:
        out_file: the events log (JSON Lines); its folder is made. If it exists, writing goes on
            behind its last event: what happened meanwhile is written at once.
        contacts_per_day, seed, zone: the world, as in `simulate`.
        speed: how many times faster than the clock; use with LINIYA_CLOCK=data.
        clock: tells the time; another one is for tests.
        incident: minutes from now until a large outage begins; None: only the world's own.
        history: folder `simulate` wrote with the same seed and size; by default the log's folder.
        days: folder for the finished days' wide logs; by default beside the log's folder.
        stop_event: set it to stop; checked twice a second.

    Raises:
        UsageError: the folder holds traffic of another seed, size or zone, or of a later day.
    """
    if speed <= 0:
        raise UsageError(f"live: speed is {speed}; it must be above 0")
    stop_event = stop_event or Event()
    out_file.parent.mkdir(parents=True, exist_ok=True)
    written_to = mend(out_file)
    began = clock().timestamp()
    start = max(began, written_to.at_s) if speed != 1.0 else began
    begun = _world(out_file, history, seed, contacts_per_day, zone, start)
    told = Teller(out_file, begun, days)
    asked = () if incident is None else (requested(told.world.params, start + 60 * incident),)
    told.begin(begun.day, asked, written_to)
    while True:
        now = start + (clock().timestamp() - began) * speed
        told.tell(now)
        if stop_event.is_set():
            return
        if now >= told.ends_s:
            told.finish()
            continue
        stop_event.wait(min(_LONGEST_WAIT_S, max(0.02, (told.next_s - now) / speed)))


def _day(at_s: float, zone: str) -> date:
    return datetime.fromtimestamp(at_s, ZoneInfo(zone)).date()


def _world(
    out_file: Path, history: Path | None, seed: int, per_day: int, zone: str, start: float
) -> "Begun":
    """Return the world at the beginning of the day to tell first: from its last state, or new."""
    today = _day(start, zone)
    own = out_file.parent / state.LIVE
    before = (history or out_file.parent) / state.HISTORY
    left = state.found([own, before], seed, per_day, zone)
    if left is None:
        return Begun(today, World(seed, per_day, zone, today), [], ())
    day = date.fromisoformat(left["next_day"])
    if day > today:
        raise UsageError(
            f"{out_file}: its traffic is simulated up to {day}, today is {today}. "
            f"Use another folder, or wait."
        )
    if (today - day).days > _MISSED_DAYS:
        return Begun(today, World(seed, per_day, zone, today), [], ())
    world = World(seed, per_day, zone, day, state=left)
    rest = [(float(t), str(line)) for t, line in left["tail"]]
    while day < today and not out_file.is_file():
        # a new log begins today; what happened since the history is over, only its end is told
        logs = world.next_day(day)
        day += timedelta(days=1)
        made = events.of_day(logs).filter(pl.col("event_at") >= midnight(day, zone))
        rest = [e for e in rest if e[0] >= midnight(day, zone)] + events.lines([made], zone)
    asked = tuple(Incident(**row) for row in left.get("asked", ()))
    return Begun(day, world, rest, asked)
