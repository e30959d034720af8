"""The canonical logs: every dataset, its columns and their types.

The one definition of the columns of `design.md`, "Canonical logs"; readers, rules and conform read
it. `citizen_ref` (an opaque citizen id of another system) and `n_reassigned` are known to profiles
and to the events log only in practice, but any file may carry them.
"""

import polars as pl

UTC_TIME = pl.Datetime("us", "UTC")

# kind of a column -> its type in the staged frame. `code` and `text` are masked; `id` and `route`
# (a line, a queue or a number) only where they hold a mobile phone, a document or a name;
# identifiers become keys; `name` is an operator's.
TYPES: dict[str, pl.DataType] = {
    "id": pl.String(),
    "code": pl.String(),
    "name": pl.String(),
    "route": pl.String(),
    "text": pl.String(),
    "time": UTC_TIME,
    "date": pl.Date(),
    "number": pl.Float64(),
    "count": pl.Int64(),
    "flag": pl.Boolean(),
    "phone": pl.String(),
    "citizen": pl.String(),
    "email": pl.String(),
    "citizen_ref": pl.String(),
}

# identifying column -> the column of its keyed hash in the staged frame
KEYED = {
    "caller_number": "phone_key",
    "citizen_phone": "phone_key",
    "citizen_id": "citizen_id_key",
    "citizen_email": "email_key",
    "citizen_ref": "citizen_ref_key",
}

MESSAGE: dict[str, pl.DataType] = {
    "sent_at": UTC_TIME,
    "sender": pl.String(),
    "operator_id": pl.String(),
    "text": pl.String(),
    "attachments": pl.Int64(),  # how many; file names hold names of people
    "sets_waiting": pl.Boolean(),
}
MESSAGES = pl.List(pl.Struct(MESSAGE))
# what happened beside the columns of a wide row: kinds no column holds, or that come several times
HAPPENED: dict[str, pl.DataType] = {
    "event_at": UTC_TIME,
    "kind": pl.String(),
    "line": pl.String(),
    "operator_id": pl.String(),
    "value": pl.String(),
}
EVENTS = pl.List(pl.Struct(HAPPENED))
LISTS: dict[str, pl.DataType] = {"messages": MESSAGES, "events": EVENTS}

_CITIZEN = {"citizen_id": "citizen", "citizen_phone": "phone", "citizen_email": "email"}
_PRIVACY = {"verified_at": "time", "verification_result": "code", "forwarded_at": "time"}
_RESOLUTION = {"resolved_at": "time", "reopened_at": "time", "notified_at": "time"}
_TICKET = {"ticket_created_at": "time", "ticket_accepted_at": "time", "workaround_at": "time"}
_CONFIRMATION = {"confirmation_sent_at": "time", "confirmation_channel": "code"}

COLUMNS: dict[str, dict[str, str]] = {
    "calls": {
        "call_id": "id",
        "leg": "count",
        "channel": "code",
        "case_number": "id",
        "dialled_number": "route",
        "caller_number": "phone",
        "citizen_id": "citizen",
        "language": "code",
        "region": "code",
        "received_at": "time",
        "menu_choice": "code",
        "queued_at": "time",
        "answered_at": "time",
        "first_response_at": "time",
        "ended_at": "time",
        "hold_s": "number",
        "wrap_s": "number",
        "operator_id": "id",
        "transferred_at": "time",
        "transferred_to": "route",
        "transfer_answered_at": "time",
        "transfer_operator_id": "id",
        "queue_exit_reason": "code",
        "ring_no_answer": "count",
        "ring_s": "number",
        "interpreter_requested_at": "time",
        "interpreter_joined_at": "time",
        "callback_requested_at": "time",
        "callback_due_at": "time",
        "callback_made_at": "time",
        "callback_result": "code",
        **_TICKET,
        "complex_at": "time",
        "is_complex": "flag",
        "identity_verified_at": "time",
        **_RESOLUTION,
        **_CONFIRMATION,
        **_PRIVACY,
        "category": "code",
        "outcome": "code",
        "rating": "number",
        "end_side": "code",
        "parent_contact_id": "id",
        "text": "text",
        "citizen_ref": "citizen_ref",
        "events": "events",
    },
    "chats": {
        "chat_id": "id",
        "case_number": "id",
        **_CITIZEN,
        "language": "code",
        "region": "code",
        "platform": "code",
        "received_at": "time",
        "category": "code",
        "is_complex": "flag",
        "complex_at": "time",
        "transferred_to": "route",
        "escalated_to": "code",
        "escalated_at": "time",
        "closed_by": "code",
        "assigned_at": "time",
        **_TICKET,
        "identity_verified_at": "time",
        **_PRIVACY,
        "ended_at": "time",
        **_RESOLUTION,
        **_CONFIRMATION,
        "rating": "number",
        "parent_contact_id": "id",
        "citizen_ref": "citizen_ref",
        "messages": "messages",
        "events": "events",
    },
    "feedback": {
        "feedback_id": "id",
        "case_number": "id",
        **_CITIZEN,
        "region": "code",
        "received_at": "time",
        "type": "code",
        "category": "code",
        "text": "text",
        "registered_at": "time",
        "assigned_at": "time",
        "operator_id": "id",
        "answered_at": "time",
        "due_at": "time",
        "notified_at": "time",
        "notified_channel": "code",
        **_PRIVACY,
        "resolved_at": "time",
        "reopened_at": "time",
        "rating": "number",
        "about_contact_id": "id",
        "citizen_ref": "citizen_ref",
        "n_reassigned": "count",
        "is_on_time": "flag",
        "events": "events",
    },
    "operators": {
        "operator_id": "id",
        "name": "name",
        "team": "code",
        "skills": "code",
        "hired_on": "date",
        "event_at": "time",
        "state": "code",
        "reason": "text",
    },
    "journal": {
        "case_number": "id",
        "channel": "code",
        "received_at": "time",
        "contact_id": "id",
    },
    # records of the exchange beside its calls: no contacts (sources/cdr.py)
    "cdr": {
        "record_id": "id",
        "call_id": "id",
        "sequence": "id",
        "started_at": "time",
        "answered_at": "time",
        "ended_at": "time",
        "talk_s": "number",
        "disposition": "code",
        "app": "code",
        "queue": "id",
        "dialled_number": "route",
        "caller_number": "phone",
        "operator_id": "id",
    },
    "events": {
        "event_at": "time",
        "contact_id": "id",
        "channel": "code",
        "kind": "code",
        "leg": "count",
        "line": "route",
        "operator_id": "id",
        "value": "text",
        # header fields, on `received` (or later: the last value given counts)
        "platform": "code",
        "case_number": "id",
        "dialled_number": "route",
        "caller_number": "phone",
        **_CITIZEN,
        "citizen_ref": "citizen_ref",
        "language": "code",
        "region": "code",
        "category": "code",
        "feedback_type": "code",
        "is_complex": "flag",
        "menu_choice": "code",
        "due_at": "time",
        "outcome": "code",
        "rating": "number",
        "transferred_to": "route",
        "escalated_to": "code",
        "confirmation_channel": "code",
        "verification_result": "code",
        "callback_result": "code",
        "callback_due_at": "time",
        "closed_by": "code",
        "parent_contact_id": "id",
        "about_contact_id": "id",
        "n_reassigned": "count",
        "text": "text",
    },
}

# other names a column is read under, where the canonical one is absent
ALIASES: dict[str, dict[str, str]] = {
    "events": {"at": "event_at", "type": "feedback_type"},
    "operators": {"at": "event_at"},
}

ID = {
    "calls": "call_id",
    "chats": "chat_id",
    "feedback": "feedback_id",
    "operators": "operator_id",
    "journal": "case_number",
    "cdr": "record_id",
    "events": "contact_id",
}
TIME = {
    "calls": "received_at",
    "chats": "received_at",
    "feedback": "received_at",
    "operators": "event_at",
    "journal": "received_at",
    "cdr": "started_at",
    "events": "event_at",
}
REQUIRED = {
    "calls": ("call_id", "received_at"),
    "chats": ("chat_id", "received_at"),
    "feedback": ("feedback_id", "received_at"),
    "operators": ("operator_id",),
    "journal": ("case_number", "received_at"),
    "cdr": ("record_id", "started_at"),
    "events": ("event_at", "contact_id", "kind"),
}
# the columns that, with dataset and source, make a row the same row; events and cdr: the whole
# content
IDENTITY = {
    "calls": ("call_id", "leg"),
    "chats": ("chat_id",),
    "feedback": ("feedback_id",),
    "operators": ("operator_id", "event_at", "state"),
    "journal": ("case_number", "contact_id"),
}
BOOKKEEPING: dict[str, pl.DataType] = {
    "row_no": pl.Int64(),
    "row_key": pl.UInt64(),
    "row_hash": pl.UInt64(),
    "row_at": UTC_TIME,
    "contact_id": pl.String(),
    "bad_fields": pl.String(),
}
# deadlines: a day without a time of day is kept until its end
DUE = ("due_at", "callback_due_at")
OPERATOR_STATES = ("login", "logout", "pause", "resume")


def frame_schema(dataset: str) -> dict[str, pl.DataType]:
    """Return the columns of a dataset's staged frame: identifiers as keys, then bookkeeping."""
    schema: dict[str, pl.DataType] = {}
    for column, kind in COLUMNS[dataset].items():
        dtype = LISTS.get(kind) or TYPES[kind]
        schema[KEYED.get(column, column)] = dtype
    return schema | BOOKKEEPING


def known_columns(dataset: str) -> set[str]:
    """Return every column name a file of the dataset may have."""
    return set(COLUMNS[dataset]) | set(ALIASES.get(dataset, {}))
