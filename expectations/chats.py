"""What must hold of a row of the chats log: one chat with its messages."""

from expectations.rule import Rule, Text, listed
from expectations.shared import (
    FIX_CODE,
    category_known,
    known,
    language_known,
    listed_events,
    rating_in_range,
)
from expectations.times import (
    LOOK_AT_ORDER,
    facts_possible,
    in_order,
    nothing_before_received,
    row_usable,
)
from expectations.vocabulary import ESCALATIONS, SENDERS

FACTS = (
    "complex_at", "escalated_at", "assigned_at", "ticket_created_at", "ticket_accepted_at",
    "workaround_at", "identity_verified_at", "verified_at", "forwarded_at", "ended_at",
    "resolved_at", "reopened_at", "notified_at", "confirmation_sent_at",
)  # fmt: skip


def _messages(name: str, bad: str, text: Text, action: Text) -> Rule:
    return Rule(f"chats.{name}", "chats", "warning", text, action, ("messages",), bad)


MESSAGES = (
    _messages(
        "has_messages",
        "messages is null or len(messages) = 0",
        Text(
            "У чата есть сообщения: без переписки не видно ни ответа, ни решения",
            "The chat has messages: without them neither response nor solution can be seen",
        ),
        Text(
            "Попросите платформу чата выгружать переписку полностью.",
            "Ask the chat platform to export conversations whole.",
        ),
    ),
    _messages(
        "messages_after_received",
        "len(list_filter(messages, lambda m: m.sent_at < received_at)) > 0",
        Text(
            "Сообщения не раньше начала чата: иначе срок первого ответа неверен",
            "No message is before the chat began: else the time to first response is wrong",
        ),
        LOOK_AT_ORDER,
    ),
    _messages(
        "messages_timed",
        "len(list_filter(messages, lambda m: m.sent_at is null)) > 0",
        Text(
            "У каждого сообщения есть время: без него ответ не попадёт в срок",
            "Every message has its time: without it no response can be judged",
        ),
        FIX_CODE,
    ),
    _messages(
        "messages_not_in_future",
        "received_at <= getvariable('rules_latest') and"
        " len(list_filter(messages, lambda m: m.sent_at > getvariable('rules_latest'))) > 0",
        Text(
            "Сообщения не позже завтрашнего дня",
            "No message is past tomorrow",
        ),
        LOOK_AT_ORDER,
    ),
    _messages(
        "senders_known",
        f"len(list_filter(messages, lambda m: m.sender not in {listed(SENDERS)})) > 0",
        Text(
            "Автор сообщения из известных: только человек-оператор считается ответом",
            "Every sender is a known one: only a human operator counts as a response",
        ),
        FIX_CODE,
    ),
)

RULES: tuple[Rule, ...] = (
    *row_usable("chats", "received_at"),
    nothing_before_received("chats", FACTS),
    facts_possible("chats", FACTS),
    *in_order(
        "chats",
        ("assigned_at", "ended_at"),
        ("ticket_created_at", "ticket_accepted_at"),
        ("resolved_at", "reopened_at"),
        ("verified_at", "forwarded_at"),
    ),
    *MESSAGES,
    category_known("chats"),
    language_known("chats"),
    known("chats", "escalated_to", ESCALATIONS, Text("Куда передан чат", "Where it escalated")),
    rating_in_range("chats"),
    *listed_events("chats"),
)
