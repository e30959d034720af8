"""Which contact is looked at: the search box and the address; and the record of who opened it."""

import streamlit as st

from dashboard import data
from dashboard.components import frame
from dashboard.i18n import _
from pipelines.desk import record_opening

KEY = "contact_search"


def wanted() -> str:
    """Draw the search box and return what is looked for: `?contact=` (or `?id=`) fills it."""
    asked = st.query_params.get("contact") or st.query_params.get("id") or ""
    if KEY not in st.session_state:  # the page was just opened: a new opening of whatever it shows
        st.session_state.pop("contact_recorded", None)
    if KEY not in st.session_state or st.session_state.get("contact_asked") != asked:
        st.session_state[KEY] = asked
    found = st.text_input(
        _("Номер обращения или контакта"), key=KEY, width=420, placeholder="2026-1116-00001"
    ).strip()
    st.session_state["contact_asked"] = found
    st.query_params.pop("id", None)
    if found:
        st.query_params["contact"] = found
    else:
        st.query_params.pop("contact", None)
    return found


def opened(contact_id: str) -> None:
    """Record that the person opened the contact: once an opening, not once a rerun."""
    if st.session_state.get("contact_recorded") != contact_id:
        record_opening(data.settings(), frame.person().id, contact_id)
        st.session_state["contact_recorded"] = contact_id
