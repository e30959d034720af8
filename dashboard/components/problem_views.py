"""The views of Проблемы: topics, repeats, failures, growth, actions, labelling; one in the link."""

import streamlit as st

from dashboard.components import (
    frame,
    labelling_model,
    labelling_queue,
    problem_actions,
    problem_failures,
    problem_growing,
)
from dashboard.components import problem_repeats as repeats
from dashboard.i18n import N_, _
from pipelines.metrics import Query

TOPICS = "topics"
VIEWS = {
    TOPICS: N_("Тематики"),
    "repeats": N_("Повторные обращения"),
    "failures": N_("Из-за сбоев"),
    "growing": N_("Что растёт"),
    "actions": N_("Реестр мер"),
}
LABELS = {"labels": N_("Разметка")}  # of who decides on categories


def _labels(query: Query) -> None:
    labelling_queue.draw(query, labelling_queue.tiles(query))
    labelling_model.draw()


DRAWN = {
    "labels": _labels,
    "repeats": repeats.draw,
    "failures": problem_failures.draw,
    "growing": problem_growing.draw,
    "actions": problem_actions.draw,
}


def chosen(name: str, options: dict[str, str], label: str) -> str:
    """Draw a choice of a few, kept in the address; the first is the page's own."""
    key = f"{frame.page_id()}_{name}"
    first = next(iter(options))
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name)
        st.session_state[key] = asked if asked in options else first
    picked = st.segmented_control(
        label,
        list(options),
        format_func=lambda one: _(options[one]),
        key=key,
        label_visibility="collapsed",
    )
    now = str(picked or first)
    if now == first:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = now
    return now


def view() -> str:
    """Draw the choice of the view."""
    views = VIEWS | LABELS if frame.person().may_decide else VIEWS
    return chosen("view", views, _("Раздел"))


def draw(name: str, query: Query) -> None:
    """Draw a view other than TOPICS."""
    DRAWN[name](query)
