"""From a line appended to a tailed log to its commit, with the worker as it runs."""

import json
import statistics
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import LakeError
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings
from pipelines.worker import run as work_on
from tests.bench.measure import Measure

LINES = 120
EVERY_S = 0.35
P95_S = 1.0


def run(work: Path, rows: int) -> list[Measure]:
    """Append lines one by one and time each until a reader of the lake sees it."""
    settings = Settings(home=work / "home", inbox=str(work / "inbox"))
    settings.inbox_dir.mkdir(parents=True)
    log = settings.inbox_dir / "events.jsonl"
    log.write_text(_line(0), "utf-8")
    stop = threading.Event()
    worker = threading.Thread(target=work_on, args=(settings, stop), daemon=True)
    worker.start()
    lags = _lags(settings, log)
    stop.set()
    worker.join(30)
    p95 = statistics.quantiles(lags, n=20)[-1]
    return [
        Measure(f"line appended to line committed, p50 of {LINES}", _s(statistics.median(lags))),
        Measure("the same, p95", _s(p95), f"at most {P95_S:.0f} s", p95 <= P95_S),
    ]


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _line(n: int) -> str:
    now = datetime.now(UTC).isoformat()
    row = {"event_at": now, "contact_id": f"calls:{n}", "kind": "received", "line": "main"}
    return json.dumps(row) + "\n"


def _lags(settings: Settings, log: Path) -> list[float]:
    lags: list[float] = []
    lake = _opened(settings)
    _wait(lake, 1)
    for n in range(1, LINES + 1):
        began = time.perf_counter()
        with log.open("a", encoding="utf-8") as file:
            file.write(_line(n))
        _wait(lake, n + 1)
        lags.append(time.perf_counter() - began)
        time.sleep(EVERY_S)
    lake.close()
    return lags


def _opened(settings: Settings) -> Lake:
    until = time.monotonic() + 120
    while True:
        try:
            return open_lake(settings, read_only=True)
        except LakeError:  # the worker makes its tables
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _wait(lake: object, n: int) -> None:
    until = time.monotonic() + 60
    while lake.con.sql("select count(*) from lake.contacts").fetchall()[0][0] < n:  # type: ignore[attr-defined]
        if time.monotonic() > until:
            raise AssertionError(f"row {n} was not committed within a minute")
        time.sleep(0.01)
