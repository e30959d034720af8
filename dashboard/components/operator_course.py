"""One operator over the periods, and what contacts the score was made on."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, operator_words, state
from dashboard.figures.funnel import course
from dashboard.figures.week import topics
from dashboard.i18n import _, formats
from pipelines.metrics import Query, case_mix, score_course

SHOWN = 8  # categories of the mix
DAY = timedelta(days=1)


def draw(operator: str, query: Query, *, average: float, least: float | None) -> None:
    """Draw the scores of the periods so far, and the mix of this one.

    Args:
        operator: whose. query: period and scope of the page.
        average: of the scale. least: the agreed minimum; None: there is none.
    """
    left, right = st.columns(2, gap="large")
    with left:
        _course(operator, query, average=average, least=least)
    with right:
        _mix(operator, query)


def _course(operator: str, query: Query, *, average: float, least: float | None) -> None:
    state.heading(_("По периодам"))
    told = data.ask(score_course, query, operator)
    rows = told["rows"].filter(pl.col("score").is_not_null())
    if len(rows) < 2:
        st.caption(_("Сравнить пока не с чем: оценка есть только за один период."))
        return
    found = rows.to_dicts()
    drawn = rows.with_columns(
        label=pl.Series(
            [formats.span(one["period_start"], one["period_end"] - DAY) for one in found]
        ),
        shown=pl.Series([operator_words.interval(one) for one in found]),
    )
    words = {"average": _("среднее"), "least": _("минимум")}
    chart.draw(
        course(drawn, theme.palette(theme.mode()), words, average=average, least=least),
        key="operators_course",
    )
    if told["change"] is not None:
        st.caption(_moved(told))
    if told["is_mixed"]:
        st.caption(
            _("Часть периодов опубликована на своей шкале: их оценки с новыми не сравниваются.")
        )


def _moved(told: dict[str, Any]) -> str:
    said = _("К прошлому периоду: {change} (80 % интервал от {low} до {high}).").format(
        change=formats.signed(told["change"]),
        low=formats.signed(told["change_low"]),
        high=formats.signed(told["change_high"]),
    )
    is_told = told["change_low"] > 0 or told["change_high"] < 0
    return (
        said
        + " "
        + (_("Это вряд ли случайность.") if is_told else _("Это может быть случайностью."))
    )


def _mix(operator: str, query: Query) -> None:
    state.heading(_("Состав контактов"))
    found = data.ask(case_mix, query, operator)
    rows = found["category"]
    if rows.is_empty():
        st.caption(_("Принятых контактов за этот период нет."))
        return
    shown = rows.filter(pl.col("category").is_not_null() & (pl.col("answered") > 0)).head(SHOWN)
    one_by_one = shown.to_dicts()
    if one_by_one:
        named = shown.select(
            contacts="answered",
            contacts_before="alike",
            label=pl.Series([labels.category(one["category"]) for one in one_by_one]),
            shown=pl.Series([_beside(one) for one in one_by_one]),
        )
        words = {"now": _("у оператора"), "before": _("у коллег на тех же линиях")}
        chart.draw(topics(named, theme.palette(theme.mode()), words), key="operators_mix")
    st.caption(_worded(found))


def _beside(one: dict[str, Any]) -> str:
    return f"{formats.share(one['share'], 1)} ({formats.share(one['share_all'], 1)})"


def _worded(found: dict[str, Any]) -> str:
    lines = "; ".join(
        f"{labels.line(one['line'])} — {formats.share(one['share'])}"
        for one in found["line"].filter(pl.col("answered") > 0).to_dicts()
    )
    said = _("Линии: {lines}.").format(lines=lines)
    said += " " + _("С 20 до 8 часов: {share} (у коллег {all}).").format(
        share=formats.share(found["night"], 1), all=formats.share(found["night_all"], 1)
    )
    return said + " " + _("Состав в оценке учтён: ожидаемое считается на этих же контактах.")
