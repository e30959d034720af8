"""One thing of several, kept in the address: a score period, a week."""

from collections.abc import Callable

import streamlit as st

from dashboard.components import frame


def one(
    name: str, label: str, options: list[str], words: Callable[[str], str], *, width: int = 360
) -> str:
    """Draw a choice and return what is chosen; the first option is the page's own default.

    Args:
        name: of the address (`?week=2026-W46`) and, after the page's id, of the widget.
        label: above the choice.
        options: what can be chosen; at least one.
        words: option -> its text in the current language.
        width: pixels.
    """
    key = f"{frame.page_id()}_{name}"
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name)
        st.session_state[key] = asked if asked in options else options[0]
    chosen = st.selectbox(label, options, format_func=words, key=key, width=width)
    if chosen == options[0]:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    return str(chosen)
