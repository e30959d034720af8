"""What an analyst makes of a sub-topic: another name, one of two, out of sight; a new search."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import frame, incident_acts, incident_words, job, picked, state
from dashboard.i18n import N_, _, formats
from pipelines import desk
from pipelines.errors import ActError
from pipelines.lake.lock import is_locked
from pipelines.metrics import subtopic_acts
from pipelines.problems.subtopic_rules import NONE
from pipelines.shift import subtopics as acts

JOB = "problems_subtopics_job"
KINDS = {
    "renamed": N_("«{name}» названа «{text}»"),
    "unnamed": N_("снова название машины: «{name}»"),
    "merged": N_("«{name}» считается вместе с «{into}»"),
    "split": N_("«{name}» снова считается отдельно"),
    "hidden": N_("«{name}» скрыта"),
    "shown": N_("«{name}» снова в списке"),
}
REFUSED = {
    "not_there": N_("Такой подтемы больше нет."),
    "done_already": N_("Это уже сделано, возможно, другим аналитиком."),
    "in_a_circle": N_("Эта подтема уже объединена с первой."),
    "too_long": N_("Название слишком длинное."),
}


def draw(row: dict[str, Any], rows: pl.DataFrame) -> None:
    """Draw what was done with a sub-topic and what can be.

    Args:
        row: of `pipelines.metrics.subtopics`. rows: all of the category.
    """
    _history(row["subtopic"])
    if not frame.person().may_decide:
        return
    incident_acts.notice()
    topic = row["subtopic"]
    with st.container(horizontal=True, key="problems_subtopic_acts"):
        with st.popover(_("Назвать иначе"), icon=":material/edit:", key="problems_subtopic_naming"):
            text = st.text_input(
                _("Название"),
                value=row["name"] or "",
                max_chars=acts.MOST_LETTERS,
                key=f"problems_subtopic_name_{topic}",
                help=_("Пустое название вернёт то, что дала машина."),
            )
            if st.button(_("Записать"), type="primary", key="problems_subtopic_rename"):
                _do(acts.rename, topic, text)
        _merging(row, rows)
        if row["is_hidden"]:
            if st.button(_("Вернуть в список"), key="problems_subtopic_show"):
                _do(acts.show, topic)
        elif st.button(_("Скрыть"), key="problems_subtopic_hide"):
            _do(acts.hide, topic)


def _merging(row: dict[str, Any], rows: pl.DataFrame) -> None:
    topic = row["subtopic"]
    others = {
        one["subtopic"]: one["name"]
        for one in rows.to_dicts()
        if one["subtopic"] not in (None, NONE, topic)
    }
    with st.popover(_("Объединить"), icon=":material/merge:", key="problems_subtopic_merging"):
        into = st.selectbox(
            _("С какой подтемой"),
            list(others),
            index=None,
            format_func=lambda one: others[one],
            placeholder=_("выберите"),
            key=f"problems_subtopic_into_{topic}",
        )
        st.caption(_("Контакты обеих будут считаться под названием выбранной."))
        if st.button(
            _("Объединить"), type="primary", disabled=into is None, key="problems_subtopic_merge"
        ):
            _do(acts.merge, topic, into, then=into)
    for one, name in zip(row["merged"], row["merged_names"], strict=True):
        if st.button(
            _("Отделить «{name}»").format(name=name), key=f"problems_subtopic_split_{one}"
        ):
            _do(acts.split, one)


def _history(topic: str) -> None:
    done = data.ask(subtopic_acts, topic, live=True)
    if done.is_empty():
        return
    state.heading(_("Что сделали аналитики"))
    for act in done.iter_rows(named=True):
        kind = "unnamed" if act["kind"] == "renamed" and not act["text"] else act["kind"]
        said = _(KINDS[kind]).format(name=act["name"], text=act["text"], into=act["into_name"])
        st.caption(f"{formats.when(act['acted_at'])} · {incident_words.who(act['who'])}: {said}")


def fitting(category: str) -> None:
    """Draw the button that looks for the sub-topics anew, or how far the search is."""
    if job.followed(JOB, _("Подтемы не пересчитаны."), lambda _job: _("Идёт поиск подтем…")):
        return
    if not (frame.person().may_decide and is_locked(data.settings())):
        return
    if st.button(_("Найти подтемы заново"), key="problems_subtopics_fit", type="tertiary"):
        asked = {"categories": [category]}
        st.session_state[JOB] = desk.ask(data.settings(), "subtopics", asked)
        st.rerun()


def _do(act: Any, topic: str, *args: Any, then: str | None = None) -> None:
    """Do an act and draw anew; `then` the sub-topic looked into after it."""
    if incident_acts.attempt(_refused, act, topic, *args):
        if then:
            picked.now("part", picked.before("part").replace(topic, then))
        st.rerun()


def _refused(error: ActError) -> str:
    return _(REFUSED[error.code]) if error.code in REFUSED else _("Действие не выполнено.")
