"""`python -m tests.ingest.killed LOGS HOME KILLS SEED [CALM]`: ingest with kill -9 on the way.

Forks one child after another that ingest the folder, settle and keep house; kills each at a random
moment of one of its steps, the steps in their order, then lets one end. CALM is what a run without
kills printed: the steps and how long each took. Prints the steps of the last child and what was
killed where, as JSON. Forking from a process that has imported everything spares each child the
seconds of importing.
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import expectations.pushdown  # noqa: F401 Great Expectations, once for all children
import pipelines.ingest
import pipelines.sources.raw
import pipelines.stage
from pipelines import jobs
from pipelines.settings import Settings

# small parts and transactions, so that a kill finds every kind of moment
pipelines.sources.raw.PART_BYTES = 40_000
pipelines.ingest.FULL = 1_500


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


def main() -> None:
    """Kill so many children, then let one end; see the module."""
    logs, home, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
    luck = random.Random(seed)
    home.mkdir(parents=True, exist_ok=True)
    where = Counter[str]()
    if kills:
        calm = json.loads(sys.argv[5])["steps"]
        for n in sorted(luck.choices(range(len(calm)), k=kills)):
            name, took_s = calm[n]
            (home / "steps").unlink(missing_ok=True)
            struck = strike(child(home, logs), home, name, luck.uniform(0, took_s))
            where[struck or "ended before"] += 1
    (home / "steps").unlink(missing_ok=True)
    _, status = os.waitpid(child(home, logs), 0)
    told = steps(home)
    took = [(name, after - at) for (at, name), (after, _) in itertools.pairwise(told)]
    print(json.dumps({"steps": took, "struck": where}))
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    main()
