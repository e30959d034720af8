"""Сейчас: who waits, what breaches next, and is the level held?"""

import streamlit as st

from dashboard import access, data, theme
from dashboard.components import alerts, debt, frame, incident_acts, lines_asked, moment, table
from dashboard.i18n import language
from dashboard.live.alerts import figures as alert_figures
from dashboard.live.board import asked_for, live_board
from dashboard.live.payload import board_frame
from dashboard.live.route import URL, token, with_names
from pipelines.metrics import board

# Filters
person = frame.person()
lake = data.lake()
is_wall = st.query_params.get("view") == "wall"
asked = moment.asked(lake)
may_act = person.may_act and not is_wall and not asked
if is_wall:
    lines = lines_asked.of_link()
else:
    with st.container(horizontal=True, vertical_alignment="bottom", key="now_top"):
        lines = lines_asked.choice(person)
        moment.choice(lake, asked, lines, incident_acts.opening if may_act else None)
if may_act and (alert := asked_for("now_board")):
    alerts.take(alert)  # asks at once, while the figures are read

# Data
# not cached: the first frame is fresh
scope = lines_asked.scope(person, lines)
figures = board(lake, asked or lake.now(), scope) | alert_figures(lake.settings, scope, asked)
names = access.all_names(lake) if with_names(person, is_wall=is_wall) else {}

# View
clicked = live_board(
    key="now_board",
    url="" if asked else URL,
    token=token(data.settings(), person, language(), lines=lines, is_wall=is_wall),
    contact=table.contact_address("") if person.may_open("contact") else "",
    incident="/incident?id=" if person.may_open("incident") and not is_wall else "",
    may_act=may_act,
    first=board_frame(figures, language(), names),
    moment=" ".join([asked.isoformat() if asked else "", *lines]).strip(),
    wall=theme.variables("dark") if is_wall else None,
)
if clicked.contact:
    table.open_contact(clicked.contact)
if clicked.incident:
    incident_acts.show(clicked.incident)
if clicked.burst and may_act:
    incident_acts.of_burst(clicked.burst, figures["bursts"])
if not is_wall:
    debt.unserved_list(scope, asked)
    alerts.history(scope)
