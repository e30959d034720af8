"""Chatwoot's webhooks in the lake: whatever order, files and repeats they come in, once."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.lake.connect import Lake
from pipelines.settle import settle
from pipelines.stage import FileResult
from tests.chatwoot import (
    ANSWER,
    GREETING,
    HELLO,
    OPENED,
    THANKS,
    TOLD,
    WEBHOOKS,
    conversation,
    message,
    nested,
)

Put = Callable[..., FileResult]


def _write(path: Path, documents: list[Any]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents))
    return path


def _told(lake: Lake) -> list[tuple[Any, ...]]:
    return lake.con.sql(
        "select strftime(event_at, '%H:%M:%S'), kind, operator_id, value from lake.events "
        "order by event_at, kind"
    ).fetchall()


def _leg(lake: Lake) -> tuple[Any, ...]:
    return lake.con.sql(
        "select left_as, epoch(answered_at - queued_at), operator_id, talk_s from lake.legs"
    ).fetchall()[0]


def _header(lake: Lake) -> tuple[Any, ...]:
    return lake.con.sql(
        "select channel, platform, language, outcome, rating, n_messages, operator_id, "
        "citizen_key is not null from lake.contacts"
    ).fetchall()[0]


LEG = ("answered", 25.0, "7", 175.0)
HEADER = ("chat", "web", "ru", "served", 4.0, 3, "7", True)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_over_several_files_the_chat_is_the_same(
    seed: int, lake: Lake, put: Put, tmp_path: Path
) -> None:
    luck = random.Random(seed)
    hooks = WEBHOOKS + luck.sample(WEBHOOKS, 4)
    luck.shuffle(hooks)
    cuts = sorted(luck.sample(range(1, len(hooks)), 2))
    parts = [hooks[: cuts[0]], hooks[cuts[0] : cuts[1]], hooks[cuts[1] :]]
    results = [put(_write(tmp_path / f"{i}.jsonl", p), "chatwoot") for i, p in enumerate(parts)]
    assert sum(r.accepted for r in results) == len(WEBHOOKS)
    assert sum(r.duplicate for r in results) == 4
    assert (_told(lake), _leg(lake), _header(lake)) == (TOLD, LEG, HEADER)


def test_an_export_after_the_webhooks_adds_only_what_they_missed(
    lake: Lake, put: Put, tmp_path: Path
) -> None:
    put(_write(tmp_path / "hooks.jsonl", [h for h in WEBHOOKS if h.get("content") != "Спасибо"]))
    whole = conversation(messages=[nested(m) for m in (HELLO, GREETING, ANSWER, THANKS)])
    result = put(_write(tmp_path / "export.jsonl", [whole]))
    assert (result.accepted, result.updated) == (1, 0)
    assert (_told(lake), _leg(lake), _header(lake)) == (TOLD, LEG, HEADER)


def test_a_later_export_of_a_chat_is_an_update_and_an_equal_one_a_duplicate(
    lake: Lake, put: Put, tmp_path: Path
) -> None:
    early = conversation(messages=[nested(HELLO)])
    late = conversation(messages=[nested(m) for m in (HELLO, ANSWER)], updated_at=OPENED + 60)
    put(_write(tmp_path / "1.jsonl", [early]))
    again = put(_write(tmp_path / "2.jsonl", [late, early | {"id": 13}]))
    assert (again.accepted, again.updated, again.duplicate) == (1, 1, 0)
    third = put(_write(tmp_path / "3.json", [[late, early | {"id": 13}]]))
    assert (third.accepted, third.updated, third.duplicate) == (0, 0, 2)
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(2,)]
    assert _told(lake)[:4] == [TOLD[0], TOLD[0], TOLD[1], TOLD[1]]


def test_a_bot_alone_never_answers_the_chat(lake: Lake, put: Put, tmp_path: Path) -> None:
    bot = message(1, 3, "template", "Мы рядом", None)
    given = conversation(messages=[nested(m) for m in (HELLO, GREETING, bot)])
    put(_write(tmp_path / "export.jsonl", [given]))
    assert _leg(lake)[:2] == ("open", None)
    settle(lake)
    assert lake.con.sql(
        "select stopped_at from lake.clocks where promise = 'chat.first_response'"
    ).fetchall() == [(None,)]
