"""Do reviewers agree: blind pairs by criterion, and who gives more than the others."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data
from dashboard.components import empty, filters, frame, review_words, state, table
from dashboard.i18n import _, formats
from pipelines.metrics import Query, calibration


def draw() -> None:
    """Draw the agreement of the chosen period."""
    chosen = filters.bar(period="28d", lines=False, channel=False)
    query = Query(chosen.start, chosen.end, scope=access.scope(frame.person()))
    found = data.ask(calibration, query)
    if not found["pairs"] and found["reviewers"].is_empty():
        empty.nothing(
            _("Калибровать пока нечего: нет сданных проверок контактов этого периода."),
            _("Слепые двойные проверки назначаются при случайном отборе."),
        )
        return
    with st.container(horizontal=True):
        state.tile(
            _("Слепых пар"), formats.number(found["pairs"]), note=_("один контакт, два человека")
        )
        state.tile(
            _("Оценки сошлись"),
            formats.share(found["agreement"]),
            note=_("расходятся не больше чем на 10 баллов, пар {n}").format(
                n=formats.number(found["scored"])
            ),
        )
    _criteria(found["criteria"])
    _reviewers(found["reviewers"])


def _criteria(rows: pl.DataFrame) -> None:
    state.heading(_("Согласие по вопросам листа"))
    if rows.is_empty():
        st.caption(_("Слепых пар, сданных обоими, ещё нет."))
        return
    table.table(
        rows.with_columns(
            label=pl.Series([review_words.criterion(one) for one in rows["criterion"]])
        ),
        {
            "label": _("Вопрос"),
            "pairs": _("Пар"),
            "agreement": _("Ответы совпали"),
            "kappa": _("Каппа Коэна"),
        },
        key="reviews_agreement",
        picks=False,
        show={
            "agreement": lambda one: formats.share(one),
            "kappa": lambda one: "—" if one is None else formats.signed(one, 2),
        },
        height="content",
    )
    st.caption(
        _(
            "Каппа — согласие сверх случайного: 1 — полное, 0 — как наугад. "
            "Прочерк: всегда был один и тот же ответ."
        )
    )


def _reviewers(rows: pl.DataFrame) -> None:
    state.heading(_("Кто сколько ставит"))
    if rows.is_empty():
        st.caption(_("Случайно отобранных проверок ещё нет."))
        return
    show: dict[str, Any] = {
        "reviewer": review_words.who,
        "mean": lambda one: formats.number(one, 1),
        "leniency": lambda one: formats.signed(one, 1),
    }
    table.table(
        rows,
        {
            "reviewer": _("Проверяющий"),
            "n": _("Проверок"),
            "pairs": _("Слепых пар"),
            "mean": _("Средняя оценка"),
            "leniency": _("Снисходительность, баллов"),
        },
        key="reviews_reviewers",
        picks=False,
        show=show,
        height="content",
    )
    st.caption(
        _(
            "Снисходительность — насколько больше остальных; вычитается из оценок, "
            "прежде чем они войдут в оценку оператора. Малые числа стянуты к нулю."
        )
    )
