"""The worker as a process: raises, tells, survives a dead receiver and a kill."""

import json
import os
import shutil
import signal
from datetime import timedelta

import pytest

from pipelines.alerts import store
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings, wall_now
from tests import command
from tests.alerts.receivers import hook, until
from tests.command import Started

RULES = """
channels:
  - {id: shift, label: {ru: Смена, en: Shift}, language: ru}
alerts:
  - id: queue
    label: {ru: Очередь растёт, en: The queue grows}
    kind: queue_growth
    threshold: 0.1
    clear: 0
    least: 2
    lines: [main]
    severity: critical
    channels: [shift]
"""


def calls(first: int, count: int) -> str:
    at = wall_now() - timedelta(seconds=30)
    return "".join(
        json.dumps({
            "event_at": (at + timedelta(seconds=second)).isoformat(), "contact_id": f"calls:c{n}",
            "channel": "phone", "kind": kind, "line": "main",
        }) + "\n"
        for n in range(first, first + count)
        for second, kind in ((0, "received"), (1, "queued"))
    )  # fmt: skip


@pytest.fixture
def home(settings: Settings, tmp_path):
    reference = tmp_path / "reference"
    shutil.copytree(settings.reference, reference)
    (reference / "alerts.yml").write_text(RULES, "utf-8")
    settings.inbox_dir.mkdir(parents=True)
    return Settings(home=settings.home, reference=reference)


@pytest.fixture
def start(home: Settings):
    started: list[Started] = []

    def run(url: str) -> Started:
        env = os.environ | {
            "LINIYA_HOME": str(home.home), "LINIYA_REFERENCE": str(home.reference),
            "LINIYA_TICK_S": "0.2", "LINIYA_ALERT_EVERY_S": "0.5",
            "LINIYA_ALERT_URLS": f"shift={url}",
        }  # fmt: skip
        started.append(command.start(env, "worker", output=home.home / "worker.log"))
        return started[-1]

    yield run
    for worker in started:
        worker.kill()
        worker.wait(10)


def write(home: Settings, text: str) -> None:
    with (home.inbox_dir / "events.jsonl").open("a", encoding="utf-8") as log:
        log.write(text)


def read_rows(home: Settings) -> int:
    lake = open_lake(home, read_only=True)
    try:
        return int(lake.con.sql("select count(*) from lake.contacts").fetchall()[0][0])
    finally:
        lake.close()


def test_a_growing_queue_is_told_once_across_a_kill_and_a_hanging_receiver(home, start):
    with hook() as box:
        box.hangs_s = 60.0
        worker = start(f"{box.url}?rto=60")
        write(home, calls(0, 3))
        until(lambda: box.asked, 60)
        # the receiver hangs with the message in hand: the logs go on
        write(home, calls(3, 2))
        until(lambda: read_rows(home) == 5, 30)
        assert (box.asked, box.titles) == (1, [])
        worker.kill()
        worker.wait(10)
        box.hangs_s = 0.0
        box.released.set()
        until(lambda: box.titles, 10)  # the receiver had it, the worker never heard of that
        box.got.clear()
        worker = start(box.url)
        until(lambda: box.titles, 60)
        # the receiver has it a moment before the worker hears so
        until(lambda: store.alerts(home)["delivery"].to_list() == ["sent"], 20)
        found = store.alerts(home).select("rule", "scope", "state", "delivery")
        assert box.titles == ["Критично. Очередь растёт: Единый номер поддержки"]
        assert found.rows() == [("queue", "main", "running", "sent")]
        worker.kill(signal.SIGTERM)
        assert worker.wait(20) == 0


def test_a_worker_with_wrong_addresses_says_so_and_does_not_start(home, start):
    worker = start("carrier-pigeon")
    assert worker.wait(60) == 2
    told = (home.home / "worker.log").read_text("utf-8")
    assert "LINIYA_ALERT_URLS: address 1 is not channel=scheme" in told
    assert "pigeon" not in told
