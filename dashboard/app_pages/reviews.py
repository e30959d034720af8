"""Проверки: which contacts wait for my review, what reviews said, do reviewers agree?"""

import streamlit as st

from dashboard.components import (
    frame,
    review_acts,
    review_appeals,
    review_calibration,
    review_choose,
    review_form,
    review_queue,
    review_results,
)
from dashboard.i18n import N_, _

VIEWS = {
    "mine": (N_("Мои проверки"), review_queue.draw),
    "choose": (N_("Отбор контактов"), review_choose.draw),
    "results": (N_("Результаты"), review_results.draw),
    "calibration": (N_("Калибровка"), review_calibration.draw),
    "appeals": (N_("Апелляции"), review_appeals.draw),
}

# Filters
review_id = st.query_params.get("review", "")

# View
frame.as_of()
review_acts.notice()
if review_id:
    review_form.draw(review_id)
    st.stop()
asked = st.query_params.get("view")
chosen = st.segmented_control(
    _("Что показать"),
    list(VIEWS),
    default=asked if asked in VIEWS else "mine",
    required=True,
    format_func=lambda name: _(VIEWS[name][0]),
    key="reviews_view",
    label_visibility="collapsed",
)
st.query_params["view"] = str(chosen)
VIEWS[str(chosen)][1]()
