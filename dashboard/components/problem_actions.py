"""Реестр мер: problem, owner, action, date, and the effect on contacts against the season."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import (
    frame,
    incident_acts,
    incident_words,
    picked,
    problem_parts,
    table,
)
from dashboard.i18n import N_, _, formats
from pipelines.errors import ActError
from pipelines.metrics import Query, actions
from pipelines.shift import actions as acts

STATES = {
    "late": N_("✕ срок прошёл"),
    "open": N_("… в работе"),
    "done": N_("✓ действует"),
    "dropped": N_("— отменена"),
}
VERDICTS = {
    "fewer": N_("↓ контактов меньше"),
    "more": N_("↑ контактов больше"),
    "unclear": N_("≈ разница в пределах случайной"),
}
REFUSED = {
    "unknown": N_("Такой тематики нет."),
    "no_text": N_("Напишите текст."),
    "no_owner": N_("Назовите, кто отвечает."),
    "past_date": N_("Этот срок уже прошёл."),
    "in_future": N_("Этот день ещё не наступил."),
    "done_already": N_("Это уже сделано, возможно, другим человеком."),
    "not_there": N_("Такой меры нет."),
}


def draw(query: Query) -> None:
    """Draw the view."""
    incident_acts.notice()
    # as of now: what was written within this minute is to be seen at once
    rows = data.ask(actions, replace(query, as_of=None), live=True)
    if frame.person().may_plan:
        _opening()
    if rows.is_empty():
        st.info(
            _("Мер пока нет. Их заводят аналитик и старший смены: проблема, кто отвечает, "
              "что сделать и к какому дню.")
        )  # fmt: skip
        return
    picked_id = _listed(rows)
    if picked_id:
        _one(rows.filter(action_id=picked_id).row(0, named=True))


def _listed(rows: pl.DataFrame) -> str:
    worded = rows.with_columns(
        name=pl.Series([problem_parts.name(one) for one in rows["category"]], dtype=pl.String),
        said=pl.Series([_effect(one) for one in rows.to_dicts()], dtype=pl.String),
    )
    clicked = table.table(
        worded,
        {
            "name": _("Тематика"),
            "text": _("Мера"),
            "owner": _("Кто отвечает"),
            "due_on": _("Срок"),
            "state": _("Состояние"),
            "done_on": _("Действует с"),
            "said": _("Эффект"),
        },
        key=picked.key("action"),
        show={
            "state": lambda one: _(STATES[one]),
            "due_on": lambda one: formats.day(one, year=True),
            "done_on": lambda one: formats.day(one, year=True) if one else "—",
        },
        height=420,
        hint=_("Нажмите на строку: эффект, заметки и что можно сделать."),
    )
    table.downloads(
        rows.with_columns(pl.col("notes").list.join("; ")), "actions", key="problems_actions"
    )
    asked = picked.now("action", clicked["action_id"] if clicked else None)
    return asked if asked in set(rows["action_id"]) else ""


def _effect(row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return ""
    verdict = VERDICTS[row["verdict"]]
    return _("{change} ({low} … {high}), {verdict}").format(
        change=formats.change(row["ratio"]),
        low=formats.change(row["low"]),
        high=formats.change(row["high"]),
        verdict=_(verdict),
    )


def _one(row: dict[str, Any]) -> None:
    st.header(row["text"], anchor=False, divider="gray")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("{topic} · {owner} · завёл: {who}, {at}").format(
                topic=problem_parts.name(row["category"]),
                owner=row["owner"],
                who=incident_words.who(row["opened_by"]),
                at=formats.when(row["opened_at"]),
            ),
            width="content",
        )
        picked.close("action")
    if row["ratio"] is not None:
        said = _("Полных дней: {days}. Контактов **{n}**, ожидалось без меры **{expected}**.")
        figures = {name: formats.number(row[name]) for name in ("days", "expected")}
        st.markdown(said.format(n=formats.number(row["contacts"]), **figures) + " " + _effect(row))
        st.caption(
            _("Ожидание — средние тех же дней недели за 56 дней до меры, с поправкой на то, как "
              "изменились остальные тематики; в скобках 95-процентный интервал. Это разница "
              "до и после: в те же дни могло измениться и другое.")
        )  # fmt: skip
    elif row["state"] == "done":
        st.caption(_("Эффекта пока не видно: нужен полный день после меры и 28 дней до неё."))
    if row["dropped_because"]:
        st.markdown(_("Отменена: {why}").format(why=row["dropped_because"]))
    for text in row["notes"]:
        st.markdown(f"- {text}")
    if frame.person().may_plan:
        _acts(row)


def _acts(row: dict[str, Any]) -> None:
    action_id = row["action_id"]
    with st.container(horizontal=True, key="problems_action_acts"):
        if row["state"] in ("open", "late"):
            with st.popover(_("Мера действует"), icon=":material/check:", key="problems_finishing"):
                day = st.date_input(
                    _("С какого дня"), formats.local(data.now()).date(), format="DD.MM.YYYY",
                    key="problems_done_on",
                )  # fmt: skip
                if st.button(_("Записать"), key="problems_finish", type="primary") and _do(
                    acts.finish, action_id, day
                ):
                    st.rerun()
            with st.popover(_("Отменить меру"), key="problems_dropping"):
                reason = st.text_input(_("Почему"), key="problems_reason", max_chars=300)
                if st.button(_("Отменить меру"), key="problems_drop") and _do(
                    acts.drop, action_id, reason
                ):
                    st.rerun()
        with st.popover(_("Заметка"), key="problems_noting"):
            text = st.text_area(_("Заметка"), key="problems_note_text", max_chars=500, height=68)
            if st.button(_("Записать"), key="problems_note") and _do(acts.note, action_id, text):
                st.rerun()


def _opening() -> None:
    with st.popover(_("Завести меру"), icon=":material/add:", key="problems_opening"):
        topic = picked.before("topic")
        options = labels.known("categories")
        if topic and topic != problem_parts.UNKNOWN and topic not in options:
            options.append(topic)
        category = st.selectbox(
            _("Тематика"),
            options,
            index=options.index(topic) if topic in options else None,
            format_func=labels.category,
            placeholder=_("выберите"),
            key="problems_action_category",
        )
        text = st.text_area(_("Что сделать"), key="problems_action_text", max_chars=500, height=68)
        owner = st.text_input(
            _("Кто отвечает"),
            key="problems_action_owner",
            max_chars=100,
            help=_("Подразделение или роль: имена людей в хранилище не попадают."),
        )
        due_on = st.date_input(
            _("К какому дню"), formats.local(data.now()).date(), format="DD.MM.YYYY",
            key="problems_action_due",
        )  # fmt: skip
        if st.button(_("Завести меру"), type="primary", key="problems_open_action") and _do(
            acts.open_action, category=category or "", text=text, owner=owner, due_on=due_on
        ):
            st.rerun()


def _do(act: Any, *args: Any, **more: Any) -> Any:
    return incident_acts.attempt(_refused, act, *args, **more)


def _refused(error: ActError) -> str:
    return _(REFUSED[error.code]) if error.code in REFUSED else _("Действие не выполнено.")
