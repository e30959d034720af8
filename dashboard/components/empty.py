"""Empty states: what is missing, why, and the next step."""

from datetime import timedelta

import streamlit as st

from dashboard import data
from dashboard.components import frame
from dashboard.i18n import _, formats
from dashboard.pages import PAGES
from pipelines.metrics import held

SHOWN = timedelta(days=27)  # before the last day with contacts: what the way out of it opens


def nothing(message: str, step: str = "") -> None:
    """Say that there is nothing to show and what to do; the page goes on or stops after it."""
    st.info(message if not step else f"{message}\n\n{step}")


def nothing_in_period() -> None:
    """Say that the chosen period and filters hold no contacts, and lead to where there are some."""
    days = data.ask(held)
    if days is None:
        nothing(
            _("Контактов в хранилище пока нет."),
            _("Загрузите журналы командой `liniya ingest ПУТЬ`."),
        )
        return
    first, last = days
    nothing(
        _("За выбранный период контактов нет."),
        _("Выберите другой период или снимите отбор по линии, каналу, категории.")
        + " "
        + _("В хранилище есть контакты: {days}").format(days=formats.span(first, last)),
    )
    since = max(first, last - SHOWN)
    st.page_link(
        PAGES[frame.page_id()].file,
        label=_("Показать {days}").format(days=formats.span(since, last)),
        query_params={"period": "range", "days": [since.isoformat(), last.isoformat()]},
    )
