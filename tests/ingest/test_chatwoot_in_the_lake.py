"""Chatwoot's webhooks in the lake: whatever order, files and repeats they come in, once."""

import json
import random
import re
from itertools import chain
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
from tests.ingest.conftest import putting


def _write(path: Path, documents: list[Any]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents))
    return path


def _told(lake: Lake, chat: int) -> list[tuple[Any, ...]]:
    return lake.con.sql(
        "select strftime(event_at, '%H:%M:%S'), kind, operator_id, value from lake.events "
        f"where contact_id = 'chatwoot:{chat}' order by event_at, kind"
    ).fetchall()


def _leg(lake: Lake, chat: int) -> tuple[Any, ...]:
    ((*found,),) = lake.con.sql(
        "select left_as, epoch(answered_at - queued_at), operator_id, talk_s from lake.legs "
        f"where contact_id = 'chatwoot:{chat}'"
    ).fetchall()
    return tuple(found)


def _header(lake: Lake, chat: int) -> tuple[Any, ...]:
    ((*found,),) = lake.con.sql(
        "select channel, platform, language, outcome, rating, n_messages, operator_id, "
        f"citizen_key is not null from lake.contacts where contact_id = 'chatwoot:{chat}'"
    ).fetchall()
    return tuple(found)


def _of(chat: int, hook: dict[str, Any]) -> dict[str, Any]:
    """The same webhook of another chat: its messages have other numbers too."""
    text = (
        json.dumps(hook)
        .replace('"id": 12,', f'"id": {chat},')
        .replace('"id": 12}', f'"id": {chat}}}')
    )
    text = text.replace('"conversation_id": 12', f'"conversation_id": {chat}')
    other: dict[str, Any] = json.loads(re.sub(r'"id": (10\d)', rf'"id": {chat}\1', text))
    return other


LEG = ("answered", 25.0, "7", 175.0)
HEADER = ("chat", "web", "ru", "served", 4.0, 3, "7", True)
SHUFFLED = (12, 21, 22)
MISSED, EXPORTED, LATER, BOT_ONLY = 30, 31, 32, 33


def _shuffled(chat: int) -> list[list[dict[str, Any]]]:
    """The chat's webhooks, four of them twice, in any order and cut in three."""
    luck = random.Random(chat)
    hooks = [_of(chat, hook) for hook in WEBHOOKS]
    hooks += luck.sample(hooks, 4)
    luck.shuffle(hooks)
    cuts = sorted(luck.sample(range(1, len(hooks)), 2))
    return [hooks[: cuts[0]], hooks[cuts[0] : cuts[1]], hooks[cuts[1] :]]


@pytest.fixture(scope="module")
def taken(
    shared_lake: Lake, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, list[FileResult]]:
    """Webhooks over three files, of several chats; then three exports."""
    folder = tmp_path_factory.mktemp("chatwoot")
    parts = [list(chain(*some)) for some in zip(*map(_shuffled, SHUFFLED), strict=True)]
    parts[0] += [_of(MISSED, h) for h in WEBHOOKS if h.get("content") != "Спасибо"]

    def export(chat: int, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
        return _of(chat, conversation(messages=list(map(nested, messages)), **more))

    bot = message(110, 3, "template", "Мы рядом", None)
    early, late = export(LATER, HELLO), export(LATER, HELLO, ANSWER, updated_at=OPENED + 60)
    one = export(EXPORTED, HELLO)
    exports = [
        [early, export(BOT_ONLY, HELLO, GREETING, bot)],
        [late, one, export(MISSED, HELLO, GREETING, ANSWER, THANKS)],
        [[late, one]],
    ]
    put = putting(shared_lake)
    results = [put(_write(folder / f"{i}.jsonl", p), "chatwoot") for i, p in enumerate(parts)]
    results += [put(_write(folder / f"export{i}.json", p)) for i, p in enumerate(exports)]
    return shared_lake, results


@pytest.mark.parametrize("chat", SHUFFLED)
def test_in_any_order_over_several_files_the_chat_is_the_same(
    chat: int, taken: tuple[Lake, list[FileResult]]
) -> None:
    lake, _ = taken
    assert (_told(lake, chat), _leg(lake, chat), _header(lake, chat)) == (TOLD, LEG, HEADER)


def test_each_webhook_counts_once(taken: tuple[Lake, list[FileResult]]) -> None:
    hooks = taken[1][:3]
    n = len(SHUFFLED)
    assert sum(r.accepted for r in hooks) == len(WEBHOOKS) * n + len(WEBHOOKS) - 1
    assert sum(r.duplicate for r in hooks) == 4 * n
    assert sum(r.updated + r.quarantined for r in hooks) == 0


def test_an_export_after_the_webhooks_adds_only_what_they_missed(
    taken: tuple[Lake, list[FileResult]],
) -> None:
    lake, _ = taken
    assert (_told(lake, MISSED), _leg(lake, MISSED), _header(lake, MISSED)) == (TOLD, LEG, HEADER)


def test_a_later_export_of_a_chat_is_an_update_and_an_equal_one_a_duplicate(
    taken: tuple[Lake, list[FileResult]],
) -> None:
    lake, results = taken
    accounts = [(r.accepted, r.updated, r.duplicate, r.quarantined) for r in results[3:]]
    assert accounts == [(2, 0, 0, 0), (2, 1, 0, 0), (0, 0, 2, 0)]
    assert _told(lake, LATER) == [TOLD[0], TOLD[1], TOLD[3]]
    assert _told(lake, EXPORTED) == TOLD[:2]
    chats = lake.con.sql("select count(*) from lake.contacts").fetchall()
    assert chats == [(len(SHUFFLED) + 4,)]


def test_a_bot_alone_never_answers_the_chat(taken: tuple[Lake, list[FileResult]]) -> None:
    lake, _ = taken
    assert _leg(lake, BOT_ONLY)[:2] == ("open", None)
    settle(lake)
    assert lake.con.sql(
        "select stopped_at from lake.clocks where promise = 'chat.first_response' "
        f"and contact_id = 'chatwoot:{BOT_ONLY}'"
    ).fetchall() == [(None,)]


def test_thanks_the_chat_closed_upon_are_no_reply_kept_and_none_late(
    taken: tuple[Lake, list[FileResult]],
) -> None:
    lake, _ = taken
    settle(lake)
    assert lake.con.sql(
        "select operator_id, epoch(written_at - assigned_at), next_reply_s, unanswered_s,"
        " unanswered_at from lake.mart_operator_parts where contact_id = 'chatwoot:12'"
    ).fetchall() == [("7", 10.0, None, 100.0, None)]
