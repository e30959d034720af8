"""The contacts behind a score and what each gave to it; on the own page they can be contested."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data, labels
from dashboard.components import (
    empty,
    frame,
    operator_words,
    review_acts,
    review_appeals,
    review_result,
    review_words,
    state,
    table,
)
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, appeals, review, reviews, score_contacts
from pipelines.reviews.appeals import appeal, contest

PARTS = ("sla", "fcr", "csat", "confirmation", "review", "aht")
SAID = {"sla": "own_part"}  # a mark with the reason beside it
MARKS = {True: "✓", False: "✕"}
SHOWN = {
    "all": N_("Все"),
    "against": N_("Где не выполнено"),
    "appealed": N_("Оспоренные"),
}


def contacts(query: Query, operator: str) -> None:
    """Draw the contacts behind a score with what each gave to its parts.

    Args:
        query: period and scope of the score. operator: whose.
    """
    rows = data.ask(score_contacts, query, operator, each_minute=True)
    if rows.is_empty():
        empty.nothing(_("Контактов за этой оценкой нет."))
        return
    rows = rows.with_columns(_missed(rows))
    chosen = st.segmented_control(
        _("Какие контакты"),
        list(SHOWN),
        default="all",
        required=True,
        format_func=lambda name: _(SHOWN[name]),
        key="operators_behind_which",
        label_visibility="collapsed",
    )
    shown = rows.filter(_wanted(str(chosen)))
    said = _n("{n} контакт", "{n} контактов", len(shown)).format(n=formats.number(len(shown)))
    st.caption(said + " · " + _("✓ выполнено, ✕ не выполнено, прочерк — не измеряется"))
    is_own = frame.person().operator_id == operator
    clicked = table.table(
        shown.with_columns(_own_part(shown)),
        {
            "received_at": _("Поступил"),
            "channel": _("Канал"),
            "category": _("Тематика"),
            **{
                SAID.get(name, name): operator_words.component(name)
                for name in PARTS
                if rows[name].count()
            },
            "appeal": _("Апелляция"),
            "contact_id": _("Контакт"),
        },
        key=f"operators_behind_{chosen}",
        show={
            "received_at": formats.when,
            "channel": labels.channel,
            "category": labels.category,
            **dict.fromkeys(("fcr", "csat", "confirmation"), _mark),
            "review": lambda one: formats.share(one) if one is not None else "—",
            "aht": lambda one: formats.duration(one) if one is not None else "—",
            "appeal": lambda one: review_words.state(one) if one else "—",
        },
        opens=None if is_own else "contact_id",
        height=420,
        whole=("own_part",),
        hint=_("Нажмите на строку, чтобы открыть контакт или оспорить его.") if is_own else "",
    )
    table.downloads(shown, "score-contacts", key="operators_behind")
    if is_own:
        _contesting(clicked)


def _wanted(chosen: str) -> pl.Expr:
    if chosen == "against":
        return pl.any_horizontal(pl.col("sla", "fcr", "csat", "confirmation").eq(other=False))
    return pl.col("appeal").is_not_null() if chosen == "appealed" else pl.lit(value=True)


def _mark(value: bool | None) -> str:
    return MARKS[value] if value is not None else "—"


def _missed(rows: pl.DataFrame) -> pl.Series:
    """Return `missed` of each row in words; null where the own part was kept."""
    said = [operator_words.missed(one) or None for one in rows["missed"].to_list()]
    return pl.Series("missed", said, dtype=pl.String)


def _own_part(rows: pl.DataFrame) -> pl.Series:
    """Return the mark of each row's own part, and why it was not kept."""
    pairs = rows.select("sla", "missed").iter_rows()
    said = [f"{_mark(kept)} {why}" if why else _mark(kept) for kept, why in pairs]
    return pl.Series("own_part", said, dtype=pl.String)


def _contesting(row: dict[str, Any] | None) -> None:
    """Draw what can be done about the contact that was clicked."""
    if row is None:
        return
    contact_id = row["contact_id"]
    with st.container(border=True):
        st.markdown(_("Контакт {id}").format(id=f"**{contact_id}**"))
        if st.button(_("Открыть контакт"), key="operators_open", type="tertiary"):
            table.open_contact(contact_id)
        if row["missed"]:
            st.markdown(_("Срок своей части: {why}.").format(why=row["missed"]))
        if row["appeal"]:
            st.caption(review_words.state(row["appeal"]))
            return
        reason = st.text_area(
            _("Почему этот контакт не должен входить в оценку"),
            key=f"operators_contest_{contact_id}",
            max_chars=1000,
            height=80,
        )
        if st.button(_("Оспорить контакт"), type="primary", key="operators_contest") and (
            review_acts.do(contest, contact_id, frame.person().operator_id, reason)
        ):
            st.rerun()
        st.caption(
            _(
                "Решает второй человек. Если апелляцию удовлетворят, контакт уйдёт из оценки "
                "при следующем пересчёте; история останется."
            )
        )


def own(query: Query) -> None:
    """Draw the operator's own reviews, with appeal, and the history of own appeals."""
    person = frame.person()
    state.heading(_("Проверки моих контактов по оценочному листу"))
    rows = data.ask(reviews, query)
    if rows.is_empty():
        st.caption(_("Сданных проверок ваших контактов за период нет."))
    else:
        clicked = table.table(
            rows.with_columns(review_words.because(rows)),
            {
                "reviewed_at": _("Сдана"),
                "category": _("Тематика"),
                "score": _("Оценка по листу"),
                "critical": _("Критические ошибки"),
                "state": _("Состояние"),
                "why": _("Почему выбран"),
                "contact_id": _("Контакт"),
            },
            key="operators_reviews",
            show={
                "reviewed_at": formats.when,
                "category": labels.category,
                "critical": review_words.critical,
                "state": review_words.state,
            },
            height=table.height_of(8),
        )
        st.caption(_("В оценку входят только случайно отобранные проверки."))
        if clicked:
            _one(clicked["review_id"])
    found = data.ask(appeals, access.scope(person))
    review_appeals.listed(found, key="operators_appeals")


def _one(review_id: str) -> None:
    person = frame.person()
    found = data.ask(review, review_id, access.scope(person))
    if found is None:
        return
    with st.container(border=True):
        review_result.draw(found)
        if found["row"]["state"] != "submitted":
            return
        reason = st.text_area(
            _("С чем вы не согласны"),
            key=f"operators_appeal_{review_id}",
            max_chars=1000,
            height=80,
        )
        if st.button(_("Подать апелляцию"), type="primary", key="operators_appeal") and (
            review_acts.do(appeal, review_id, person.operator_id, reason)
        ):
            st.rerun()
