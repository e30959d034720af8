"""The files of a week: each is made when asked for, with its progress, then stands to be taken."""

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.i18n import _, language
from pipelines.editions import Edition
from pipelines.reports import Words, as_week, write_figures

MIME = {
    "PDF": "application/pdf",
    "HTML": "text/html",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MADE = "week_files"  # in the session: files of the figures last asked for, by kind


@st.fragment
def downloads(figures: dict[str, Any], edition: Edition | None) -> None:
    """Draw a button a kind of file: it makes the file, and then is the one that downloads it.

    A file is of the very figures on the page: with others, or in another language, it is made anew.
    """
    of = (figures["week"], figures["against"], figures["as_of"], edition, language())
    if st.session_state.get(MADE, {}).get("of") != of:
        st.session_state[MADE] = {"of": of}
    made: dict[str, bytes] = st.session_state[MADE]
    with st.container(horizontal=True, key="week_downloads", width="content"):
        places = {kind: st.empty() for kind in MIME}
    for kind, place in places.items():
        label = _("Подготовить {kind}").format(kind=kind)
        asked = kind not in made and place.button(
            label, key=f"week_make_{kind.lower()}", icon=":material/note_add:"
        )
        if asked:
            with place, st.spinner(_("Готовим {kind}…").format(kind=kind), show_time=True):
                made[kind] = _file(figures, edition, kind.lower())
        if kind in made:
            place.download_button(
                _("Скачать {kind}").format(kind=kind),
                made[kind],
                file_name=f"liniya-{figures['week']}.{kind.lower()}",
                mime=MIME[kind],
                key=f"week_{kind.lower()}",
                icon=":material/download:",
                type="primary",
                on_click="ignore",
            )


def _file(figures: dict[str, Any], edition: Edition | None, ending: str) -> bytes:
    week = as_week(data.lake(), figures, edition)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"week.{ending}"
        write_figures(week, out, Words(language(), data.settings().tz))
        return out.read_bytes()
