"""Columns of chats and feedback; the SQL speaks of what `chats.py` and `feedback.py` prepare."""

from pipelines.conform.mapping import (
    CITIZEN,
    CONFIRMATION,
    EMAIL,
    ID_NOTE,
    LISTED,
    PHONE,
    PRIVACY,
    RESOLUTION,
    TICKET,
    Column,
    Event,
    event,
    header,
)  # fmt: skip

_FIRST = {"leg": "1", "line": "line", "operator": "operator_of_leg"}
CHATS = (
    Column("chat_id", note=ID_NOTE),
    *CITIZEN,
    PHONE,
    EMAIL,
    header("language"),
    header("region"),
    header("platform"),
    Column(
        "received_at",
        (
            Event("received", "received_at", line="line"),
            Event("queued", "received_at", leg="1", line="line"),
        ),
        header="received_at",
        legs=("queued_at",),
    ),
    header("category"),
    header("is_complex"),
    Column(
        "transferred_to",
        event(
            "transferred",
            "coalesce(second_operator_at, ended_at, last_message_at)",
            value="transferred_to",
            where="transferred_to is not null",
        ),
        header="transferred_to",
    ),
    header("escalated_to"),
    Column("escalated_at", event("escalated", "escalated_at", value="escalated_to")),
    header("closed_by"),
    Column("assigned_at", event("assigned", "assigned_at")),
    *TICKET,
    *PRIVACY,
    Column(
        "ended_at",
        (
            Event("abandoned", "ended_at", where="left_as = 'abandoned'", leg="1", line="line"),
            Event("ended", "ended_at", value="closed_by", operator="operator_id"),
        ),
        legs=("left_at", "left_as", "talk_s"),
    ),
    *RESOLUTION,
    *CONFIRMATION,
    Column(
        "rating",
        event(
            "rated",
            "coalesce(ended_at, resolved_at, last_message_at, received_at)",
            value="cast(rating as varchar)",
            where="rating is not null",
        ),
        header="rating",
    ),
    header("parent_contact_id"),
    Column(
        "messages",
        (
            Event("answered", "answered_at", **_FIRST),
            Event("first_response", "answered_at", **_FIRST),
        ),
        header="n_messages",
        legs=("answered_at", "operator_id"),
    ),
    LISTED,
)
# made of the single messages of a chat, one row a message
MESSAGES = (
    Event("message_in", "sent_at", value="text", where="is_citizen"),
    Event("message_out", "sent_at", value="text", where="is_human", operator="operator_id"),
    Event(
        "waiting_for_citizen", "sent_at", where="is_human and sets_waiting", operator="operator_id"
    ),
    Event("citizen_replied", "sent_at", where="is_reply"),
)

FEEDBACK = (
    Column("feedback_id", note=ID_NOTE),
    *CITIZEN,
    PHONE,
    EMAIL,
    header("region"),
    Column(
        "received_at",
        (
            Event("received", "received_at", line="line"),
            Event("queued", "received_at", leg="1", line="line"),
        ),
        header="received_at",
        legs=("queued_at",),
    ),
    header("type", "feedback_type"),
    header("category"),
    header("text"),
    Column("registered_at", event("registered", "registered_at", value="case_number")),
    Column("assigned_at", event("assigned", "assigned_at", operator="operator_id")),
    Column("operator_id", header="operator_id", legs=("operator_id",)),
    Column(
        "answered_at",
        (Event("replied", "answered_at", leg="1", line="line", operator="operator_id"),),
        legs=("answered_at", "left_at", "left_as"),
    ),
    header("due_at"),
    Column("notified_at", event("notified", "notified_at", value="notified_channel")),
    header("notified_channel", "confirmation_channel"),
    *PRIVACY,
    *RESOLUTION,
    Column(
        "rating",
        event(
            "rated",
            "coalesce(resolved_at, answered_at, received_at)",
            value="cast(rating as varchar)",
            where="rating is not null",
        ),
        header="rating",
    ),
    header("about_contact_id"),
    header("n_reassigned"),
    Column(
        "is_on_time",
        event(
            "due_judged",
            "coalesce(resolved_at, answered_at, received_at)",
            value="case when is_on_time then 'kept' else 'missed' end",
            where="is_on_time is not null",
        ),
    ),
    LISTED,
)
