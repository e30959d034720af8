"""A job of the worker that a page asked for, followed on the page until it is over."""

from collections.abc import Callable

import streamlit as st

from dashboard import data
from pipelines import desk

LOOK_S = 1.0


def followed(key: str, failed: str, told: Callable[[desk.Job], str]) -> bool:
    """Draw how far the job in the session under `key` is; tell whether there is one.

    Args:
        failed: what to say, once, above the error of a job that failed.
        told: what to say of a job that runs.
    """
    if key in st.session_state:
        _progress(key, told)
        return True
    if error := st.session_state.pop(f"{key}_error", None):
        st.error(failed)
        st.code(error, language=None)
    return False


@st.fragment(run_every=LOOK_S)
def _progress(key: str, told: Callable[[desk.Job], str]) -> None:
    job = desk.job(data.settings(), st.session_state[key])
    if job.is_over:
        del st.session_state[key]
        if job.error:
            st.session_state[f"{key}_error"] = job.error
        st.rerun()
    st.info(told(job))
