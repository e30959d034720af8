"""Обращение: what happened to one contact, over all channels?"""

import streamlit as st

from dashboard.components import frame
from dashboard.i18n import _

# Filters
contact_id = st.text_input(
    _("Номер контакта"), value=st.query_params.get("id", ""), key="contact_id", width=420
)
if not contact_id:
    st.info(_("Введите номер контакта или откройте его из таблицы на другой странице."))
    st.stop()

# View
frame.as_of(contact_id)
