"""`python -m tests.ingest.killed LOGS HOME KILLS SEED`: ingest with kill -9 at random moments.

Forks one child after another that ingest the folder, settle and keep house; kills each at a random
moment of its work, then lets one end. Prints what was killed where, as JSON. Forking from a process
that has imported everything spares each child the seconds of importing.
"""

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
    """What a child does: the product's own commands."""
    settings = Settings(home=home)

    def told(step: str, *_: int) -> None:
        (home / "step").write_text(step.split(":")[0], "utf-8")

    jobs.do(settings, "ingest", {"paths": [str(logs)], "source": None}, told)
    told("maintain")
    jobs.do(settings, "maintain", {}, told)


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


def main() -> None:
    """Kill so many children, then let one end; see the module."""
    logs, home, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
    luck = random.Random(seed)
    home.mkdir(parents=True, exist_ok=True)
    span_s, killed, where = 3.0, 0, Counter[str]()
    while killed < kills:
        began = time.monotonic()
        pid = child(home, logs)
        time.sleep(luck.uniform(0.02, span_s))
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            step = home / "step"
            where[step.read_text("utf-8") if step.exists() else "start"] += 1
            killed += 1
        elif status:
            sys.exit("a child failed after a kill")
        else:
            span_s = max(0.3, time.monotonic() - began) * 0.9
            killed += 1  # it was faster than its killer: the next ones have a repeated run to spoil
            where["ended before"] += 1
    pid = child(home, logs)
    _, status = os.waitpid(pid, 0)
    print(json.dumps(where))
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    main()
