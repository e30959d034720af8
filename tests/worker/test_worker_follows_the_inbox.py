"""The worker as a process: follows logs, survives kill -9, serves jobs, refuses a second."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pipelines.errors import LakeError
from pipelines.lake.connect import Lake, open_lake
from pipelines.shift import incidents
from tests.command import Started, run, start

START_S = 180


def line(n: int, kind: str, second: int, **header: str) -> str:
    event_at = f"2026-03-02T10:{second // 60:02}:{second % 60:02}+03:00"
    return json.dumps(
        {
            "event_at": event_at,
            "contact_id": f"calls:c{n}",
            "channel": "phone",
            "kind": kind,
            **header,
        }
    )


def call(n: int) -> list[str]:
    return [
        line(n, "received", n, line="main", category="form_error"),
        line(n, "queued", n + 5, line="main"),
        line(n, "answered", n + 20, operator_id="op1"),
        line(n, "ended", n + 200),
    ]


class Running:
    """A worker process on a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox = home / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.process = self.start()
        self.reader: Lake | None = None

    def start(self) -> Started:
        return start(
            {**os.environ, "LINIYA_HOME": str(self.home), "LINIYA_TICK_S": "0.2"}, "worker"
        )

    def command(self, *words: str) -> CompletedProcess[str]:
        return run({**os.environ, "LINIYA_HOME": str(self.home)}, *words)

    def append(self, lines: list[str]) -> None:
        with (self.inbox / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def ask(self, settings, sql: str):
        if not self.reader:
            self.reader = open_lake(settings, read_only=True)
        return self.reader.con.sql(sql).fetchall()

    def until(self, settings, sql: str, wanted, seconds: float = START_S):
        deadline = time.monotonic() + seconds
        found = None
        while time.monotonic() < deadline:
            with contextlib.suppress(LakeError):  # not made yet
                found = self.ask(settings, sql)
            if found == wanted:
                return
            time.sleep(0.3)
        raise AssertionError(f"{found} instead of {wanted}")

    def stop(self) -> None:
        if self.reader:
            self.reader.close()
        self.process.kill(signal.SIGTERM)
        self.process.wait(20)


IDLE = """
import sys, threading, time
from pathlib import Path
from pipelines.settings import Settings
from pipelines.worker import run

def is_ready():
    return hasattr(sys.modules.get("expectations.pushdown"), "run")

stop = threading.Event()
worker = threading.Thread(target=run, args=(Settings(home=Path(sys.argv[1])), stop))
worker.start()
until = time.monotonic() + 120
while not is_ready() and time.monotonic() < until:
    time.sleep(0.1)
stop.set()
worker.join()
print(is_ready())
"""


@pytest.fixture
def running(settings):
    worker = Running(settings.home)
    yield worker
    worker.stop()


def test_lines_appended_to_a_log_come_into_the_lake_and_a_torn_end_waits(running, settings):
    running.append(call(1))
    running.until(settings, "select count(*) from lake.contacts", [(1,)])
    whole, half = call(2)[0], call(2)[1]
    with (running.inbox / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(whole + "\n" + half[:20])
    running.until(settings, "select count(*) from lake.contacts", [(2,)])
    with (running.inbox / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(half[20:] + "\n")
    running.until(
        settings,
        "select contact_id, left_as from lake.legs order by contact_id",
        [("calls:c1", "answered"), ("calls:c2", "open")],
    )
    assert running.ask(settings, "select count(*) from lake.quarantine") == [(0,)]


def test_a_killed_worker_goes_on_where_it_was(running, settings):
    for n in range(6):
        running.append(call(n))
        time.sleep(0.35)
        if n in (2, 4):
            running.process.kill()
            running.process.wait(10)
            running.process = running.start()
    running.until(settings, "select sum(read), sum(accepted) from lake.files", [(24, 24)])
    assert running.ask(
        settings, "select count(*), count(distinct contact_id) from lake.contacts"
    ) == [(6, 6)]
    assert running.ask(settings, "select count(*) from lake.events where kind = 'answered'") == [
        (6,)
    ]


def test_a_command_that_writes_while_the_worker_runs_is_queued_and_followed(
    running, settings, tmp_path
):
    running.append(call(1))
    running.until(settings, "select count(*) from lake.contacts", [(1,)])
    log = tmp_path / "more.jsonl"
    log.write_text("\n".join(call(7)) + "\n", "utf-8")
    done = running.command("ingest", str(log), "--source", "events", "--format", "json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert (told["read"], told["accepted"]) == (4, 4)
    assert running.ask(settings, "select count(*) from lake.contacts") == [(2,)]
    second = running.command("worker")
    assert second.returncode == 1
    assert "in use by liniya worker" in second.stderr


def test_an_act_of_a_person_comes_into_the_lake_without_a_command(running, settings):
    running.append(call(1))
    running.until(settings, "select count(*) from lake.contacts", [(1,)])
    lake = open_lake(settings, read_only=True)
    found = incidents.open_incident(lake, "anna", lake.now(), category="form_error")
    running.until(settings, "select incident_id from lake.incidents", [(found,)])
    incidents.restore(lake, "boris", lake.now(), found)
    lake.close()
    running.until(settings, "select count(restored_at) from lake.incidents", [(1,)])
    by_command = running.command("incident", "note", "Подрядчик едет", "--who", "anna")
    assert by_command.returncode == 0, by_command.stderr
    assert running.ask(settings, "select kind, who from lake.acts order by seq") == [
        ("opened", "anna"), ("restored", "boris"), ("note", "anna"),
    ]  # fmt: skip


def test_what_checks_the_rows_is_loaded_before_the_first_line_comes(settings):
    done = subprocess.run(
        [sys.executable, "-c", IDLE, str(settings.home)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
