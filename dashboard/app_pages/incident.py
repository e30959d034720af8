"""Сбои: what outage goes on, whom it touches, what was done, and the log of the shift."""

import streamlit as st

from dashboard.components import (
    empty,
    frame,
    incident_acts,
    incident_parts,
    incident_report,
)
from dashboard.i18n import _

# Filters
incident_id = st.query_params.get("id", "")

# Data
frame.as_of()
incident_acts.notice()
row = incident_parts.found(incident_id) if incident_id else None

# View
if incident_id:
    if st.button(
        _("Все сбои и журнал смены"),
        icon=":material/arrow_back:",
        type="tertiary",
        key="incident_back",
    ):
        del st.query_params["id"]
        st.rerun()
    if row is None and incident_acts.is_waiting():
        pass  # opened a moment ago: the notice above says that it waits for the worker
    elif row is None:
        empty.nothing(_("Такого сбоя нет или он отозван."))
    else:
        incident_parts.heading(row)
        incident_parts.figures(incident_id)
        if frame.person().may_act:
            incident_acts.acts(row)
        if row["restored_at"] is not None:
            incident_report.downloads(row)
        incident_parts.to_tell(incident_id)
        incident_parts.contacts(row)
    incident_parts.log(incident_id)
    st.stop()
if frame.person().may_act:
    incident_acts.opening()
rows = incident_parts.recent()
incident_parts.listed(rows)
incident_parts.log()
incident_parts.handover(rows)
