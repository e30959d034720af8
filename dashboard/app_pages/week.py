"""Неделя: how many people did we fail, and what must be decided?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    choice,
    empty,
    frame,
    week_decisions,
    week_editions,
    week_parts,
)
from dashboard.i18n import _, formats
from pipelines.editions.read import NOW
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
    editions = week_editions.known(iso_week)
    wanted = NOW
    if editions:
        wanted = choice.one(
            "edition",
            _("Редакция"),
            [*editions, NOW],
            lambda key: week_editions.name(key, editions),
        )
edition = editions.get(wanted)

# Data
scope = access.scope(frame.person())
# once a minute, not at each commit of a live worker: every click would wait for it
as_of_now = {"scope": scope, "as_of": data.minute(), "each_minute": True}
if edition:
    figures = week_editions.figures(edition)
else:
    with st.spinner(_("Считаем неделю…"), show_time=False):
        figures = data.ask(week, iso_week, **as_of_now)
page = week_parts.page_of(figures, edition)
with bar:
    week_parts.downloads(figures, edition)

# View
frame.as_of(formats.span(known[iso_week]["first"], known[iso_week]["last"]))
if not figures["volume"]["contacts"]:
    empty.nothing(_("За эту неделю контактов нет."), _("Выберите другую неделю."))
    st.stop()
week_editions.published()
week_parts.verdict(figures, page)
later = st.container()
week_parts.tiles(figures)
week_parts.why(page)
week_parts.promises(figures)
left, right = st.columns(2, gap="large")
with left:
    week_parts.topics_of(figures)
with right:
    week_parts.channels(page)
    week_parts.happened(figures)
week_decisions.draw(iso_week, figures)
st.caption(f"{page['quality']} {' · '.join(page['footer'])}.")
if edition:
    week_editions.about(edition)
week_editions.publishing(iso_week, editions, is_over=known[iso_week]["is_over"])
if edition:
    # what was published is on the screen already; the comparison takes as long as a week does
    with later, st.spinner(_("Сверяем с более поздними данными…"), show_time=False):
        week_editions.changed(edition, figures, data.ask(week, iso_week, **as_of_now))
