"""What reviews of a period said: the gate of critical criteria, and every review."""

import polars as pl
import streamlit as st

from dashboard import access, data, labels
from dashboard.components import (
    empty,
    filters,
    frame,
    people,
    review_queue,
    review_words,
    state,
    table,
)
from dashboard.i18n import _, formats
from pipelines.metrics import Query, critical, reviews


def draw() -> None:
    """Draw the results of the chosen period."""
    chosen = filters.bar(period="28d", category=True)
    query = Query(chosen.start, chosen.end, where=chosen.where, scope=access.scope(frame.person()))
    rows = data.ask(reviews, query).filter(pl.col("reviewed_at").is_not_null())
    if rows.is_empty():
        empty.nothing(
            _("Сданных проверок контактов этого периода нет."),
            _("Назначьте их на вкладке «Отбор контактов»."),
        )
        return
    _gate(data.ask(critical, query))
    _listed(rows)


def _gate(rows: pl.DataFrame) -> None:
    state.heading(_("Критические вопросы: отдельный допуск, не усредняется с оценкой"))
    if rows.is_empty():
        st.caption(_("Среди случайно отобранных проверок критические вопросы не применялись."))
        return
    names = people.names()
    table.table(
        rows.with_columns(
            interval=pl.Series(
                [interval(row) for row in rows.iter_rows(named=True)], dtype=pl.String
            )
        ),
        {
            "operator": _("Оператор"),
            "interval": _("Без критических ошибок (95 % интервал)"),
            "reviews": _("Проверок"),
            "failed": _("С ошибкой"),
            "unconfirmed": _("Ждут второго человека"),
        },
        key="reviews_gate",
        picks=False,
        right=("interval",),
        show={"operator": lambda one: names.get(one, one)},
        height=table.height_of(8),
    )
    st.caption(
        _("Случайно отобранные проверки, где критический вопрос применялся. Интервал Уилсона.")
    )


def interval(row: dict[str, float]) -> str:
    """Format a share without critical errors with Wilson's interval."""
    return _("{share} ({low}–{high})").format(
        share=formats.share(row["accuracy"]),
        low=formats.share(row["accuracy_low"]),
        high=formats.share(row["accuracy_high"]),
    )


def _listed(rows: pl.DataFrame) -> None:
    state.heading(_("Сданные проверки"))
    names = people.names()
    clicked = table.table(
        rows.with_columns(review_words.because(rows)),
        {
            "reviewed_at": _("Сдана"),
            "operator_id": _("Оператор"),
            "category": _("Тематика"),
            "score": _("Оценка по листу"),
            "critical": _("Критические ошибки"),
            "state": _("Состояние"),
            "reviewer": _("Проверил"),
            "why": _("Почему выбран"),
            "contact_id": _("Контакт"),
        },
        key="reviews_list",
        show={
            "reviewed_at": formats.when,
            "operator_id": lambda one: names.get(one, one),
            "category": labels.category,
            "critical": review_words.critical,
            "state": review_words.state,
            "reviewer": review_words.who,
        },
        height=table.height_of(12),
    )
    table.downloads(rows, "reviews", key="reviews_list")
    if clicked:
        review_queue.open_review(clicked["review_id"])
