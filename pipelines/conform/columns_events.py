"""Columns of the events log: events already, with fields of the header beside them."""

from pipelines.conform.mapping import EMAIL, PHONE, Column

# on `received`, or later: the last value counts
HEADER_FIELDS = (
    "channel", "platform", "case_number", "language", "region", "category", "feedback_type",
    "is_complex", "menu_choice", "due_at", "outcome", "rating", "transferred_to", "escalated_to",
    "confirmation_channel", "verification_result", "callback_result", "callback_due_at",
    "closed_by", "parent_contact_id", "about_contact_id", "n_reassigned", "text",
)  # fmt: skip
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
        Column(name, header=name, latest=True, identity="case" if name == "case_number" else None)
        for name in HEADER_FIELDS
    ),
)
