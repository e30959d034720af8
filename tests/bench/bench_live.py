"""From a line written to a tailed log to the number in the browser; what many open boards cost.

A worker and a dashboard as `liniya run` starts them, a real Chromium, and plain event streams as
further viewers. A call is appended to the log every `EVERY_S`; each counts in "waiting now", so a
board that shows a call shows those before it too.

Every page watches what is replaced in it; only the first looks at each of its frames, too: to ask
ten pages sixty times a second took half of what their Chromium uses, and no viewer does.
"""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dashboard import access
from dashboard.live.route import URL, token
from pipelines.ingest import ingest
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.bench.measure import Measure
from tests.browser.conftest import CHROMIUM, FLAGS, free_port, midday_zone

CALLS, EVERY_S = 40, 1.0
ROUNDS = ((1, 0), (10, 0), (1, 50), (1, 200))  # pages in Chromium, plain streams beside them
# a worker that has just begun looks at scores, bursts and reports for the first time after a minute
FIRST_S = 75.0
P50_S, P95_S, MANY_P95_S = 0.8, 1.5, 2.0
SERVER_CORES = 0.5
PER_DAY = 5_000

VALUE = '.tile[data-key="waiting"] .value'
# notes when each number of waiting calls was first seen, what was replaced, and empty frames
WATCH = """(looks) => {
  const root = [...document.querySelectorAll('*')]
    .find(n => n.shadowRoot?.querySelector('.board')).shadowRoot;
  const value = root.querySelector(SELECTOR);
  const kept = [...root.querySelectorAll('.tile, .tile *, section, svg, svg *, tbody tr')];
  const w = window.watched = {seen: {}, blank: 0, frames: 0, outer: 0,
    lost: () => kept.filter(n => n.getRootNode() !== root).length};
  const note = () => { w.seen[value.textContent] ??= Date.now(); w.blank += !value.textContent; };
  note();
  new MutationObserver(note).observe(value, {subtree: true, childList: true, characterData: true});
  new MutationObserver(list => { for (const m of list) w.outer += m.removedNodes.length; })
    .observe(document.querySelector('[data-testid="stMain"]'), {subtree: true, childList: true});
  const board = root.querySelector('.board');
  const frame = () => {
    w.frames++;
    if (!value.textContent || board.getBoundingClientRect().height < 100) w.blank++;
    requestAnimationFrame(frame);
  };
  if (looks) requestAnimationFrame(frame);
}""".replace("SELECTOR", repr(VALUE))
READY = (
    "() => [...document.querySelectorAll('*')].find(n => "
    f"/^\\d+$/.test(n.shadowRoot?.querySelector('{VALUE}')?.textContent ?? ''))"
)


def run(work: Path, rows: int) -> list[Measure]:
    """Measure each of ROUNDS on a lake of some days, whatever `rows` are asked for."""
    settings = Settings(
        home=work / "home", inbox=str(work / "inbox"), port=free_port(), zone=midday_zone()
    )
    settings.inbox_dir.mkdir(parents=True)
    today = datetime.now(settings.tz).date()
    _history(settings, work / "logs", today)
    log = settings.inbox_dir / "events.jsonl"
    log.write_text("", "utf-8")
    found: list[Measure] = []
    with _process(settings, "worker") as worker, _process(settings, "dashboard") as server:
        _until_ready(settings)
        time.sleep(FIRST_S)
        for number, (pages, streams) in enumerate(ROUNDS):
            found += _round(settings, log, number, pages, streams, worker, server)
            print(*(f"{m.what}: {m.shown}" for m in found[-5:]), sep="\n", file=sys.stderr)
    return found


def _history(settings: Settings, logs: Path, today: date) -> None:
    simulate(logs, days=7, contacts_per_day=PER_DAY, end=today - timedelta(days=1),
             zone=settings.zone)  # fmt: skip
    lake = open_lake(settings)
    list(ingest(lake, [logs]))
    lake.close()


def _round(
    settings: Settings, log: Path, number: int, pages: int, streams: int, worker: int, server: int
) -> list[Measure]:
    with ExitStack() as stack:
        opened = stack.enter_context(_pages(settings, pages))
        stack.enter_context(_streams(settings, streams))
        time.sleep(5)
        for page in opened:
            page.evaluate(WATCH, page is opened[0])
        before = int(_waiting(opened[0]))
        cpu, began = (_cpu_s(worker), _cpu_s(server)), time.monotonic()
        written = _write(log, number)
        last = f"() => Math.max(...Object.keys(watched.seen)) >= {before + CALLS}"
        for page in opened:
            page.wait_for_function(last, timeout=30_000)
        took = time.monotonic() - began
        worker_cores, server_cores = (
            (_cpu_s(process) - was) / took
            for process, was in zip((worker, server), cpu, strict=True)
        )
        lags = [lag for page in opened for lag in _lags(page, before, written)]
        watched = [page.evaluate(
            "() => ({lost: watched.lost(), blank: watched.blank, frames: watched.frames,"
            " outer: watched.outer})"
        ) for page in opened]  # fmt: skip
    who = f"{pages} Chromium" + (f" + {streams} streams" if streams else "")
    p50, p95 = statistics.median(lags), statistics.quantiles(lags, n=20)[-1]
    many = streams > 0
    lost, blank, outer, frames = (
        sum(one[name] for one in watched) for name in ("lost", "blank", "outer", "frames")
    )
    most = MANY_P95_S if many else P95_S
    return [
        Measure(f"{who}: log to DOM, p50 of {len(lags)}", f"{p50:.2f} s",
                "" if many else f"at most {P50_S} s", None if many else p50 <= P50_S),
        Measure(f"{who}: log to DOM, p95", f"{p95:.2f} s", f"at most {most} s", p95 <= most),
        Measure(f"{who}: server", f"{server_cores:.2f} of a core",
                f"under {SERVER_CORES}" if many else "",
                server_cores < SERVER_CORES if many else None),
        Measure(f"{who}: worker", f"{worker_cores:.2f} of a core"),
        Measure(f"{who}: nodes replaced, blank of {frames:,} frames", f"{lost + outer}, {blank}",
                "0, 0", lost + outer + blank == 0),
    ]  # fmt: skip


def _write(log: Path, number: int) -> list[float]:
    """Append the calls of a round, each with its queueing; return when each was written."""
    written = []
    for n in range(CALLS):
        at = datetime.now(UTC).isoformat()
        call = f'"contact_id":"calls:live-{number}-{n}","line":"main","channel":"phone"'
        lines = "".join(
            f'{{"event_at":"{at}","kind":"{kind}",{call}}}\n' for kind in ("received", "queued")
        )
        with log.open("a", encoding="utf-8") as file:
            file.write(lines)
        written.append(time.time())
        time.sleep(EVERY_S)
    return written


def _lags(page: Page, before: int, written: list[float]) -> list[float]:
    seen = {int(n): ms / 1000 for n, ms in page.evaluate("() => watched.seen").items()}
    lags = []
    for n, at in enumerate(written, before + 1):
        shown = [moment for count, moment in seen.items() if count >= n]
        if not shown:
            raise AssertionError(f"call {n - before} of {len(written)} was never shown")
        lags.append(min(shown) - at)
    return lags


def _waiting(page: Page) -> str:
    """Return what the tile of waiting calls shows."""
    text: str = page.evaluate(f"() => ({READY})().shadowRoot.querySelector('{VALUE}').textContent")
    return text


@contextmanager
def _pages(settings: Settings, n: int) -> Iterator[list[Page]]:
    base = f"http://127.0.0.1:{settings.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = []
        for _ in range(n):  # each a visitor of its own: a browser has six connections a host
            page = browser.new_context(locale="ru-RU").new_page()
            page.goto(f"{base}/api/enter?person=supervisor&to=/readyz")
            page.goto(f"{base}/now")
            opened.append(page)
        for page in opened:
            page.wait_for_function(READY, timeout=60_000)
        yield opened
        browser.close()


@contextmanager
def _streams(settings: Settings, n: int) -> Iterator[None]:
    """Hold so many plain streams open, each read to its end by a thread."""
    person = access.people(settings)["supervisor"]
    url = f"http://127.0.0.1:{settings.port}{URL}?t={token(settings, person, 'ru')}"
    over = threading.Event()

    def follow() -> None:
        with urllib.request.urlopen(url, timeout=60) as stream:
            while not over.is_set() and stream.readline():
                pass

    threads = [threading.Thread(target=follow, daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join(20)


@contextmanager
def _process(settings: Settings, what: str) -> Iterator[int]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("LINIYA_")} | {
        "LINIYA_HOME": str(settings.home), "LINIYA_INBOX": settings.inbox,
        "LINIYA_PORT": str(settings.port), "LINIYA_ZONE": settings.zone,
    }  # fmt: skip
    module = ["dashboard"] if what == "dashboard" else ["pipelines.cli", "worker"]
    log = (settings.home.parent / f"{what}.log").open("ab")
    process = subprocess.Popen([sys.executable, "-m", *module], env=env, stdout=log, stderr=log)
    try:
        yield process.pid
        if process.poll() is not None:
            raise AssertionError(f"{what} ended: {log.name}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def _until_ready(settings: Settings) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/readyz", timeout=2):
                time.sleep(5)  # the worker settles what it found
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the dashboard was not ready within a minute")


def _cpu_s(process: int) -> float:
    """Return the processor seconds a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
