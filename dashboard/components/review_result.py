"""What one review says: score, critical failures, answers with notes, and who did what when."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import labels
from dashboard.components import frame, people, review_acts, review_words, state, table
from dashboard.i18n import _, formats
from pipelines.reviews import reviewing


def draw(found: dict[str, Any]) -> None:
    """Draw a review as `metrics.review` returns it."""
    row = found["row"]
    st.header(
        _("Проверка контакта {id}").format(id=row["contact_id"]), anchor=False, divider="gray"
    )
    st.caption(
        " · ".join(
            (
                people.name(row["operator_id"]),
                labels.category(row["category"]),
                review_words.why(row["how"], row["reasons"]),
                _("проверка: {who}").format(who=review_words.who(row["reviewer"])),
                review_words.state(row["state"]),
            )
        )
    )
    if row["reviewed_at"] is None:
        st.info(_("Проверка ещё не сдана."))
        return
    if row["is_blind"]:
        st.info(_("Этот контакт слепо проверяют двое. Ответы откроются, когда сдадут оба."))
        return
    failed = row["critical"].split(";") if row["critical"] else []
    with st.container(horizontal=True):
        state.tile(
            _("Оценка по листу"),
            formats.no_data() if row["score"] is None else formats.number(row["score"]),
            note=_("из 100, без критических вопросов"),
        )
        state.tile(
            _("Критические ошибки"),
            formats.number(len(failed)) if failed else _("нет"),
            note=" · ".join([*(review_words.criterion(one) for one in failed), _confirmed(row)]),
            state="critical" if row["critical"] and row["is_confirmed"] is not False else None,
        )
    _confirming(row)
    if frame.person().may_open("contact") and st.button(
        _("Открыть контакт"), key="reviews_contact", type="tertiary"
    ):
        table.open_contact(row["contact_id"])
    _answered(found["answers"], row)
    _history(found["acts"])


def _confirmed(row: dict[str, Any]) -> str:
    if not row["critical"]:
        return _("не усредняются с оценкой")
    if row["is_confirmed"] is None:
        return _("ждёт второго человека")
    who = review_words.who(row["confirmed_by"])
    if row["is_confirmed"]:
        return _("подтверждена: {who}; открыт разбор").format(who=who)
    return _("не подтверждена: {who}").format(who=who)


def _confirming(row: dict[str, Any]) -> None:
    person = frame.person()
    if not (row["critical"] and row["is_confirmed"] is None and person.may_review):
        return
    if person.id == row["reviewer"]:
        st.caption(_("Критическую ошибку подтверждает второй человек."))
        return
    with st.container(horizontal=True):
        for is_confirmed, label, key in (
            (True, _("Подтвердить ошибку"), "reviews_confirm"),
            (False, _("Ошибки не было"), "reviews_dismiss"),
        ):
            if st.button(label, key=key) and review_acts.do(
                reviewing.confirm, row["review_id"], is_confirmed=is_confirmed
            ):
                st.rerun()


def _answered(answers: pl.DataFrame, row: dict[str, Any]) -> None:
    state.heading(_("Ответы"))
    table.table(
        answers.with_columns(
            mark=pl.when("is_critical").then(pl.lit("‼")).otherwise(pl.lit("")),
            label=pl.Series(
                [review_words.criterion(one) for one in answers["criterion"]], dtype=pl.String
            ),
        ),
        {
            "label": _("Вопрос"),
            "answer": _("Ответ"),
            "weight": _("Вес"),
            "mark": _("Критический"),
            "note": _("Заметка"),
        },
        key="reviews_answers",
        picks=False,
        show={"answer": review_words.answer, "note": lambda text: text or "—"},
        height="content",
    )
    if row["note"]:
        st.text(row["note"])


def _history(acts: pl.DataFrame) -> None:
    state.heading(_("История"))
    rows = acts.to_dicts()
    table.table(
        acts.with_columns(act=pl.Series([review_words.act(one) for one in rows], dtype=pl.String)),
        {"acted_at": _("Время"), "who": _("Кто"), "act": _("Действие"), "text": _("Текст")},
        key="reviews_history",
        picks=False,
        show={"acted_at": formats.when, "who": review_words.who, "text": lambda text: text or "—"},
        height="content",
    )
