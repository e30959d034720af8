"""What must hold of a row of the feedback log: one appeal through the portal's form."""

from expectations.rule import Rule, Text
from expectations.shared import (
    category_known,
    known,
    listed_events,
    rating_in_range,
)
from expectations.times import (
    facts_possible,
    in_order,
    nothing_before_received,
    row_usable,
)
from expectations.vocabulary import FEEDBACK_TYPES

FACTS = (
    "registered_at", "assigned_at", "answered_at", "notified_at", "verified_at", "forwarded_at",
    "resolved_at", "reopened_at",
)  # fmt: skip

ORDER = (
    *in_order(
        "feedback",
        ("registered_at", "answered_at"),
        ("assigned_at", "answered_at"),
        ("answered_at", "notified_at"),
        ("resolved_at", "reopened_at"),
        ("verified_at", "forwarded_at"),
    ),
    Rule(
        "feedback.due_after_received",
        "feedback",
        "warning",
        Text(
            "Срок ответа не раньше поступления: иначе он нарушен с рождения",
            "The reply is due no earlier than received: else it is breached at birth",
        ),
        Text(
            "Проверьте, как источник считает срок ответа.",
            "See how the source works out when the reply is due.",
        ),
        ("due_at",),
        "due_at < received_at",
    ),
    Rule(
        "feedback.on_time_agrees",
        "feedback",
        "warning",
        Text(
            "Отметка источника «в срок» сходится с его же временами ответа и срока",
            "The source's own on-time mark agrees with its times of answer and deadline",
        ),
        Text(
            "Сверьте с владельцем источника, от какого срока он считает: показатели берут времена.",
            "Ask the source's owner which deadline it counts from: figures go by the times.",
        ),
        ("is_on_time", "due_at"),
        "is_on_time <> (least(resolved_at, answered_at) <= due_at)",
    ),
)

RULES: tuple[Rule, ...] = (
    *row_usable("feedback", "received_at"),
    nothing_before_received("feedback", FACTS),
    facts_possible("feedback", FACTS),
    *ORDER,
    known("feedback", "type", FEEDBACK_TYPES, Text("Вид обращения", "The type of feedback")),
    category_known("feedback"),
    rating_in_range("feedback"),
    *listed_events("feedback"),
)
