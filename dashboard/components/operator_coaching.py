"""Coaching on an operator's page: where help would move the score, what was agreed, its effect."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import (
    coaching_words,
    frame,
    incident_acts,
    incident_words,
    operator_words,
    people,
    state,
    table,
)
from dashboard.i18n import _, formats
from pipelines.metrics import Query, coached, coaching, coaching_examples
from pipelines.operators.effects import TOLD
from pipelines.shift import coaching as acts


def draw(operator: str, query: Query, *, is_scored: bool) -> None:
    """Draw the coaching of one operator; `query` is the page's period and scope."""
    one = replace(query, where={"operator": (operator,)})
    state.heading(_("Чем помочь"))
    clicked = None
    if is_scored:
        clicked = _advice(data.ask(coaching, one))
    else:
        st.caption(_("Без оценки данные этого не говорят."))
    if clicked:
        _examples(operator, query, clicked)
    state.heading(_("Договорённости и заметки"))
    incident_acts.notice()
    # as of now: what was written within this minute is to be seen at once
    entries = data.ask(coached, replace(one, as_of=None), live=True)
    is_own = frame.person().operator_id == operator
    if frame.person().may_review and not is_own:
        _writing(operator, clicked)
    if entries.is_empty():
        st.caption(_("Пока ничего не записано."))
    for row in entries.iter_rows(named=True):
        with st.container(border=True):
            _entry(row, is_own=is_own)


def _advice(rows: pl.DataFrame) -> dict[str, Any] | None:
    """Draw what would move the score most; return the row that was clicked."""
    if rows.is_empty():
        st.caption(
            _(
                "Данные не говорят, что помощь в какой-то одной составляющей заметно подняла бы "
                "оценку: отставания от коллег на таких же контактах либо нет, "
                "либо его не отличить от случайности."
            )
        )
        return None
    for sentence in coaching_words.advice(rows):
        st.markdown(f"- {sentence}")
    worded = rows.with_columns(
        name=pl.Series([operator_words.component(one) for one in rows["component"]]),
        matter=pl.Series([coaching_words.matter(one) for one in rows["category"]]),
        fact=pl.Series(
            [operator_words.amount(*one) for one in rows.select("component", "value").rows()]
        ),
        norm=pl.Series(
            [operator_words.amount(*one) for one in rows.select("component", "expected").rows()]
        ),
    )
    clicked = table.table(
        worded,
        {
            "name": _("Составляющая"),
            "matter": _("Тематика"),
            "fact": _("Факт"),
            "norm": _("У коллег"),
            "probability": _("Вероятность отставания"),
            "points": _("Прибавка, баллов"),
            "n": _("База"),
        },
        key="operators_advice",
        right=("fact", "norm"),
        show={
            "probability": formats.share,
            "points": lambda one: formats.signed(one, 1),
        },
        height=table.height_of(len(rows)),
        hint=_("Нажмите на строку: примеры контактов, которые стоит разобрать."),
    )
    table.downloads(rows, "coaching", key="operators_advice")
    return clicked


def _examples(operator: str, query: Query, clicked: dict[str, Any]) -> None:
    found = data.ask(
        coaching_examples, query, operator, clicked["component"], clicked["category"],
        each_minute=True,
    )  # fmt: skip
    if found.is_empty():
        st.caption(_("Отдельных контактов, которые это показывают, за период нет."))
        return
    names, is_own = people.names(), frame.person().operator_id == operator
    columns = {
        "whose": _("Пример"),
        "received_at": _("Поступил"),
        "channel": _("Канал"),
        "category": _("Тематика"),
        "rating": _("Оценка"),
        "contact_id": _("Контакт"),
    }
    if not is_own:
        columns["operator_id"] = _("Оператор")
    table.table(
        found,
        columns,
        key="operators_examples",
        show={
            "whose": coaching_words.whose,
            "received_at": formats.when,
            "channel": labels.channel,
            "category": labels.category,
            "rating": lambda one: "—" if one is None else formats.number(one),
            "operator_id": lambda one: names.get(one, one),
        },
        opens="contact_id",
        height=table.height_of(len(found)),
    )
    st.caption(
        _("Свои контакты, где не получилось.")
        if is_own
        else _(
            "Контакты оператора, где не получилось, и удачные контакты тех, кто здесь выше коллег. "
            "Оператор чужих контактов не видит: их показывают в разговоре."
        )
    )


def _writing(operator: str, clicked: dict[str, Any] | None) -> None:
    with st.container(horizontal=True, key="operators_coaching_acts"):
        with st.popover(
            _("Записать договорённость"), icon=":material/handshake:", key="operators_agreeing"
        ):
            _agreeing(operator, clicked or {})
        with st.popover(_("Заметка"), icon=":material/edit_note:", key="operators_noting"):
            text = st.text_area(_("Что записать"), key="operators_note", max_chars=1000, height=80)
            _seen_by_operator()
            if st.button(_("Записать"), key="operators_note_write", type="primary") and _do(
                acts.note, operator, text
            ):
                st.rerun()


def _agreeing(operator: str, clicked: dict[str, Any]) -> None:
    parts = [None, *TOLD]
    asked = clicked.get("component")
    component = st.selectbox(
        _("Что должно улучшиться"),
        parts,
        index=parts.index(asked) if asked in parts else 0,
        format_func=coaching_words.component,
        key=f"operators_agree_component_{asked}",
        help=_("Эффект измеряется по этой составляющей."),
    )
    matters = [None, *labels.known("categories")]
    wanted = clicked.get("category")
    category = st.selectbox(
        _("На какой тематике"),
        matters,
        index=matters.index(wanted) if wanted in matters else 0,
        format_func=coaching_words.matter,
        key=f"operators_agree_category_{wanted}",
        disabled=component is None,
    )
    text = st.text_area(
        _("О чём договорились"), key="operators_agree_text", max_chars=1000, height=80
    )
    due_on = st.date_input(
        _("К какому дню"), formats.local(data.now()).date(), format="DD.MM.YYYY",
        key="operators_agree_due",
    )  # fmt: skip
    _seen_by_operator()
    if st.button(_("Записать договорённость"), type="primary", key="operators_agree") and _do(
        acts.agree,
        operator,
        text=text,
        due_on=due_on,
        component=component,
        category=category if component else None,
    ):
        st.rerun()


def _seen_by_operator() -> None:
    st.caption(_("Оператор видит всё, что здесь записано, и может ответить."))


def _entry(row: dict[str, Any], *, is_own: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(coaching_words.state(row["state"]), color=coaching_words.colour(row["state"]))  # type: ignore[arg-type]
        st.caption(coaching_words.head(row))
    st.markdown(coaching_words.plain(row["text"]))
    told = coaching_words.effect(row)
    if told:
        st.markdown(told)
    if row["dropped_because"]:
        st.markdown(_("Отменена: {why}").format(why=coaching_words.plain(row["dropped_because"])))
    for one in row["said"] or []:
        st.caption(
            f"{formats.when(one['at'])} · {incident_words.who(one['who'])}: "
            + coaching_words.plain(one["text"])
        )
    if is_own:
        _answering(row)
    elif frame.person().may_review:
        _following(row)


def _answering(row: dict[str, Any]) -> None:
    coaching_id = row["coaching_id"]
    with st.popover(_("Ответить"), key=f"operators_answering_{coaching_id}"):
        text = st.text_area(
            _("Ваш ответ"), key=f"operators_answer_{coaching_id}", max_chars=1000, height=80
        )
        if st.button(_("Отправить"), key=f"operators_send_{coaching_id}", type="primary") and _do(
            acts.answer, coaching_id, frame.person().operator_id, text
        ):
            st.rerun()


def _following(row: dict[str, Any]) -> None:
    coaching_id = row["coaching_id"]
    with st.container(horizontal=True):
        if row["state"] in ("agreed", "late"):
            with st.popover(
                _("Выполнено"), icon=":material/check:", key=f"operators_doing_{coaching_id}"
            ):
                day = st.date_input(
                    _("В какой день"), formats.local(data.now()).date(), format="DD.MM.YYYY",
                    key=f"operators_done_on_{coaching_id}",
                )  # fmt: skip
                st.caption(_("Эффект измеряется со следующего дня."))
                if st.button(
                    _("Записать"), key=f"operators_done_{coaching_id}", type="primary"
                ) and _do(acts.finish, coaching_id, day):
                    st.rerun()
            with st.popover(_("Отменить"), key=f"operators_dropping_{coaching_id}"):
                reason = st.text_input(
                    _("Почему"), key=f"operators_drop_why_{coaching_id}", max_chars=300
                )
                if st.button(_("Отменить"), key=f"operators_drop_{coaching_id}") and _do(
                    acts.drop, coaching_id, reason
                ):
                    st.rerun()
        with st.popover(_("Дополнить"), key=f"operators_adding_{coaching_id}"):
            text = st.text_area(
                _("Что добавить"), key=f"operators_add_{coaching_id}", max_chars=1000, height=80
            )
            if st.button(_("Записать"), key=f"operators_add_write_{coaching_id}") and _do(
                acts.add, coaching_id, text
            ):
                st.rerun()


def _do(act: Any, *args: Any, **more: Any) -> Any:
    return incident_acts.attempt(coaching_words.refused, act, *args, **more)
