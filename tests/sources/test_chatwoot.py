"""Chatwoot's shapes: one message in two of them, who counts as a human, and what a page holds."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.sources import Context, Staged, detect, read
from tests.chatwoot import (
    AGENT,
    ANSWER,
    BOT,
    CITIZEN,
    GREETING,
    HELLO,
    OPENED,
    TOLD,
    WEBHOOKS,
    changed,
    conversation,
    created,
    message,
    nested,
)

Read = Callable[..., list[Staged]]


@pytest.fixture
def events(tmp_path: Path, context: Context) -> Callable[..., list[tuple[Any, ...]]]:
    """Read documents written as a text and return their events."""

    def run(text: str) -> list[tuple[Any, ...]]:
        path = tmp_path / "hooks.jsonl"
        path.write_text(text)
        assert detect(path, context) == "chatwoot"
        frame = pl.concat(p.frame for p in read(path, "chatwoot", context))
        told = frame.unique(["contact_id", "kind", "event_at", "value"]).sort("event_at", "kind")
        assert told["bad_fields"].null_count() == len(told)
        return told.select(
            pl.col("event_at").dt.strftime("%H:%M:%S"), "kind", "operator_id", "value"
        ).rows()

    return run


def _lines(documents: Iterable[Any]) -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in documents) + "\n"


def test_webhooks_become_the_course_of_the_chat(events: Callable[..., Any]) -> None:
    assert events(_lines(WEBHOOKS)) == TOLD


def test_an_iso_message_and_its_epoch_copy_are_one_event(tmp_path: Path, context: Context) -> None:
    path = tmp_path / "hooks"
    path.write_text(
        _lines([created(HELLO), changed("conversation_updated", 5, messages=[nested(HELLO)])])
    )
    (part,) = read(path, "chatwoot", context)
    assert part.frame.filter(pl.col("kind") == "message_in")["row_no"].to_list() == [1]
    assert str(part.frame["event_at"][1]) == "2026-03-02 07:00:01+00:00"


NO_ANSWERS = [
    message(1, 9, "outgoing", "бот", BOT),
    message(1, 9, "outgoing", "бот", {"id": 1, "name": "Бот"}),
    message(1, 9, "outgoing", "заметка", AGENT, private=True),
    message(1, 9, "template", "вне часов работы", None),
    message(1, 9, "activity", "Conversation was assigned to Anna", None),
    message(1, 9, "outgoing", "правило", AGENT, content_attributes={"automation_rule_id": 3}),
    message(1, 9, "outgoing", "рассылка", AGENT, additional_attributes={"campaign_id": 3}),
    message(1, 9, "outgoing", "ассистент", {"id": 2, "type": "captain_assistant"}),
    message(1, 9, "outgoing", "удалено", AGENT, content_attributes={"deleted": True}),
]


def test_what_no_human_said_to_the_citizen_is_no_answer(tmp_path: Path, context: Context) -> None:
    """Each in a chat of its own, as a webhook; then in an export."""
    told = {n: one | {"id": n} for n, one in enumerate(NO_ANSWERS, 1)}
    hooks = [created(one, n) for n, one in told.items()]
    exports = [conversation(n, messages=[nested(one, n)]) for n, one in told.items()]
    for shape in (hooks, exports):
        path = tmp_path / "hooks.jsonl"
        path.write_text(_lines(shape))
        assert detect(path, context) == "chatwoot"
        frame = pl.concat(part.frame for part in read(path, "chatwoot", context))
        found = frame.select("contact_id", "kind").unique().sort("contact_id").rows()
        assert found == [(f"chatwoot:{n}", "received") for n in told]


def test_a_human_of_an_older_version_is_known_by_role_or_mail(events: Callable[..., Any]) -> None:
    person = {"id": 7, "name": "Анна", "email": "anna@example.org"}
    given = message(1, 9, "outgoing", "да", person)
    assert events(_lines([created(given)]))[1:] == [("07:00:09", "message_out", "7", "да")]


@pytest.mark.parametrize("wrap", [
    lambda one: [one],
    lambda one: {"data": {"meta": {"all_count": 1}, "payload": [one]}},
    lambda one: {"payload": [one], "meta": {}},
    lambda one: one,
    lambda one: {"received_at": "2026-03-02T08:00:00Z", "body": one},
], ids=["array", "list page", "page", "alone", "envelope"])  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_exports_are_read_alone_in_pages_and_arrays(
    wrap: Callable[[Any], Any], indent: int | None, events: Callable[..., Any]
) -> None:
    given = conversation(messages=[nested(HELLO), nested(GREETING), nested(ANSWER)])
    told = events(json.dumps(wrap(given), indent=indent, ensure_ascii=False))
    assert told == [TOLD[0], TOLD[1], TOLD[3]]


def test_the_page_of_messages_of_one_chat_is_read(events: Callable[..., Any]) -> None:
    page = {"meta": {"labels": []}, "payload": [nested(HELLO), nested(ANSWER)]}
    assert events(json.dumps(page)) == [TOLD[1], TOLD[3]]


def test_an_export_tells_when_it_was_solved_by_the_notes_of_the_system(
    events: Callable[..., Any],
) -> None:
    notes = [
        message(1, 60, "activity", "Conversation was marked resolved by Anna", None),
        message(2, 120, "activity", "Диалог был переоткрыт Иваном", None),
        message(3, 180, "activity", "Диалог был отмечен решённым", None),
    ]
    given = conversation(messages=list(map(nested, notes)), status="resolved")
    assert [(when, kind) for when, kind, *_ in events(_lines([given]))[1:]] == [
        ("07:01:00", "ended"),
        ("07:01:00", "resolved"),
        ("07:02:00", "reopened"),
        ("07:03:00", "ended"),
        ("07:03:00", "resolved"),
    ]


def test_an_export_without_notes_was_solved_at_its_last_activity(
    events: Callable[..., Any],
) -> None:
    given = conversation(status="resolved", last_activity_at=OPENED + 300)
    assert [(w, k) for w, k, *_ in events(_lines([given]))[1:]] == [
        ("07:05:00", "ended"),
        ("07:05:00", "resolved"),
    ]


def test_the_first_reply_is_known_where_only_the_last_message_is_given(
    events: Callable[..., Any],
) -> None:
    given = conversation(first_reply_created_at=OPENED + 40, messages=[])
    assert events(_lines([given])) == [TOLD[0], ("07:00:40", "answered", None, None)]


def test_an_older_status_webhook_is_a_reopening_after_a_resolution_only(
    events: Callable[..., Any],
) -> None:
    opened = changed("conversation_status_changed", 10)
    solved = changed("conversation_status_changed", 20, status="resolved")
    again = changed("conversation_status_changed", 30)
    kinds = [kind for _, kind, *_ in events(_lines([opened, solved, again]))]
    assert kinds == ["received", "ended", "resolved", "reopened"]


def test_snoozed_until_the_citizen_writes_waits_for_the_citizen(
    events: Callable[..., Any],
) -> None:
    told = events(
        _lines(
            [
                changed("conversation_status_changed", 10, status="snoozed"),
                changed("conversation_status_changed", 20, status="snoozed", snoozed_until=OPENED),
            ]
        )
    )
    assert [(w, k) for w, k, *_ in told[1:]] == [("07:00:10", "waiting_for_citizen")]


def test_teams_labels_and_answers_of_the_survey_are_told(events: Callable[..., Any]) -> None:
    team = {"team_id": {"previous_value": 1, "current_value": 2}}
    label = {"label_list": {"previous_value": [], "current_value": ["form_error"]}}
    rating = {"id": 1, "rating": 5, "feedback_message": "", "conversation_id": 12,
              "created_at": OPENED + 40}  # fmt: skip
    told = events(
        _lines([changed("conversation_updated", 30, changed_attributes=[team, label]), rating])
    )
    assert told[1:] == [
        ("07:00:30", "recategorised", None, "form_error"),
        ("07:00:30", "transferred", None, "2"),
        ("07:00:40", "rated", None, "5"),
    ]


def test_the_citizen_is_known_by_hashes_only(tmp_path: Path, context: Context) -> None:
    path = tmp_path / "hooks"
    path.write_text(_lines(WEBHOOKS))
    frame = pl.concat(p.frame for p in read(path, "chatwoot", context))
    keys = frame.select("phone_key", "email_key", "citizen_ref_key").drop_nulls().unique()
    assert keys.height == 1
    text = frame.drop("event_at").write_csv()
    assert not any(
        str(raw) in text for raw in (CITIZEN["phone_number"], "9161234567", "ivan@", "Иван", "Анна")
    )


def test_every_line_is_accounted_for_and_the_unreadable_ones_are_kept_apart(
    tmp_path: Path, context: Context
) -> None:
    path = tmp_path / "hooks"
    no_time = created(message(9, 9, "incoming", "x", CITIZEN)) | {"created_at": "вчера"}
    path.write_text(
        _lines(WEBHOOKS) + '{"torn\n[1]\n' + _lines([no_time, {"event": "message_created"}, {}])
    )
    (part,) = read(path, "chatwoot", context)
    assert part.n_read == len(WEBHOOKS) + 5
    assert part.unreadable["row_no"].to_list() == [13, 14]
    assert part.frame.filter(pl.col("bad_fields").is_not_null())["row_no"].unique().to_list() == [
        15
    ]
    assert part.n_read == part.frame["row_no"].n_unique() + 2 + len(part.ignored)


def test_what_was_not_subscribed_to_is_not_known(tmp_path: Path, context: Context) -> None:
    path = tmp_path / "hooks"
    path.write_text(_lines([created(HELLO)]))
    (part,) = read(path, "chatwoot", context)
    items = {item for _, item in part.provides}
    assert {"message_in", "message_out", "answered", "citizen_key", "language"} <= items
    assert not items & {"resolved", "ended", "rated", "assigned", "case_number"}
