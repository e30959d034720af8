"""The post-mortem of an outage: a file made at its click, of what the person may see."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import access, data
from dashboard.components import frame
from dashboard.i18n import _, language
from pipelines.reports.postmortem import figures_of, write_postmortem
from pipelines.reports.words import Words

MIME = {"PDF": "application/pdf", "HTML": "text/html"}


def downloads(row: dict[str, Any]) -> None:
    """Draw the buttons of the post-mortem of an outage that is restored."""
    scope = access.scope(frame.person())
    words = Words(language(), data.settings().tz)

    def made(ending: str) -> bytes:
        lake = data.lake()
        lake.widen()
        found = figures_of(lake, row["incident_id"], scope)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"postmortem.{ending}"
            write_postmortem(lake, found, out, words)
            return out.read_bytes()

    with st.container(horizontal=True, vertical_alignment="center", key="incident_report"):
        for kind, mime in MIME.items():
            ending = kind.lower()
            st.download_button(
                _("Разбор сбоя, {kind}").format(kind=kind),
                partial(made, ending),
                file_name=f"liniya-incident-{row['incident_id']}.{ending}",
                mime=mime,
                key=f"incident_report_{ending}",
                icon=":material/description:",
                on_click="ignore",
            )
        st.caption(
            _("Ход событий, люди, часы операторов, сроки, фразы и меры. Когда все уведомлены, "
              "разбор сам появляется в папке отчётов.")
        )  # fmt: skip
