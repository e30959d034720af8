"""What is looked into below a list: kept in the address and, from page to page, in the session."""

import streamlit as st

from dashboard.components import frame
from dashboard.i18n import _


def key(name: str) -> str:
    """Return the key of the list's table: a new one after `close`, so that no row stays marked."""
    return f"{frame.page_id()}_{name}_{st.session_state.get(f'picked_{name}_closed', 0)}"


def before(name: str) -> str:
    """Return what was picked before this run: the address wins, then the session; else empty."""
    return str(st.query_params.get(name) or st.session_state.get(f"picked_{name}", ""))


def now(name: str, clicked: str | None) -> str:
    """Keep what was clicked, if anything was, and return what is looked into; else empty."""
    chosen = clicked or before(name)
    if chosen:
        st.query_params[name] = chosen
        st.session_state[f"picked_{name}"] = chosen
    return chosen


def newly(source: str, clicked: str | None) -> str | None:
    """Return what was clicked since the last run; None: nothing.

    A table or chart keeps its mark while another is clicked: the last click counts, not the mark.
    """
    kept = f"clicked_{frame.page_id()}_{source}"
    before_it = st.session_state.get(kept)
    st.session_state[kept] = clicked
    return clicked if clicked != before_it else None


def close(name: str) -> None:
    """Draw the button that closes what is looked into."""
    st.button(
        _("Свернуть"), key=f"{frame.page_id()}_{name}_close", type="tertiary",
        on_click=_closed, args=(name,),
    )  # fmt: skip


def forget(name: str) -> None:
    """Look into it no longer."""
    st.query_params.pop(name, None)
    st.session_state.pop(f"picked_{name}", None)


def _closed(name: str) -> None:
    forget(name)
    closed = f"picked_{name}_closed"
    st.session_state[closed] = st.session_state.get(closed, 0) + 1
