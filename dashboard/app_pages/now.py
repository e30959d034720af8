"""Сейчас: who waits, what breaches next, and is the level held?"""

from dashboard import access, data
from dashboard.components import frame, table
from dashboard.i18n import language
from dashboard.live.board import live_board
from dashboard.live.payload import board_frame
from dashboard.live.route import URL, token
from pipelines.metrics import board

# Filters
person = frame.person()

# Data
lake = data.lake()
figures = board(lake, lake.now(), access.scope(person))  # not cached: the first frame is fresh

# View
clicked = live_board(
    key="now_board",
    url=URL,
    token=token(data.settings(), person, language()),
    contact=table.contact_address("") if person.may_open("contact") else "",
    first=board_frame(figures, language()),
)
if clicked:
    table.open_contact(clicked)
