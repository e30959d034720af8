"""From a statement of the week to the figures it rests on: links to the pages of the same days."""

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.components import frame
from dashboard.i18n import N_, _, formats
from dashboard.pages import PAGES

Params = dict[str, str | list[str]]
# name -> page, view there, words of the link
EVIDENCE: dict[str, tuple[str, str, str]] = {
    "promises": ("promises", "", N_("Обещания за эти дни")),
    "statute": ("promises", "statute", N_("Обещания закона за эти дни")),
    "topics": ("problems", "", N_("Тематики за эти дни")),
    "repeats": ("problems", "repeats", N_("Повторные обращения за эти дни")),
    "failures": ("problems", "failures", N_("Обращения из-за сбоев за эти дни")),
    "incidents": ("incident", "", N_("Массовые сбои")),
    "quality": ("quality", "", N_("Проверки и карантин")),
    "now": ("now", "", N_("Очереди и операторы сейчас")),
}


def days(figures: dict[str, Any]) -> Params:
    """Return the days of the week as other pages' addresses take them."""
    last = formats.local(figures["end"] - timedelta(microseconds=1)).date()
    return {"period": "range", "days": [f"{formats.local(figures['start']).date()}", f"{last}"]}


def draw(figures: dict[str, Any], *names: str) -> None:
    """Draw links to the evidence of a statement, those of pages this person may open."""
    person = frame.person()
    known = [EVIDENCE[name] for name in names if person.may_open(EVIDENCE[name][0])]
    if not known:
        return
    with st.container(horizontal=True, gap="small"):
        for page, view, words in known:
            params = days(figures) | ({"view": view} if view else {})
            st.page_link(
                PAGES[page].file,
                label=_(words),
                icon=":material/arrow_outward:",
                query_params=params,
                width="content",
            )
