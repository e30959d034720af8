"""Columns of the calls log; the SQL speaks of the table `calls.py` prepares."""

from pipelines.conform.mapping import (
    CITIZEN,
    CONFIRMATION,
    ID_NOTE,
    LISTED,
    PRIVACY,
    RESOLUTION,
    TICKET,
    Column,
    Event,
    event,
    header,
    leg_event,
)  # fmt: skip

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
                where="target_leg is not null and target_left_as = 'abandoned'",
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
            Event(
                "transferred",
                "coalesce(transferred_at, left_at)",
                leg="case when has_leg then leg_no end",  # else from the menu
                line="line",
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
            Event(
                "flowed_out",
                "target_left_at",
                where="target_leg is not null and target_left_as = 'flowed_out'",
                leg="target_leg",
                line="target_line",
                value="outcome",
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
    LISTED,
)
