"""Words of the canonical logs that a value must be one of.

They belong to the format of the logs, not to one hotline; lines, numbers and categories of the
hotline stand in reference data (tables `ref_*`).
"""

CHANNELS = ("phone", "chat", "portal", "video", "callback")
CALL_CHANNELS = ("phone", "video", "callback")
OUTCOMES = (
    "served", "abandoned", "abandoned_menu", "self_served", "ticket", "callback", "flowed_out",
    "transferred",
)  # fmt: skip
CALLBACK_RESULTS = ("reached", "attempted")
ESCALATIONS = ("phone", "video")
FEEDBACK_TYPES = ("complaint", "suggestion", "gratitude")
SENDERS = ("citizen", "operator", "bot", "system")
OPERATOR_STATES = ("login", "logout", "pause", "resume")
EVENT_KINDS = (
    "received", "menu_choice", "self_served", "queued", "ring_no_answer", "answered",
    "first_response", "message_in", "message_out", "hold_started", "hold_ended", "transferred",
    "escalated", "flowed_out", "abandoned", "interpreter_requested", "interpreter_joined",
    "callback_requested", "callback_made", "ticket_created", "ticket_accepted",
    "specialist_contacted", "identity_verified", "workaround_offered", "complex_marked",
    "waiting_for_citizen", "citizen_replied", "due_moved", "registered", "assigned", "replied",
    "verified", "forwarded", "resolved", "notified", "confirmation_sent", "reopened", "rated",
    "due_judged", "recategorised", "ended", "times_contradict",
)  # fmt: skip

# ISO 639-1, every two-letter code
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUAGES = tuple(_ISO_639_1.split())
