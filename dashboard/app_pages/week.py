"""Неделя: how many people did we fail, and what must be decided?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import choice, empty, frame, week_parts
from dashboard.i18n import _, formats
from pipelines.metrics import week, weeks

# Filters
known = {row["week"]: row for row in data.ask(weeks, each_minute=True)}
if not known:
    frame.as_of()
    empty.nothing(
        _("Контактов в хранилище пока нет, сводить нечего."),
        _("Загрузите журналы командой `liniya ingest ПУТЬ`."),
    )
    st.stop()
bar = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
with bar:
    iso_week = choice.one(
        "week", _("Неделя"), week_parts.order(known), lambda key: week_parts.name(known[key])
    )

# Data
with st.spinner(_("Считаем неделю…"), show_time=False):
    # once a minute, not at each commit of a live worker: every click would wait for it
    scope = access.scope(frame.person())
    figures = data.ask(week, iso_week, scope=scope, as_of=data.minute(), each_minute=True)
    page = week_parts.page_of(figures)
with bar:
    week_parts.downloads(figures)

# View
frame.as_of(formats.span(known[iso_week]["first"], known[iso_week]["last"]))
if not figures["volume"]["contacts"]:
    empty.nothing(_("За эту неделю контактов нет."), _("Выберите другую неделю."))
    st.stop()
week_parts.verdict(figures, page)
week_parts.tiles(figures)
week_parts.promises(figures)
left, right = st.columns(2, gap="large")
with left:
    week_parts.topics_of(figures)
with right:
    week_parts.channels(page)
    week_parts.happened(figures)
st.caption(f"{page['quality']} {' · '.join(page['footer'])}.")
