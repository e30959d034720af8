"""Empty states: what is missing, why, and the next step."""

import streamlit as st

from dashboard.i18n import _


def nothing(message: str, step: str = "") -> None:
    """Say that there is nothing to show and what to do; the page goes on or stops after it."""
    st.info(message if not step else f"{message}\n\n{step}")


def nothing_in_period() -> None:
    """Say that the chosen period and filters hold no contacts."""
    nothing(
        _("За выбранный период контактов нет."),
        _("Выберите другой период или снимите отбор по линии, каналу, категории."),
    )
