"""Сейчас: who waits, what breaches next, and is the level held?"""

import streamlit as st

from dashboard import access, data, theme
from dashboard.components import alerts, frame, moment, table
from dashboard.i18n import language
from dashboard.live.alerts import figures as alert_figures
from dashboard.live.board import asked_for, live_board
from dashboard.live.payload import board_frame
from dashboard.live.route import URL, token
from pipelines.metrics import board

# Filters
person = frame.person()
lake = data.lake()
is_wall = st.query_params.get("view") == "wall"
asked = moment.asked(lake)
if not is_wall:
    moment.choice(lake, asked)
if alert := asked_for("now_board"):
    alerts.take(alert)  # asks at once, while the figures are read

# Data
# not cached: the first frame is fresh
scope = access.scope(person)
figures = board(lake, asked or lake.now(), scope) | alert_figures(lake.settings, scope, asked)

# View
clicked = live_board(
    key="now_board",
    url="" if asked else URL,
    token=token(data.settings(), person, language()),
    contact=table.contact_address("") if person.may_open("contact") else "",
    first=board_frame(figures, language()),
    moment=asked.isoformat() if asked else "",
    wall=theme.variables("dark") if is_wall else None,
    acknowledges=person.may_acknowledge and not is_wall and not asked,
)
if clicked:
    table.open_contact(clicked)
if not is_wall:
    alerts.history()
