"""The gate of critical criteria beside a score: apart from it, never averaged with it."""

from dataclasses import replace

import streamlit as st

from dashboard import data
from dashboard.components import state
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, critical


def draw(operator: str, query: Query, reviews: int) -> None:
    """Draw how many reviews stand behind a score, and the gate.

    Args:
        operator: whose. query: period and scope of the score. reviews: of its row.
    """
    found = data.ask(critical, replace(query, where={"operator": (operator,)}))
    with st.container(horizontal=True):
        state.tile(
            _("Проверок за оценкой"),
            formats.number(reviews),
            note=_("случайно отобранных контактов")
            if reviews
            else _("пока ни одной: вес листа разделён между остальными"),
        )
        if found.is_empty():
            state.tile(
                _("Без критических ошибок"),
                formats.no_data(),
                note=_("критические вопросы в проверках не применялись"),
            )
            return
        row = found.row(0, named=True)
        note = _n("{n} проверка", "{n} проверок", row["reviews"]).format(
            n=formats.number(row["reviews"])
        )
        if row["failed"]:
            note += " · " + _("с ошибкой {n}").format(n=formats.number(row["failed"]))
        if row["unconfirmed"]:
            note += " · " + _("ждут второго человека {n}").format(
                n=formats.number(row["unconfirmed"])
            )
        state.tile(
            _("Без критических ошибок"),
            formats.share(row["accuracy"]),
            note=" · ".join((_interval(row), note, _("в оценку не входит"))),
            state="critical" if row["failed"] else None,
        )


def _interval(row: dict[str, float]) -> str:
    return _("95 % интервал {low}–{high}").format(
        low=formats.share(row["accuracy_low"]), high=formats.share(row["accuracy_high"])
    )
