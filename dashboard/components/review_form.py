"""The form beside the contact's timeline: answers with notes, a draft, handing in."""

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    contact_parts,
    contact_search,
    contact_talk,
    empty,
    frame,
    review_acts,
    review_result,
    review_words,
    state,
)
from dashboard.i18n import _, _n, formats
from pipelines.errors import ReferenceDataError
from pipelines.metrics import contact, review, timeline
from pipelines.reference.model import Criterion
from pipelines.reviews import reviewing
from pipelines.reviews.state import Review


def draw(review_id: str) -> None:
    """Draw one review: its form where it is the person's own and open, else what it says."""
    if st.button(_("К списку"), icon=":material/arrow_back:", type="tertiary", key="reviews_back"):
        _close()
    person = frame.person()
    mine = reviewing.get(data.lake(), review_id)
    if mine is not None and mine.reviewer == person.id and mine.submitted_at is None:
        _beside_contact(mine)
        return
    found = data.ask(review, review_id, access.scope(person))
    if found is None:
        empty.nothing(_("Такой проверки нет, или она вам не доступна."))
        return
    review_result.draw(found)


def _close() -> None:
    st.query_params.pop("review", None)
    st.rerun()


def _beside_contact(mine: Review) -> None:
    found = data.ask(contact, mine.contact_id, scope=access.scope(frame.person()), each_minute=True)
    left, right = st.columns([2, 3], gap="large")
    with left, st.container(border=True, gap="xsmall"):
        _form(mine.review_id)
    with right:
        if found is None:
            empty.nothing(_("Контакта больше нет, или он вам не доступен."))
            return
        contact_search.opened(mine.contact_id)
        told = timeline(found)
        contact_parts.header(found)
        state.heading(_("Ход контакта"))
        contact_talk.legs(told)
        state.heading(_("События"))
        contact_parts.events(found, told)
        contact_talk.messages(told["messages"])


@st.fragment
def _form(review_id: str) -> None:
    mine = reviewing.get(data.lake(), review_id)
    if mine is None or mine.submitted_at is not None:
        st.rerun()
    try:
        form = reviewing.form_of(data.lake(), mine)
    except ReferenceDataError as error:
        st.error(review_words.form_changed(error))
        return
    seen = st.session_state.setdefault(f"reviews_seen_{review_id}", mine.seq)
    asked = [one for one in form.criteria if one.id in mine.criteria]
    state.heading(_("Оценочный лист"))
    st.caption(
        " · ".join(
            (
                _("редакция с {day}").format(day=formats.day(form.valid_from, year=True)),
                review_words.why(mine.how, ";".join(mine.reasons)),
            )
        )
    )
    answers, notes = _answers(mine, asked)
    note = st.text_area(
        _("Общая заметка"), value=mine.note, key=f"reviews_note_{review_id}", max_chars=1000,
        height=80, help=_("Личные данные в заметках скрываются перед записью."),
    )  # fmt: skip
    left = len(asked) - len(answers)
    with st.container(horizontal=True, vertical_alignment="center"):
        is_saved = st.button(_("Сохранить черновик"), key="reviews_save")
        is_given = st.button(
            _("Сдать"), type="primary", disabled=left > 0, key="reviews_submit",
            help=_("После сдачи ответы не меняются."),
        )  # fmt: skip
        st.caption(
            _n("остался {n} вопрос", "осталось {n} вопросов", left).format(n=formats.number(left))
            if left
            else _("все вопросы отвечены")
        )
    if is_saved or is_given:
        _write(mine.review_id, seen, answers, notes, note, is_given=is_given)
    elif mine.seq != seen:
        _meanwhile(review_id)


def _answers(mine: Review, asked: list[Criterion]) -> tuple[dict[str, str], dict[str, str]]:
    """Draw the questions; return the answers given and the notes."""
    answers, notes = {}, {}
    options = list(review_words.ANSWERS)
    for one in asked:
        label = review_words.criterion(one.id)
        if one.is_critical:
            mark = _("критический")
            label = f":red[‼ {mark}] · {label}"
        saved = mine.answers.get(one.id)
        given = st.radio(
            label,
            options,
            index=options.index(saved) if saved else None,
            format_func=review_words.answer,
            horizontal=True,
            key=f"reviews_answer_{mine.review_id}_{one.id}",
        )
        if given:
            answers[one.id] = str(given)
        had = mine.notes.get(one.id, "")
        if given == "no" or had:
            notes[one.id] = st.text_input(
                _("Заметка: {criterion}").format(criterion=review_words.criterion(one.id)),
                value=had,
                key=f"reviews_note_{mine.review_id}_{one.id}",
                placeholder=_("что именно и в какой момент"),
                label_visibility="collapsed",
                max_chars=500,
            )
    return answers, notes


def _write(review_id: str, seen: int, *filled: object, is_given: bool) -> None:
    act = reviewing.submit if is_given else reviewing.save
    written = review_acts.do(act, review_id, seen, *filled, waits=is_given)
    if written is None:
        mine = reviewing.get(data.lake(), review_id)
        if mine is not None and mine.seq != seen:
            _show_theirs(review_id)
        return
    if is_given:
        st.query_params.pop("review", None)
        st.rerun()
    st.session_state[f"reviews_seen_{review_id}"] = written
    st.toast(_("Черновик сохранён"))


def _meanwhile(review_id: str) -> None:
    words = review_words.REFUSED["changed_meanwhile"]
    st.warning(_(words))
    _show_theirs(review_id)


def _show_theirs(review_id: str) -> None:
    st.button(
        _("Показать, что записано"), key="reviews_theirs", on_click=_forget, args=(review_id,)
    )


def _forget(review_id: str) -> None:
    """Let what was typed here go: the form begins from what is on the desk."""
    for key in list(st.session_state):
        if str(key).startswith("reviews_") and review_id in str(key):
            del st.session_state[key]
