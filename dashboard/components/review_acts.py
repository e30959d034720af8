"""What reviewers, operators and who decides do: each an act on the desk, then waited for."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.components import frame, review_words
from dashboard.components.incident_acts import CARRIED_S, LOOK_S
from dashboard.i18n import _, _n, formats
from pipelines.errors import ActError, ReferenceDataError
from pipelines.lake.lock import is_locked
from pipelines.reviews.acts import acts
from pipelines.reviews.form import check_frozen
from pipelines.reviews.project import pending


def do(act: Callable[..., Any], *args: Any, waits: bool = True, **more: Any) -> Any:
    """Do an act as the person who looks, and wait until the lake has it.

    Args:
        waits: False: the page reads what was written from the desk itself.

    Returns:
        What the act returns (True for nothing); None: it was refused, and the page says why.
    """
    lake, person = data.lake(), frame.person()
    try:
        found = act(lake, person.id, lake.now(), *args, **more)
    except ActError as error:
        st.error(review_words.refused(error))
        return None
    except ReferenceDataError as error:
        st.error(review_words.form_changed(error))
        return None
    if waits and is_locked(data.settings()):
        deadline = time.monotonic() + CARRIED_S
        while pending(lake) and time.monotonic() < deadline:
            time.sleep(LOOK_S)
    return True if found is None else found


def notice() -> None:
    """Say what of the acts is not in the figures yet, and whether the form is what it was."""
    lake = data.lake()
    try:
        check_frozen(lake.reference, acts(lake.settings, kinds=("form_used",)))
    except ReferenceDataError as error:
        st.error(review_words.form_changed(error))
    n = pending(lake)
    if not n:
        return
    words = _n(
        "{n} действие записано, но ещё не учтено в цифрах.",
        "{n} действий записано, но ещё не учтено в цифрах.",
        n,
    ).format(n=formats.number(n))
    if is_locked(data.settings()):
        st.info(words)
    else:
        st.warning(
            words
            + " "
            + _("Рабочий процесс не запущен: запустите `liniya run` или `liniya worker`.")
        )
