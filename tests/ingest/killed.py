"""`python -m tests.ingest.killed LOGS CALM HOME UNSAID KILLS SEED`: ingest with kill -9 on the way.

Forks a child that ingests the folder into CALM, settles and keeps house; then one after another
that do so with HOME, by the same key. Kills each at a random moment of one of the steps of the
first, the steps in their order, and lets one end. Prints what was killed where, as JSON. Forking
from a process that has imported everything spares each child the seconds of importing. A job and a
log of the home UNSAID, where there is one, are taken by workers killed between commit and word.
"""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pipelines.ingest
import pipelines.lake.connect
import pipelines.sources.raw
import pipelines.stage
from expectations.validation import warm
from pipelines import desk, jobs
from pipelines.lake.connect import open_lake
from pipelines.lake.lock import writer_lock
from pipelines.settings import Settings
from pipelines.sources import Context
from pipelines.worker import Worker


def work(home: Path, logs: Path) -> None:
    """What a child does: the product's own commands; each step it begins is a line of `steps`."""
    settings = Settings(home=home)
    begun = [""]

    def told(step: str, *_: int) -> None:
        name = step.split(":")[0] or begun[-1]
        if name != begun[-1]:
            begun.append(name)
            with (home / "steps").open("a", encoding="utf-8") as file:
                file.write(f"{time.monotonic()} {name}\n")

    jobs.do(settings, "ingest", {"paths": [str(logs)], "source": None}, told)
    told("maintain")
    jobs.do(settings, "maintain", {}, told)
    told("end")


def steps(home: Path) -> list[tuple[float, str]]:
    """Return when the child began its steps, and their names."""
    path = home / "steps"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [(float(at), name) for at, _, name in (line.partition(" ") for line in lines)]


def child(home: Path, logs: Path) -> int:
    """Fork a child that works; return its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            work(home, logs)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return pid


def strike(pid: int, home: Path, step: str, delay_s: float) -> str:
    """Kill a child so long after it began a step; return where it struck, "" where it had ended."""
    at = None
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        now = time.monotonic()
        at = at or next((begun for begun, name in steps(home) if name == step), None)
        if at and now >= at + delay_s:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return steps(home)[-1][1]
        time.sleep(0.01)
    if os.waitpid(pid, 0)[1]:
        sys.exit("a child failed after a kill")
    return ""


def calm_steps(home: Path, logs: Path) -> list[tuple[str, float]]:
    """Let a child end; return its steps and how many seconds each took."""
    (home / "steps").unlink(missing_ok=True)
    if os.waitpid(child(home, logs), 0)[1]:
        sys.exit("a child failed")
    told = steps(home)
    return [(name, after - at) for (at, name), (after, _) in itertools.pairwise(told)]


def leave_unsaid() -> None:
    """Be killed as soon as rows are committed: neither tail, job nor desk hears of them."""
    committed = pipelines.stage.Stage.finish

    def finish(*args: Any, **more: Any) -> Any:
        committed(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    pipelines.stage.Stage.finish = finish


def take_all(settings: Settings) -> None:
    """What a worker begins with: jobs of a dead one are asked for again, its logs go on."""
    with writer_lock(settings, "liniya worker"):
        desk.requeue_interrupted(settings)
        lake = open_lake(settings)
        Worker(lake, Context.of(settings)).tick()
        jobs.serve_one(lake)
        lake.close()


def unsaid(home: Path) -> None:
    """Have the log in the inbox taken by one worker and `calls.csv`, a job, by the next.

    Both are killed between the commit and their word; a third one is left in peace.
    """
    settings = Settings(home=home)
    args = {"paths": [str(home / "calls.csv")], "source": "calls"}
    (home / "asked").write_text(desk.ask(settings, "ingest", args), "utf-8")
    for ends in (-signal.SIGKILL, -signal.SIGKILL, 0):
        pid = os.fork()
        if pid == 0:
            try:
                if ends:
                    leave_unsaid()
                take_all(settings)
            except BaseException as error:
                print(repr(error), file=sys.stderr)
                os._exit(1)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != ends:
            sys.exit("a worker did not end as it should")


def main() -> None:
    """Kill so many children, then let one end; see the module."""
    logs, calm, home, told = map(Path, sys.argv[1:5])
    kills, seed = map(int, sys.argv[5:7])
    luck = random.Random(seed)
    warm()  # once for all children
    # small parts and transactions, so that a kill finds every kind of moment
    pipelines.sources.raw.PART_BYTES = 20_000
    pipelines.ingest.FULL = 750
    where = Counter[str]()
    calm.mkdir(parents=True)
    home.mkdir(parents=True)
    took = calm_steps(calm, logs)
    shutil.copy(calm / "identity.key", home)
    many = pipelines.lake.connect.MANY_ROWS
    for n, place in enumerate(sorted(luck.choices(range(len(took)), k=kills))):
        name, took_s = took[place]
        (home / "steps").unlink(missing_ok=True)
        # every other one goes the way of many rows: every core, files written before they are named
        pipelines.lake.connect.MANY_ROWS = 1 if n % 2 else many
        struck = strike(child(home, logs), home, name, luck.uniform(0, took_s))
        where[struck or "ended before"] += 1
    pipelines.lake.connect.MANY_ROWS = many
    calm_steps(home, logs)
    if told.exists():
        unsaid(told)
    print(json.dumps(where))


def kill(work: Path, kills: int, seed: int) -> dict[str, int]:
    """Run it on `work/logs` into `work/calm` and `work/killed`; return what was killed where.

    `work/unsaid` may be the home of the workers killed between commit and word.
    """
    folders = [str(work / name) for name in ("logs", "calm", "killed", "unsaid")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.ingest.killed", *folders, str(kills), str(seed)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    struck: dict[str, int] = json.loads(done.stdout)
    return struck


if __name__ == "__main__":
    main()
