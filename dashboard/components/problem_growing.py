"""Что растёт: problems that begin and problems that keep coming, by the people they touch."""

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import empty, filters, picked, problem_parts, state, table
from dashboard.i18n import N_, _, formats
from pipelines.metrics import Query, emerging, held, persistent

SIGNS = {
    "burst": N_("▲ всплеск"),
    "growth": N_("↗ медленный рост"),
    "both": N_("▲ всплеск и рост"),
}


def draw(query: Query) -> None:
    """Draw the view; a click on a row opens the topic among all."""
    if query.scope.groups:
        st.info(_("Эти списки — о горячей линии целиком; вам видна её часть."))
        return
    if data.ask(held) is None:
        empty.nothing_in_period()
        return
    st.caption(_("По всей горячей линии на сейчас: период и фильтры на эти списки не действуют."))
    with st.container(border=True):
        state.heading(_("Начинается"))
        _emerging(data.ask(emerging, query, each_minute=True))
    with st.container(border=True):
        state.heading(_("Повторяется из недели в неделю"))
        _persistent(data.ask(persistent, query, each_minute=True))


def _emerging(rows: pl.DataFrame) -> None:
    st.caption(
        _("Всплеск за последние 7 дней или медленный рост, замеченный за 28 дней. "
          "Сначала те, что задели больше людей.")
    )  # fmt: skip
    if rows.is_empty():
        st.caption(_("Ничего не растёт."))
        return
    _opened(
        problem_parts.named(rows),
        {
            "name": _("Тематика"),
            "sign": _("Признак"),
            "since": _("С какого времени"),
            "citizens": _("Заявители"),
            "contacts": _("Контакты"),
            "excess": _("Сверх обычного"),
            "days": _("По дням"),
        },
        "emerging",
        show={
            "sign": lambda one: _(SIGNS[one]),
            "since": formats.when,
            "excess": formats.signed,
        },
        lines=("days",),
    )
    table.downloads(rows.drop("days"), "emerging", key="problems_emerging")


def _persistent(rows: pl.DataFrame) -> None:
    st.caption(
        _("Всплески в 3 дня из 28 и чаще — или за 28 дней на четверть больше, "
          "чем за восемь недель до них.")
    )  # fmt: skip
    if rows.is_empty():
        st.caption(_("Таких тематик нет."))
        return
    _opened(
        problem_parts.named(rows),
        {
            "name": _("Тематика"),
            "citizens": _("Заявители"),
            "contacts": _("Контакты"),
            "baseline": _("Обычно"),
            "excess": _("Сверх обычного"),
            "alarmed_days": _("Дней со всплеском из 28"),
        },
        "persistent",
        show={"baseline": formats.number, "excess": formats.signed},
    )
    table.downloads(rows, "persistent", key="problems_persistent")


def _opened(rows: pl.DataFrame, columns: dict[str, str], name: str, **more: object) -> None:
    clicked = table.table(rows, columns, key=picked.key(name), **more)  # type: ignore[arg-type]
    if clicked:
        # counts of the row, over what it counts: all lines, since it began
        today = formats.local(data.now()).date()
        since = clicked.get("since")
        days = (formats.local(since).date(), today) if since else filters.preset("28d", today)
        filters.to_days(*days)
        picked.forget("class")
        picked.now("topic", clicked["category"])
        st.session_state.pop("problems_view", None)
        st.query_params.pop("view", None)
        st.session_state[f"picked_{name}_closed"] = (
            st.session_state.get(f"picked_{name}_closed", 0) + 1
        )
        st.rerun()
