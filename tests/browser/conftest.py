"""A real lake, a real server in a process of its own, a real headless Chromium."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings, wall_now

# the shell has no window of its own to draw: pages open in two thirds of the time
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = next((path for path in BROWSERS if Path(path).exists()), BROWSERS[-1])
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 40


def midday_zone() -> str:
    """A zone where it is about noon: today's rows stay today's whenever the tests run."""
    east = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`python -m dashboard` on a lake; `kill` and `start` again as tests need."""

    settings: Settings
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> "Server":
        env = {k: v for k, v in os.environ.items() if not k.startswith("LINIYA_")} | {
            "LINIYA_HOME": str(self.settings.home),
            "LINIYA_PORT": str(self.settings.port),
            "LINIYA_ZONE": self.settings.zone,
            "LINIYA_REFERENCE": str(self.settings.reference),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard"], env=env, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text("utf-8")
            try:
                if urllib.request.urlopen(f"{self.url}/readyz", timeout=2).status == 200:
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"not ready in {START_S} s: {self.log.read_text('utf-8')}")

    def stop(self, how: int = signal.SIGTERM, within_s: float = 8.0) -> float:
        """Send the signal and return how long it took; killed and failed past `within_s`."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(how)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running {within_s} s after signal {how}") from None
        return time.monotonic() - began


def add_waiting_call(lake: Lake, number: int, waited_s: float = 20.0) -> None:
    """Commit one staffed call that waits in the queue of the main line now."""
    tz = lake.settings.tz
    at = wall_now() - timedelta(seconds=waited_s)
    day = at.astimezone(tz).date()
    contact = f"calls:w{number}"
    with lake.transaction():
        lake.con.execute(
            "insert into lake.contacts by name select $id as contact_id, 'calls' as source, "
            "'phone' as channel, 'main' as line, 'form_error' as category, $at as received_at, "
            "$day as received_date, true as is_staffed",
            {"id": contact, "at": at, "day": day},
        )
        lake.con.execute(
            "insert into lake.legs by name select $id as contact_id, 1 as leg, 'calls' as source, "
            "'phone' as channel, 'main' as line, $at as queued_at, 'open' as left_as, "
            "$at as received_at, $day as received_date",
            {"id": contact, "at": at, "day": day},
        )
        lake.con.execute(
            "insert into lake.events by name select $id as contact_id, 1 as seq, $at as event_at, "
            "'queued' as kind, 1 as leg, 'main' as line, 'calls' as source, "
            "$at as received_at, $day as received_date",
            {"id": contact, "at": at, "day": day},
        )
        lake.con.execute(
            "insert into lake.clocks by name select 'phone.wait_max' as promise, "
            "1 as promise_version, 'clock' as kind, $id as contact_id, 1 as number, "
            "$day as received_date, $at as started_at, $due as due_at, 0.0 as paused_s",
            {"id": contact, "at": at, "day": day, "due": at + timedelta(minutes=5)},
        )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        home=tmp_path_factory.mktemp("browser") / "home", port=free_port(), zone=midday_zone()
    )


@pytest.fixture(scope="session")
def writer(home: Settings) -> Iterator[Lake]:
    """The lake, open for writing in this process as the worker's is in its own."""
    lake = open_lake(home)
    for number in range(3):
        add_waiting_call(lake, number, waited_s=30 + 10 * number)
    yield lake
    lake.close()


@pytest.fixture
def new_call(writer: Lake) -> Callable[[], None]:
    """Commit one more waiting call."""
    numbers = itertools.count(int(time.monotonic() * 1000))
    return lambda: add_waiting_call(writer, next(numbers), waited_s=1.0)


@pytest.fixture(scope="session")
def server(home: Settings, writer: Lake) -> Iterator[Server]:
    running = Server(home, home.home.parent / "server.log").start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture
def another_server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, with its own lake and reference data: to stop and to change."""
    reference = tmp_path / "reference"
    shutil.copytree(Settings().reference, reference)
    settings = Settings(
        home=tmp_path / "home", port=free_port(), zone=midday_zone(), reference=reference
    )
    lake = open_lake(settings)
    add_waiting_call(lake, 1)
    lake.close()
    running = Server(settings, tmp_path / "server.log").start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here: `make browser` installs it")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


def still(page: Page) -> None:
    """Wait until the page is drawn to its end: a click before it may find another table."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """Open a path as a person in a fresh browser profile; every outside request is a failure."""
    contexts = []

    def opened(
        path: str, *, person: str | None = "supervisor", init: str = "", **options: object
    ) -> Page:
        context = browser.new_context(locale="ru-RU", **options)  # type: ignore[arg-type]
        if init:
            context.add_init_script(init)
        contexts.append(context)
        page = context.new_page()
        page.outside = []  # type: ignore[attr-defined]
        page.on(
            "request",
            lambda r: (
                r.url.startswith((server.url, "data:", "blob:")) or page.outside.append(r.url)  # type: ignore[attr-defined]
            ),
        )
        if person:
            page.goto(f"{server.url}/api/enter?person={person}&to=/readyz")
        page.goto(server.url + path)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            assert getattr(page, "outside", []) == []
        context.close()
