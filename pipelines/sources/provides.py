"""What the columns of a log let its source know: event kinds, and fields of the header and legs.

A contact is in a promise's base only if its source can know the events and fields the promise
needs: a log without a confirmation column says nothing about confirmations, good or bad.
"""

from collections.abc import Iterable


def provided(dataset: str, present: Iterable[str]) -> frozenset[str]:
    """Return the event kinds and header fields the columns present let a source know.

    >>> sorted(provided("journal", ["case_number", "received_at"]))
    ['case_number', 'received']
    """
    gives = _GIVES | _GIVES_OF.get(dataset, {})
    return frozenset(item for column in present for item in gives.get(column, (column,)))


# column -> event kinds and header fields (columns of lake.contacts and lake.legs); a column not
# listed gives the header field of its own name
_GIVES: dict[str, tuple[str, ...]] = {
    "call_id": (),
    "chat_id": (),
    "feedback_id": (),
    "leg": (),
    "contact_id": (),
    "received_at": ("received",),
    "dialled_number": ("line",),
    "caller_number": ("citizen_key",),
    "citizen_id": ("citizen_key",),
    "citizen_phone": ("citizen_key",),
    "citizen_email": ("citizen_key",),
    "citizen_ref": ("citizen_key",),
    "queued_at": ("queued", "line"),
    "answered_at": ("answered",),
    "first_response_at": ("first_response",),
    "ended_at": ("ended",),
    "transferred_at": ("transferred",),
    "transferred_to": ("transferred_to", "transferred"),
    "transfer_answered_at": ("answered",),
    "transfer_operator_id": ("operator_id",),
    "queue_exit_reason": ("flowed_out",),
    "interpreter_requested_at": ("interpreter_requested",),
    "interpreter_joined_at": ("interpreter_joined",),
    "callback_requested_at": ("callback_requested",),
    "callback_made_at": ("callback_made",),
    "ticket_created_at": ("ticket_created",),
    "ticket_accepted_at": ("ticket_accepted",),
    "workaround_at": ("workaround_offered",),
    "complex_at": ("complex_marked",),
    "identity_verified_at": ("identity_verified",),
    "resolved_at": ("resolved",),
    "reopened_at": ("reopened",),
    "notified_at": ("notified",),
    "confirmation_sent_at": ("confirmation_sent",),
    "verified_at": ("verified",),
    "forwarded_at": ("forwarded",),
    "rating": ("rating", "rated"),
    "escalated_at": ("escalated",),
    "escalated_to": ("escalated_to", "escalated"),
    "assigned_at": ("assigned",),
    "registered_at": ("registered",),
    "type": ("feedback_type",),
    "notified_channel": ("notified",),
    "is_on_time": ("due_judged",),
    "events": (),
}
_GIVES_OF: dict[str, dict[str, tuple[str, ...]]] = {
    # a queued call that ended unanswered was abandoned, whatever else the log says
    "calls": {
        "ended_at": ("ended", "abandoned"),
        "outcome": ("outcome", "abandoned", "self_served", "flowed_out"),
        "menu_choice": ("menu_choice",),
    },
    # a chat's leg runs from received to the first human message
    "chats": {
        "received_at": ("received", "queued", "line"),
        "messages": (
            "message_in",
            "message_out",
            "answered",
            "n_messages",
            "operator_id",
            "waiting_for_citizen",
            "citizen_replied",
        ),
    },
    "feedback": {"received_at": ("received", "queued", "line"), "answered_at": ("replied",)},
    "operators": {},
    "events": {"event_at": (), "kind": (), "value": (), "rating": ("rating",)},
}
