"""A long job of the desk does not hold up the live logs."""

import time

import pipelines.ingest
import pipelines.sources.raw
from pipelines import desk
from pipelines.sources import Context
from pipelines.worker import UPKEEP_S, Worker

LINE = (
    '{{"event_at": "2026-03-02T10:{m:02}:{s:02}+03:00", "contact_id": "calls:{n}", '
    '"channel": "phone", "kind": "received", "line": "main"}}\n'
)


def lines(prefix: str, count: int) -> str:
    return "".join(LINE.format(m=n // 60, s=n % 60, n=f"{prefix}{n}") for n in range(count))


def test_a_call_logged_during_a_long_ingest_is_in_the_lake_before_the_ingest_ends(
    lake, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipelines.sources.raw, "PART_BYTES", 4_000)
    monkeypatch.setattr(pipelines.ingest, "FULL", 100)
    settings = lake.settings
    settings.inbox_dir.mkdir(parents=True)
    history = tmp_path / "history.jsonl"
    history.write_text(lines("old", 250), "utf-8")
    (settings.inbox_dir / "events.jsonl").write_text(lines("live", 2), "utf-8")
    desk.ask(settings, "ingest", {"paths": [str(history)], "source": "events"})
    Worker(lake, Context.of(settings)).keep_house()
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(252,)]
    ends = dict(lake.con.sql("select name, ingested_at from lake.files").fetchall())
    assert ends["events.jsonl"] < ends["history.jsonl"]


def test_a_line_logged_during_upkeep_is_taken_between_its_steps(lake):
    lake.settings.inbox_dir.mkdir(parents=True)
    log = lake.settings.inbox_dir / "events.jsonl"
    log.write_text(lines("before", 2), "utf-8")
    worker = Worker(lake, Context.of(lake.settings))
    worker.tick()
    worker.due.last["upkeep"] = time.monotonic() - UPKEEP_S
    with log.open("a", encoding="utf-8") as file:
        file.write(lines("meanwhile", 1))
    worker._maintain()
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(3,)]


def test_a_log_that_was_emptied_or_ends_torn_or_is_gone_is_no_news(lake):
    lake.settings.inbox_dir.mkdir(parents=True)
    log = lake.settings.inbox_dir / "events.jsonl"
    log.write_text(LINE.format(n=1, m=0, s=0) + '{"event_at": "2026', "utf-8")
    worker = Worker(lake, Context.of(lake.settings))
    assert worker.tick() == 1
    assert not worker._has_grown()
    with log.open("a") as file:
        file.write("-03")
    assert worker._has_grown()
    worker.tick()
    assert not worker._has_grown()
    log.write_text("", "utf-8")
    assert worker.tick() == 0
    assert not worker._has_grown()
    log.unlink()
    assert worker.tick() == 0
    assert not worker._has_grown()
