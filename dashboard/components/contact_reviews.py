"""Reviews of one contact by the scorecard, and what its operator contested."""

import polars as pl
import streamlit as st

from dashboard import access, data
from dashboard.components import frame, people, review_appeals, review_words, state, table
from dashboard.i18n import _, formats
from dashboard.pages import PAGES
from pipelines.metrics import contact_reviews


def draw(contact_id: str) -> None:
    """Draw the reviews who looks may see; a click on one opens it. Nothing where there are none."""
    person = frame.person()
    if not (person.may_open("reviews") or person.operator_id):
        return
    found = data.ask(contact_reviews, contact_id, scope=access.scope(person), live=True)
    if len(found["reviews"]):
        state.heading(_("Оценки по листу"))
        _reviews(found["reviews"], may_open=person.may_open("reviews"))
    review_appeals.listed(found["appeals"], key="contact_appeals")


def _reviews(rows: pl.DataFrame, *, may_open: bool) -> None:
    names = people.names()
    worded = rows.with_columns(
        review_words.because(rows),
        state=pl.when("is_blind")
        .then(pl.lit(_("слепая: ждёт второго проверяющего")))
        .otherwise(pl.Series([review_words.state(one) for one in rows["state"]], dtype=pl.String)),
    )
    clicked = table.table(
        worded,
        {
            "assigned_at": _("Назначена"),
            "reviewer": _("Проверяющий"),
            "operator_id": _("Оператор"),
            "state": _("Состояние"),
            "score": _("Оценка по листу"),
            "critical": _("Критические ошибки"),
            "reviewed_at": _("Сдана"),
            "why": _("Почему выбран"),
        },
        key="contact_reviews",
        picks=may_open,
        show={
            "assigned_at": formats.when,
            "reviewed_at": lambda at: formats.when(at) if at else "—",
            "reviewer": review_words.who,
            "operator_id": lambda one: names.get(one, one or "—"),
            "critical": review_words.critical,
        },
        height=table.height_of(10),
        hint=_("Нажмите на строку, чтобы открыть проверку.") if may_open else "",
    )
    if clicked:
        st.switch_page(PAGES["reviews"].file, query_params={"review": clicked["review_id"]})
