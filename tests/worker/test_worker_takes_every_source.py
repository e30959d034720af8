"""Ticks of the worker over logs that are not canonical: a growing one, a table with another."""

import json
import os
from pathlib import Path

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.sources import Context
from pipelines.worker import Worker
from tests.chatwoot import TOLD, WEBHOOKS

AN_HOUR_AGO = 3600


def _worker(lake: Lake) -> tuple[Worker, Path]:
    inbox = lake.settings.inbox_dir
    inbox.mkdir(parents=True)
    return Worker(lake, Context.of(lake.settings)), inbox


def _settled(path: Path) -> None:
    """Let a file look as if nobody had written to it for an hour."""
    old = path.stat().st_mtime - AN_HOUR_AGO
    os.utime(path, (old, old))


def test_webhooks_are_followed_as_they_come(lake: Lake) -> None:
    worker, inbox = _worker(lake)
    with (inbox / "hooks.jsonl").open("a", encoding="utf-8") as log:
        for hooks in (WEBHOOKS[:1], WEBHOOKS[1:7], [*WEBHOOKS[7:], WEBHOOKS[1]]):
            for hook in hooks:
                log.write(json.dumps(hook, ensure_ascii=False) + "\n")
            log.flush()
            assert worker.tick() == len(hooks)
    assert worker.tick() == 0
    told = lake.con.sql(
        "select strftime(event_at, '%H:%M:%S'), kind, operator_id, value from lake.events "
        "order by event_at, kind"
    ).fetchall()
    assert told == TOLD
    account = "select read, accepted, updated, duplicate, quarantined from lake.files"
    assert lake.con.sql(account).fetchall() == [(13, 12, 0, 1, 0)]


def test_a_joined_table_that_comes_later_completes_the_contacts(lake: Lake) -> None:
    worker, inbox = _worker(lake)
    appeals = pl.DataFrame(
        {
            "id": [1], "created_at": ["2026-03-02 10:00"], "accepted_at": ["2026-03-02 11:00"],
            "final_answer_at": ["2026-03-05 10:00"], "closed_at": [None], "district": ["Невский"],
            "expected_answer_dt": [None], "category": ["Кровля"], "text": ["течёт"],
            "executor_key": ["OP-1"], "author_key": ["U-1"], "reroutes": [0], "last_status": [""],
        },
        schema_overrides={"closed_at": pl.String, "expected_answer_dt": pl.String},
    )  # fmt: skip
    appeals.write_csv(inbox / "appeals.csv")
    _settled(inbox / "appeals.csv")
    assert (worker.tick(), worker.tick()) == (1, 0)
    events = pl.DataFrame(
        {"id": [1, 1], "dt": ["2026-03-03 10:00", "2026-03-05 10:00"], "event": ["route", "answer"],
         "answer_kind": ["", "Окончательный ответ"], "status": ["", ""], "org": ["", "ЖКС"],
         "text": ["срок решения изменен с 10.03.2026 на 20.03.2026", ""]}
    )  # fmt: skip
    events.write_csv(inbox / "events.csv")
    _settled(inbox / "events.csv")
    assert (worker.tick(), worker.tick()) == (1, 0)
    assert lake.con.sql(
        "select strftime(due_at, '%d.%m %H:%M:%S') from lake.contacts"
    ).fetchall() == [("20.03 20:59:59",)]
    assert lake.con.sql("select count(*) from lake.contact_change").fetchall() == [(1,)]
    kinds = lake.con.sql("select kind from lake.events order by seq").fetchall()
    assert [kind for (kind,) in kinds] == [
        "received",
        "queued",
        "registered",
        "assigned",
        "due_moved",
        "replied",
    ]
