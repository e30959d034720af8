"""Classes of topics: a tree map of all, a table, and one class looked into; kept in the address."""

from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, picked, problem_parts, problem_views, state, table
from dashboard.figures.topics import tree
from dashboard.i18n import N_, _, formats
from pipelines.metrics import Query, topics

SHAPES = {"pareto": N_("По убыванию"), "tree": N_("Карта классов")}


def narrowed(query: Query) -> Query:
    """Return the question of the class looked into, if one is, and say which."""
    chosen = picked.before("class")
    if chosen not in labels.known("classes"):
        return query
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Класс: **{name}**").format(name=labels.of_class(chosen)), width="content")
        picked.close("class")
    return replace(query, where={**query.where, "class": (chosen,)})


def classes(query: Query, rows: pl.DataFrame) -> bool:
    """Draw the tree map of topics and the table of classes, where asked for; say whether it was."""
    if problem_views.chosen("shape", SHAPES, _("Вид")) != "tree":
        return False
    of = labels.classes()
    both = rows.with_columns(
        pl.Series("class", [of.get(one) for one in rows["category"]], dtype=pl.String)
    )
    words = {
        "contacts": _("контакты"),
        "excess": _("сверх обычного"),
        "all": _("Все контакты"),
        "usual": _("обычно неизвестно"),
    }
    named = both.with_columns(
        class_name=pl.Series([_class(one) for one in both["class"]], dtype=pl.String),
        name=pl.Series([problem_parts.name(one) for one in both["category"]], dtype=pl.String),
        told=pl.Series([formats.signed(one) for one in both["excess"]], dtype=pl.String),
    )
    with st.container(border=True):
        state.heading(_("Классы и тематики"))
        st.caption(_("Площадь — контакты, цвет — отклонение от обычного для сезона."))
        chart.draw(tree(named, theme.palette(theme.mode()), words), key="problems_tree")
        _table(data.ask(topics, replace(query, by=("class",)), each_minute=True))
    return True


def _table(rows: pl.DataFrame) -> None:
    worded = rows.with_columns(
        name=pl.Series([_class(one) for one in rows["class"]], dtype=pl.String)
    )
    clicked = table.table(
        worded,
        {
            "name": _("Класс"),
            "contacts": _("Контакты"),
            "citizens": _("Заявители"),
            "repeats": _("Повторы"),
            "excess": _("Сверх обычного"),
            **problem_parts.served_columns(),
        },
        key=picked.key("class"),
        show={"excess": formats.signed, **problem_parts.SHOWN},
        hint=_("Нажмите на класс: останутся его тематики. Тематики открываются в таблице ниже."),
    )
    table.downloads(rows, "classes", key="problems_classes")
    if clicked and clicked["class"] and clicked["class"] != picked.before("class"):
        picked.now("class", clicked["class"])
        st.rerun()


def _class(name: str | None) -> str:
    return _("класс не указан") if name is None else labels.of_class(name)
