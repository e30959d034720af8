"""Every dataset's columns and what they become; see `mapping.Column`.

The SQL of an event speaks of the table its dataset is prepared as (`calls.py`, `chats.py`,
`feedback.py`): the staged columns and the ones computed there.
"""

from pipelines.conform.mapping import (
    CITIZEN,
    CONFIRMATION,
    EMAIL,
    PHONE,
    PRIVACY,
    RESOLUTION,
    TICKET,
    Column,
    Event,
    event,
    header,
    leg_event,
)

# a contact marked complex is complex, whatever its flag says
COMPLEX = "case when complex_at is not null then true else is_complex end"
ID_NOTE = ("номер контакта в источнике", "the contact's number in its source")

CALLS = (
    Column("call_id", note=ID_NOTE),
    Column("leg", legs=("leg",)),
    header("channel"),
    *CITIZEN,
    Column("dialled_number", header="line", legs=("line",)),
    Column("caller_number", identity="phone"),
    header("language"),
    header("region"),
    Column(
        "received_at",
        event("received", "received_at", where="is_first", line="line"),
        header="received_at",
    ),
    Column(
        "menu_choice",
        event("menu_choice", "received_at", value="menu_choice", where="menu_choice is not null"),
        header="menu_choice",
    ),
    Column("queued_at", (leg_event("queued", "queued_at"),), legs=("queued_at",)),
    Column(
        "answered_at",
        (
            leg_event(
                "answered",
                "answered_at",
                value="cast(ring_s as varchar)",
                operator="operator_id",
            ),
        ),
        legs=("answered_at", "left_as"),
    ),
    Column(
        "first_response_at",
        (leg_event("first_response", "first_response_at", operator="operator_id"),),
    ),
    Column(
        "ended_at",
        (
            leg_event("abandoned", "left_at", where="left_as = 'abandoned'"),
            Event(
                "abandoned",
                "ended_at",
                where="target_left_as = 'abandoned'",
                leg="target_leg",
                line="target_line",
            ),
            Event("ended", "ended_at", value="outcome", operator="last_operator", where="is_last"),
        ),
        legs=("left_at", "left_as", "talk_s"),
    ),
    Column("hold_s", legs=("hold_s",)),
    Column("wrap_s", legs=("wrap_s",)),
    Column("operator_id", header="operator_id", latest=True, legs=("operator_id",)),
    Column(
        "transferred_at",
        (
            leg_event(
                "transferred",
                "coalesce(transferred_at, left_at)",
                value="transferred_to",
                operator="operator_id",
                where="transferred_at is not null or transferred_to is not null",
            ),
            Event(
                "queued",
                "transferred_at",
                leg="target_leg",
                line="target_line",
                where="target_leg is not null",
            ),
        ),
        legs=("left_at", "queued_at"),
    ),
    Column("transferred_to", header="transferred_to", legs=("line",)),
    Column(
        "transfer_answered_at",
        (
            Event(
                "answered",
                "transfer_answered_at",
                leg="target_leg",
                line="target_line",
                operator="transfer_operator_id",
                where="target_leg is not null",
            ),
        ),
        legs=("answered_at", "left_as"),
    ),
    Column("transfer_operator_id", header="operator_id", latest=True, legs=("operator_id",)),
    Column(
        "queue_exit_reason",
        (
            leg_event(
                "flowed_out",
                "left_at",
                value="coalesce(queue_exit_reason, outcome)",
                where="left_as = 'flowed_out'",
            ),
        ),
        legs=("left_as",),
    ),
    Column(
        "ring_no_answer",
        (
            leg_event(
                "ring_no_answer",
                "coalesce(answered_at, left_at, queued_at)",
                value="cast(ring_no_answer as varchar)",
                where="cast(ring_no_answer as integer) > 0",
            ),
        ),
    ),
    Column("ring_s", legs=("ring_s",)),
    Column("interpreter_requested_at", event("interpreter_requested", "interpreter_requested_at")),
    Column("interpreter_joined_at", event("interpreter_joined", "interpreter_joined_at")),
    Column(
        "callback_requested_at",
        event(
            "callback_requested",
            "callback_requested_at",
            value="strftime(callback_due_at, '%Y-%m-%dT%H:%M:%SZ')",
        ),
    ),
    header("callback_due_at"),
    Column(
        "callback_made_at",
        event(
            "callback_made", "callback_made_at", value="callback_result", operator="last_operator"
        ),
    ),
    header("callback_result"),
    *TICKET,
    header("is_complex"),
    *RESOLUTION,
    *CONFIRMATION,
    *PRIVACY,
    header("category"),
    Column(
        "outcome",
        (Event("self_served", "coalesce(ended_at, received_at)", where="outcome = 'self_served'"),),
        header="outcome",
        latest=True,
        legs=("left_as",),
    ),
    Column(
        "rating",
        event(
            "rated",
            "coalesce(ended_at, resolved_at, received_at)",
            value="cast(rating as varchar)",
            where="rating is not null",
        ),
        header="rating",
        latest=True,
    ),
    header("end_side", "closed_by", latest=True),
    header("parent_contact_id"),
    header("text"),
)

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
)

# header field of an event's row -> the field of the contact; on `received`, or later: last one counts
EVENT_HEADER = {
    field: field
    for field in [
        "channel",
        "platform",
        "case_number",
        "language",
        "region",
        "category",
        "feedback_type",
        "is_complex",
        "menu_choice",
        "due_at",
        "outcome",
        "rating",
        "transferred_to",
        "escalated_to",
        "confirmation_channel",
        "verification_result",
        "callback_result",
        "callback_due_at",
        "closed_by",
        "parent_contact_id",
        "about_contact_id",
        "n_reassigned",
        "text",
    ]
}
# kind -> header field a value given in that field's own column stands for
VALUE_OF = {
    "menu_choice": "menu_choice",
    "rated": "rating",
    "recategorised": "category",
    "due_moved": "due_at",
    "ended": "outcome",
    "transferred": "transferred_to",
    "escalated": "escalated_to",
    "verified": "verification_result",
    "callback_made": "callback_result",
    "confirmation_sent": "confirmation_channel",
    "registered": "case_number",
    "message_in": "text",
    "message_out": "text",
}
EVENTS = (
    Column("event_at", note=("время события", "the event's time")),
    Column("contact_id", note=("контакт события", "the event's contact")),
    Column("kind", note=("вид события, как есть", "the event's kind, as it is")),
    Column("leg", note=("номер этапа события", "the event's leg")),
    Column("value", note=("значение события", "the event's value")),
    Column("line", header="line", legs=("line",)),
    Column("operator_id", header="operator_id", legs=("operator_id",)),
    Column("dialled_number", header="line", legs=("line",)),
    Column("caller_number", identity="phone"),
    Column("citizen_id", identity="citizen"),
    PHONE,
    EMAIL,
    Column("citizen_ref", identity="citizen_ref"),
    *(
        Column(name, header=field, latest=True, identity="case" if name == "case_number" else None)
        for name, field in EVENT_HEADER.items()
    ),
)
