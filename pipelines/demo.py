"""Start and stop the processes of the product: worker, dashboard, and in a demo the live traffic.

`run_services` starts the worker and the dashboard on the lake as it is; `run_demo` first makes
eight weeks of simulated history (once) and adds a process that simulates today as it happens.
"""

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

from pipelines.errors import LiniyaError, SettingsError
from pipelines.lake.lock import LakeBusyError, holder
from pipelines.output import Progress
from pipelines.settings import Settings, wall_now

stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
START_S = 60  # a service that has not answered by then is reported
STOP_S = 8  # time to end by itself before it is killed


def dashboard_command() -> list[str]:
    """Return the command line of the dashboard's process (it is above us: never imported)."""
    return [sys.executable, "-m", "dashboard"]


def ensure_port(settings: Settings) -> None:
    """Raise SettingsError when something listens on the dashboard's address already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SettingsError(
                    f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}). "
                    f"Set LINIYA_HOST to an address of this machine (127.0.0.1), or LINIYA_PORT "
                    f"to a port this user may open."
                ) from error
            raise SettingsError(
                f"{settings.host}:{settings.port} is taken. Stop what listens there, or set "
                f"LINIYA_PORT to another port, as LINIYA_PORT=8600."
            ) from error


def run_services(settings: Settings, extra: dict[str, list[str]] | None = None) -> None:
    """Start worker and dashboard (and `extra` commands by name), wait for Ctrl-C, stop all.

    Raises:
        LakeBusyError: another worker holds the lake.
        SettingsError: the port is taken.
        LiniyaError: a process ended by itself; the message names it and its log.
    """
    ensure_port(settings)
    _ensure_free(settings)
    liniya = [sys.executable, "-m", "pipelines.cli"]
    commands = {"worker": [*liniya, "worker"], **(extra or {}), "dashboard": dashboard_command()}
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with _terminates(), _processes(commands, logs, settings) as running:
        _wait_until_up(settings, running, logs)
        stderr.print(f"\n[bold]Линия: http://{settings.host}:{settings.port}[/bold]   Ctrl-C: stop")
        print(f"http://{settings.host}:{settings.port}", flush=True)
        while not (ended := _ended(running)):
            time.sleep(0.5)
        raise LiniyaError(
            f"{ended} ended by itself (code {running[ended].returncode}); "
            f"its log: {logs / ended}.log"
        )


def run_demo(settings: Settings, *, days: int, contacts_per_day: int, seed: int) -> None:
    """Simulated history once, then everything live; see `run_services` for errors.

    A later run simulates the days in between, so that the history has no hole.
    """
    ensure_port(settings)
    _ensure_free(settings)
    state = settings.home / "demo.json"
    today = wall_now().astimezone(settings.tz).date()
    if state.is_file():
        made = Made(**json.loads(state.read_text("utf-8")))
    else:
        _refuse_foreign_lake(settings)
        start = (today - timedelta(days=days)).isoformat()
        made = Made(until=start, history="", seed=seed, contacts_per_day=contacts_per_day)
    if made.until < today.isoformat():
        made = _simulate_until(settings, made, today)
        state.write_text(json.dumps(asdict(made)), "utf-8")
    live = [
        *(sys.executable, "-m", "pipelines.cli", "simulate", "--live"),
        *("--out", str(settings.inbox_dir), "--history", str(settings.home / made.history)),
        *("--seed", str(made.seed), "--contacts-per-day", str(made.contacts_per_day)),
    ]
    run_services(settings, {"traffic": live})


@dataclass(frozen=True)
class Made:
    """What a demo's home holds: simulated days up to `until`, by which folder they go on."""

    until: str
    history: str  # relative to the home; empty before the first run
    seed: int
    contacts_per_day: int


def _simulate_until(settings: Settings, made: Made, today: date) -> Made:
    from pipelines import jobs, simulator

    told = simulator.continues_from(settings.inbox_dir) if made.history else None
    first = max(date.fromisoformat(made.until), told) if told else date.fromisoformat(made.until)
    days = (today - first).days
    if days <= 0:
        return replace(made, until=today.isoformat())
    logs = settings.home / "demo-logs" / first.isoformat()
    shutil.rmtree(logs, ignore_errors=True)  # half-made by a run that was stopped
    began = time.monotonic()
    stderr.print(f"Simulating {days} days, about {made.contacts_per_day} contacts a day")
    with Progress(stderr) as progress:
        simulator.simulate(
            logs,
            days=days,
            contacts_per_day=made.contacts_per_day,
            seed=made.seed,
            end=today,
            zone=settings.zone,
            truth=logs.parent / f"truth-{first}.json",
            history=settings.inbox_dir if told else None,
            on_progress=progress,
        )
    stderr.print(f"  {time.monotonic() - began:.0f} s. Reading, checking and judging the logs")
    began = time.monotonic()
    with Progress(stderr) as progress:
        found = jobs.do(settings, "ingest", {"paths": [str(logs)], "source": None}, progress)
        jobs.do(settings, "refresh", {}, progress)
        # each log left files of its own: pages read the merged ones in two thirds of the time
        jobs.do(settings, "maintain", {}, progress)
    counts = ("read", "accepted", "updated", "duplicate", "quarantined")
    total = {name: sum(row[name] for row in found) for name in counts}
    stderr.print(f"  {time.monotonic() - began:.0f} s. Rows: {total}")
    return replace(made, until=today.isoformat(), history=f"demo-logs/{logs.name}")


def _refuse_foreign_lake(settings: Settings) -> None:
    if settings.catalog.is_file():
        from pipelines.lake.connect import open_lake

        lake = open_lake(settings, read_only=True)
        n = lake.con.sql("select count(*) from lake.contacts").fetchall()[0][0]
        demo = lake.con.sql("select count(*) from lake.files").fetchall()[0][0]
        lake.close()
        if n and demo and not (settings.home / "demo-logs").is_dir():
            raise LiniyaError(
                f"{settings.home} holds {n} contacts of its own; the demo does not mix simulated "
                f"ones in. Set LINIYA_HOME to an empty folder, or use `liniya run`."
            )


def _ensure_free(settings: Settings) -> None:
    if who := holder(settings):
        raise LakeBusyError(
            f"{settings.home}: in use by {who}. "
            f"Stop it first, or set LINIYA_HOME to another folder."
        )


@contextlib.contextmanager
def _terminates() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that children are stopped too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        stderr.print("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _processes(
    commands: dict[str, list[str]], logs: Path, settings: Settings
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    env = {**os.environ, "LINIYA_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"}
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, argv in commands.items():
            with (logs / f"{name}.log").open("ab") as log:
                # a session of its own: Ctrl-C reaches us, and we stop it in order
                running[name] = subprocess.Popen(
                    argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env,
                    start_new_session=True,
                )  # fmt: skip
        yield running
    finally:
        # an impatient second Ctrl-C must not leave half of them running
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for process in running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _ended(running: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, p in running.items() if p.poll() is not None), None)


def _wait_until_up(
    settings: Settings, running: dict[str, subprocess.Popen[bytes]], logs: Path
) -> None:
    url = f"http://{settings.host}:{settings.port}/_stcore/health"
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if ended := _ended(running):
            tail = (logs / f"{ended}.log").read_text("utf-8", "replace").splitlines()[-5:]
            raise LiniyaError(f"{ended} did not start:\n" + "\n".join(tail))
        if _answers(url):
            return
        time.sleep(0.3)
    raise LiniyaError(f"the dashboard did not answer at {url} in {START_S} s; see {logs}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
