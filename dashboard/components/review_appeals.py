"""What operators contest, and the decision of a second person."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data
from dashboard.components import empty, frame, people, review_acts, review_words, state, table
from dashboard.i18n import _, formats
from pipelines.metrics import appeals
from pipelines.reviews.appeals import decide


def draw() -> None:
    """Draw open appeals with what can be decided, and decided ones."""
    rows = data.ask(appeals, access.scope(frame.person()))
    if rows.is_empty():
        empty.nothing(
            _("Апелляций нет."),
            _("Оператор подаёт их на своей странице, у контакта или проверки."),
        )
        return
    still = rows.filter(pl.col("state") == "appealed")
    state.heading(_("Ждут решения: {n}").format(n=formats.number(len(still))))
    for row in still.iter_rows(named=True):
        with st.container(border=True):
            _one(row)
    listed(rows.filter(pl.col("state") != "appealed"), key="reviews_appeals")


def _one(row: dict[str, Any]) -> None:
    st.markdown(f"**{subject(row)}** · {people.name(row['operator_id'])}")
    st.caption(formats.when(row["appealed_at"]))
    st.text(row["text"])
    with st.container(horizontal=True):
        if st.button(
            _("Открыть контакт"), key=f"reviews_appealed_{row['appeal_id']}", type="tertiary"
        ):
            table.open_contact(row["contact_id"])
        if row["review_id"] and st.button(
            _("Открыть проверку"), key=f"reviews_of_appeal_{row['appeal_id']}", type="tertiary"
        ):
            st.query_params["review"] = row["review_id"]
            st.rerun()
    person = frame.person()
    if person.id in (row["reviewer"], row["appealed_by"]):
        st.caption(_("Решает второй человек: не проверявший и не сам оператор."))
        return
    reason = st.text_input(
        _("Почему такое решение"), key=f"reviews_reason_{row['appeal_id']}", max_chars=500
    )
    with st.container(horizontal=True):
        for is_upheld, label, name in (
            (True, _("Удовлетворить"), "uphold"),
            (False, _("Отклонить"), "reject"),
        ):
            if st.button(label, key=f"reviews_{name}_{row['appeal_id']}") and review_acts.do(
                decide, row["appeal_id"], reason, is_upheld=is_upheld
            ):
                st.rerun()
    st.caption(_("Удовлетворённая апелляция убирает контакт из оценки при следующем пересчёте."))


def subject(row: dict[str, Any]) -> str:
    """Return what is contested."""
    if row["about"] == "review":
        return _("Проверка контакта {id}").format(id=row["contact_id"])
    return _("Контакт {id}").format(id=row["contact_id"])


def listed(rows: pl.DataFrame, *, key: str) -> None:
    """Draw appeals with their decisions: nothing of them is ever gone."""
    if rows.is_empty():
        return
    state.heading(_("История апелляций"))
    names = people.names()
    table.table(
        rows.with_columns(about=pl.Series([subject(row) for row in rows.iter_rows(named=True)])),
        {
            "about": _("Что оспорено"),
            "operator_id": _("Оператор"),
            "appealed_at": _("Подана"),
            "text": _("Почему"),
            "state": _("Состояние"),
            "decided_by": _("Кто решил"),
            "decided_at": _("Решено"),
            "decision": _("Почему такое решение"),
        },
        key=key,
        picks=False,
        show={
            "operator_id": lambda one: names.get(one, one),
            "appealed_at": formats.when,
            "decided_at": lambda at: formats.when(at) if at else "—",
            "decided_by": review_words.who,
            "decision": lambda text: text or "—",
            "state": review_words.state,
        },
        height=table.height_of(10),
    )
