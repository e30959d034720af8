"""Неделя: how many people did we fail, and what must be decided?"""

from typing import Any

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    empty,
    frame,
    week_choice,
    week_decisions,
    week_editions,
    week_files,
    week_links,
    week_outside,
    week_parts,
)
from dashboard.i18n import _, formats
from pipelines.metrics import week
from pipelines.reports.evidence import CHANNEL, FAILED, RATED, REGION, UNSERVED

# Filters
head = st.container()
bar = st.container(horizontal=True, vertical_alignment="bottom")
with bar:
    asked = week_choice.bar(head)
if asked is None:
    frame.as_of()
    empty.nothing(
        _("Контактов в хранилище пока нет, сводить нечего."),
        _("Загрузите журналы командой `liniya ingest ПУТЬ`."),
    )
    st.stop()
edition = asked.edition

# Data
# once a minute, not at each commit of a live worker: every click would wait for it
now: dict[str, Any] = {
    "scope": access.scope(frame.person()),
    "as_of": data.minute(),
    "against": asked.against,
}
if edition:
    figures = week_editions.figures(edition)
else:
    with st.spinner(_("Считаем показатели…"), show_time=False):
        figures = data.ask(week, asked.period, each_minute=True, **now)
page = week_parts.page_of(figures, edition)
with bar:
    week_files.downloads(figures, edition)

# View
frame.as_of(formats.span(asked.first, asked.last))
if not figures["volume"]["contacts"]:
    empty.nothing(_("За эту неделю контактов нет."), _("Выберите другую неделю."))
    st.stop()
week_editions.published()
week_parts.verdict(figures, page)
later = st.container()
week_parts.tiles(figures, page)
week_links.contacts(figures, UNSERVED, FAILED, RATED)
week_parts.why(figures, page)
week_outside.said(page)
week_outside.risk(page)
week_parts.promises(figures)
left, right = st.columns(2, gap="large")
with left:
    week_parts.topics_of(figures, page)
with right:
    week_parts.channels(page)
    week_outside.regions(page)
week_links.contacts(figures, CHANNEL, REGION)
week_parts.happened(figures, page)
week_decisions.draw(asked.period, figures)
st.caption(f"{page['quality']} {' · '.join(page['footer'])}.")
week_links.draw(page, "quality")
if edition:
    week_editions.about(edition)
week_editions.publishing(asked.period, asked.editions, is_over=asked.is_over)
if edition:
    # what was published is on the screen already; the comparison takes as long as a week does
    with later, st.spinner(_("Сверяем с более поздними данными…"), show_time=False):
        week_editions.changed(
            edition, figures, data.ask(week, asked.period, each_minute=True, **now)
        )
