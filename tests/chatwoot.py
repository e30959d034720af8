"""Webhooks and exports of Chatwoot as its sources write them, for one chat of 2 March 2026."""

from typing import Any

OPENED = 1772434800  # 10:00:00 in Moscow
CITIZEN = {
    "id": 5,
    "name": "Иван Петров",
    "type": "contact",
    "email": "ivan@example.org",
    "phone_number": "+79161234567",
}
AGENT = {"id": 7, "name": "Анна", "email": "anna@example.org", "type": "user"}
BOT = {"id": 1, "name": "Бот", "type": "agent_bot"}
NUMBERS = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}


def conversation(number: int = 12, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "inbox_id": 1,
        "channel": "Channel::WebWidget",
        "status": "open",
        "created_at": OPENED,
        "updated_at": OPENED + 0.5,
        "timestamp": OPENED,
        "meta": {"sender": CITIZEN, "assignee": None},
        "additional_attributes": {"browser_language": "ru"},
        "labels": [],
        "messages": [],
        **more,
    }


def message(
    number: int, after_s: float, kind: str, text: str, sender: dict[str, Any] | None, **more: Any
) -> dict[str, Any]:
    """A message as its own webhook has it: ISO time, the kind in words."""
    minute, second = divmod(int(after_s), 60)
    fraction = f"{after_s % 1:.3f}"[1:]
    return {
        "id": number,
        "content": text,
        "message_type": kind,
        "created_at": f"2026-03-02T07:{minute:02}:{second:02}{fraction}Z",
        "private": False,
        "content_type": "text",
        "sender": sender,
        **more,
    }


def nested(given: dict[str, Any], number: int = 12) -> dict[str, Any]:
    """The same message inside a conversation: epoch seconds, the kind as a number."""
    clock = given["created_at"][14:19].split(":")
    return given | {
        "created_at": OPENED + int(clock[0]) * 60 + int(clock[1]),
        "message_type": NUMBERS[given["message_type"]],
        "conversation_id": number,
    }


def created(given: dict[str, Any], number: int = 12, **more: Any) -> dict[str, Any]:
    inside = conversation(number, messages=[nested(given, number)])
    return {"event": "message_created", **given, "conversation": inside, **more}


def changed(event: str, after_s: float, number: int = 12, **more: Any) -> dict[str, Any]:
    return {"event": event, **conversation(number, updated_at=OPENED + after_s), **more}


HELLO = message(100, 1.812, "incoming", "Здравствуйте, мой телефон +79161234567", CITIZEN)
GREETING = message(101, 2.0, "outgoing", "Я бот, чем помочь?", BOT)
NOTE = message(102, 10.0, "outgoing", "это опять он", AGENT, private=True)
TEMPLATE = message(103, 11.0, "template", "Мы скоро ответим", None)
ANSWER = message(104, 25.3, "outgoing", "Добрый день", AGENT)
THANKS = message(105, 100.0, "incoming", "Спасибо", CITIZEN)
SURVEY = message(
    106,
    201.0,
    "template",
    "Оцените",
    None,
    content_type="input_csat",
    content_attributes={"submitted_values": {"csat_survey_response": {"rating": 4}}},
)

WEBHOOKS: list[dict[str, Any]] = [
    {"event": "conversation_created", **conversation(messages=[nested(HELLO)])},
    created(HELLO),
    created(GREETING),
    created(NOTE),
    created(TEMPLATE),
    changed(
        "conversation_updated",
        15,
        changed_attributes=[{"assignee_id": {"previous_value": None, "current_value": 7}}],
    ),
    created(ANSWER),
    created(THANKS),
    changed(
        "conversation_status_changed",
        200,
        status="resolved",
        changed_attributes=[{"status": {"previous_value": "open", "current_value": "resolved"}}],
    ),
    {**created(SURVEY), "event": "message_updated"},
    changed(
        "conversation_status_changed",
        1200,
        changed_attributes=[{"status": {"previous_value": "resolved", "current_value": "open"}}],
    ),
    {"event": "conversation_typing_on", "conversation": {"id": 12}, "user": {"id": 7}},
]
TOLD = [
    ("07:00:00", "received", None, None),
    ("07:00:01", "message_in", None, "Здравствуйте, мой телефон [ТЕЛЕФОН]"),
    ("07:00:15", "assigned", "7", None),
    ("07:00:25", "message_out", "7", "Добрый день"),
    ("07:01:40", "message_in", None, "Спасибо"),
    ("07:03:20", "ended", None, None),
    ("07:03:20", "resolved", None, None),
    ("07:03:21", "rated", None, "4"),
    ("07:20:00", "reopened", None, None),
]
