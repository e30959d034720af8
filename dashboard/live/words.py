"""Names the parts of the board share."""

from dashboard.i18n import N_

SOURCES = {
    "calls": N_("звонки"),
    "chats": N_("чаты"),
    "feedback": N_("форма на портале"),
    "operators": N_("смены операторов"),
    "journal": N_("журнал обращений"),
    "events": N_("живой поток"),
}
