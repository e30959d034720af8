"""Words reference data may use: moments and fields of a contact.

Events are those of the canonical logs (docs/events.md); a promise that names any other is refused
with its line.
"""

from expectations.vocabulary import EVENT_KINDS as EVENT_KINDS  # promises speak of them too

# moment -> what a source must know for it (any of); made from events, legs and neighbours
DERIVED_MOMENTS: dict[str, tuple[str, ...]] = {
    "left": (),  # the citizen left the queue or the menu unserved
    "closed": (),  # the contact is over; a source without `ended`: the last thing known of it
    "human_response": ("first_response", "answered", "message_out", "callback_made"),
    "operator_message": ("message_out", "first_response"),  # first message of a human
    "transfer_answered": ("answered",),  # the next operator after the first transfer
    "child_answered": (),  # a contact whose parent_contact_id is this one was answered
    "reserve_answered": ("answered", "callback_made"),  # by the reserve centre
    "confirmation_email": ("confirmation_sent",),  # the confirmation went by e-mail
    "repeat": (),  # the next contact of the same citizen on the same category, any channel
    "redial": (),  # the citizen's next call
}
MOMENTS: tuple[str, ...] = (*EVENT_KINDS, *DERIVED_MOMENTS)

# kinds that are not evidence of the kind alone: where a source lacks them, these stand in
STAND_INS: dict[str, tuple[str, ...]] = {
    "first_response": ("answered", "message_out", "callback_made"),
    "specialist_contacted": ("callback_made", "answered", "message_out"),
}

# a source told by several logs, one of which cannot say a kind, is kept with this before the kind:
# what did not come is then unknown, and a kind with stand-ins is judged by them where it is absent
NOT = "not "

# field -> type, and what a source must know for it (any of; empty: always known)
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "source": ("text", ()),
    "channel": ("text", ()),
    "line": ("text", ()),
    "platform": ("text", ("platform",)),
    "case_number": ("text", ("case_number",)),
    "citizen_key": ("text", ()),
    "language": ("text", ("language",)),
    "region": ("text", ("region",)),
    "category": ("text", ("category",)),
    "class": ("text", ("category",)),  # class of the category
    "feedback_type": ("text", ("feedback_type", "type")),
    "is_complex": ("bool", ("is_complex",)),
    "menu_choice": ("text", ("menu_choice",)),
    "outcome": ("text", ("outcome",)),
    "rating": ("number", ("rating", "rated")),
    "transferred_to": ("text", ("transferred_to",)),
    "escalated_to": ("text", ("escalated_to",)),
    "verification_result": ("text", ("verification_result",)),
    "callback_result": ("text", ("callback_result",)),
    "closed_by": ("text", ("closed_by",)),
    "n_messages": ("number", ("message_in", "message_out")),
    "n_reassigned": ("number", ()),
    "has_due": ("bool", ("due_at",)),  # the source itself names a deadline
    "is_staffed": ("bool", ()),  # the line is staffed when the contact is received
    "is_peak": ("bool", ()),  # received in a peak hour of its line; unknown with little history
    "is_served": ("bool", ()),  # a human answered, replied or called back
    "is_short_abandon": ("bool", ()),  # left the queue within the setting short_abandon_s
    "wait_s": ("number", ("queued",)),  # queued to answered, or to leaving
    "hold_s": ("number", ("hold_started", "hold_s")),
    "talk_s": ("number", ()),
    "n_transfers": ("number", ()),
    "n_legs": ("number", ()),
    "is_transferred_to_other_skill": ("bool", ()),
    "has_skill": ("bool", ("category",)),  # first operator has the category's skill
    "speaks_english": ("bool", ()),  # first operator has the skill of settings.yml
    "needs_interpreter": ("bool", ("language",)),  # language known and not spoken here
    "is_in_journal": ("bool", ()),  # unknown where no journal covers the day
    "is_region_day": ("bool", ("region",)),  # received in the citizen's own working hours
    "is_by_priority": ("bool", ()),  # no item of higher menu priority waited at its handling
}
# contact columns a target may be taken from
DUE_FIELDS: tuple[str, ...] = ("due_at", "callback_due_at")

# what a promise may be read apart by in its passport, and what may stand on its page
APART = ("peak", "callback_result", "silence")
BESIDE_BY = ("time_zone", "regime", "peak", "line", "region")
KINDS = ("clock", "share", "mean", "coverage")
SUBJECTS = ("contact", "case", "exchange", "incident")
CALENDARS = ("always", "staffed")  # beside those of calendar.yml
ON_ABANDON = ("cancel", "breach", "continue")
PAUSES = ("none", "waiting_for_citizen")
BASES = ("seed", "assumed", "statute")
ROLES = ("supervisor", "analyst", "executive", "engineer", "operator")
