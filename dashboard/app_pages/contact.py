"""Обращение: what happened to one contact, over all channels?"""

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    contact_case,
    contact_parts,
    contact_reviews,
    contact_search,
    contact_talk,
    empty,
    frame,
    state,
)
from dashboard.i18n import _
from pipelines.metrics import contact, timeline

# Filters
looked_for = contact_search.wanted()
if not looked_for:
    frame.as_of()
    empty.nothing(
        _("Введите номер обращения или контакта или откройте его из таблицы на другой странице.")
    )
    st.stop()

# Data
found = data.ask(contact, looked_for, scope=access.scope(frame.person()), live=True)
if found is None:
    frame.as_of()
    empty.nothing(
        _("Обращения или контакта с таким номером нет, или оно вам не доступно."),
        _("Проверьте номер: у контакта он вида `calls:c261109-00460`."),
    )
    st.stop()
told = timeline(found)
contact_search.opened(found["header"]["contact_id"])

# View
frame.as_of()
contact_parts.header(found)
state.heading(_("Ход контакта"))
contact_talk.legs(told)
with st.container(key="wide_pair"):
    left, right = st.columns([2, 3], gap="large")
with left:
    state.heading(_("События"))
    contact_parts.events(found, told)
with right:
    state.heading(_("Сроки и обещания"))
    contact_parts.clocks(found, told)
contact_talk.messages(told["messages"])
state.heading(_("Связанные контакты"))
contact_case.draw(found, told["chain"])
contact_parts.related(told)
contact_reviews.draw(found["header"]["contact_id"])
state.heading(_("Проверки и исправления"))
contact_parts.checks(found)
st.caption(_("Открытие карточки записано в журнал доступа."))
