"""The cards of operators to print and to keep: PDF, one A4 sheet each, and a workbook."""

from functools import partial

import streamlit as st

from dashboard import data
from dashboard.components import people
from dashboard.components.table import MIME
from dashboard.i18n import _, language
from pipelines.metrics import Query
from pipelines.reports.card_write import cards_file

KINDS = {"PDF": "application/pdf", "XLSX": MIME["XLSX"]}


def buttons(operators: list[str], query: Query, *, name: str, key: str) -> None:
    """Draw a button a form: the cards of some operators, made at the click.

    Args:
        operators: whose. query: period and scope of the page: an operator gets only the own card.
        name: of the file. key: `<page>_<name>`.
    """
    lake, names, lang = data.lake(), people.names(), language()
    labels = {"PDF": _("Карточка, PDF"), "XLSX": _("Карточка, XLSX")}
    if len(operators) > 1:
        labels = {"PDF": _("Карточки, PDF"), "XLSX": _("Карточки, XLSX")}
    for kind, mime in KINDS.items():
        ending = f".{kind.lower()}"
        st.download_button(
            labels[kind],
            partial(cards_file, lake, query, ending, lang, operators, names),
            file_name=f"{name}{ending}",
            mime=mime,
            key=f"{key}_{kind.lower()}",
            on_click="ignore",
            type="tertiary",
            icon=":material/print:" if kind == "PDF" else ":material/table:",
        )
