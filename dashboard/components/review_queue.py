"""The queue of a reviewer: what is assigned and not handed in yet; a click opens the form."""

import streamlit as st

from dashboard import access, data, labels
from dashboard.components import empty, frame, people, review_words, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import queue


def draw() -> None:
    """Draw the reviews the person who looks has still to hand in."""
    person = frame.person()
    rows = data.ask(queue, person.id, access.scope(person))
    if rows.is_empty():
        empty.nothing(
            _("Проверок для вас нет."),
            _("Контакты назначаются на вкладке «Отбор контактов»."),
        )
        return
    said = _n("{n} проверка ждёт вас", "{n} проверок ждёт вас", len(rows))
    st.caption(
        said.format(n=formats.number(len(rows)))
        + " · "
        + _("нажмите на строку, чтобы открыть лист рядом с ходом контакта")
    )
    names = people.names()
    clicked = table.table(
        rows.with_columns(review_words.because(rows)),
        {
            "state": _("Состояние"),
            "received_at": _("Поступил"),
            "channel": _("Канал"),
            "category": _("Тематика"),
            "operator_id": _("Оператор"),
            "why": _("Почему выбран"),
            "assigned_at": _("Назначена"),
        },
        key=f"reviews_queue_{len(rows)}",
        show={
            "state": review_words.state,
            "received_at": formats.when,
            "assigned_at": formats.when,
            "channel": labels.channel,
            "category": labels.category,
            "operator_id": lambda one: names.get(one, one or "—"),
        },
        height=table.height_of(15),
    )
    if clicked:
        open_review(clicked["review_id"])


def open_review(review_id: str) -> None:
    """Go to the form of one review."""
    st.query_params["review"] = review_id
    st.rerun()
