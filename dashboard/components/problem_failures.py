"""Из-за сбоев: contacts made because something else broke, in hours and posts."""

from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import behind, empty, picked, problem_parts, state, table
from dashboard.i18n import _, formats
from pipelines.metrics import Query, failure_sums, failures, passport

UNKNOWN = problem_parts.UNKNOWN


def draw(query: Query) -> None:
    """Draw the view."""
    rows = data.ask(failures, query, each_minute=True)
    if rows.is_empty():
        empty.nothing_in_period()
        return
    _tiles(rows)
    topic = _listed(rows.filter(pl.col("failures") > 0))
    if not topic:
        return
    category = None if topic == UNKNOWN else topic
    st.header(problem_parts.name(category), anchor=False, divider="gray")
    picked.close("topic")
    own = replace(query, where={**query.where, "category": (category,)})
    behind.contacts_behind(own, key="problems_failures_behind", counted="failures")


def _tiles(rows: pl.DataFrame) -> None:
    sums = failure_sums(rows)
    figures = (
        (
            _("Обращения из-за чужих сбоев"),
            formats.share(sums["share"], 1),
            _("{n} из {total} контактов").format(
                n=formats.number(sums["failures"]), total=formats.number(sums["contacts"])
            ),
        ),
        (
            _("Часы операторов"),
            formats.number(sums["hours"]),
            _("разговор, удержание и постобработка; без времени: {n} контактов").format(
                n=formats.number(sums["untimed"])
            ),
        ),
        (
            _("Полные ставки"),
            formats.number(sums["posts"], 1),
            _("столько операторов занято этим весь период"),
        ),
        (
            _("Повторы"),
            formats.number(sums["by_repeat"]),
            _("в сбой: {incident}, о неисправности: {fault}").format(
                incident=formats.number(sums["by_incident"]),
                fault=formats.number(sums["by_fault"]),
            ),
        ),
    )
    state.tiles(figures)
    known = data.ask(passport, "failures", each_minute=True)
    hours = formats.number(known["settings"]["post_week_s"] / 3600)
    state.passport(
        {
            _("Обращение из-за чужого сбоя"): _(
                "контакт во время массового сбоя своей тематики, линии и региона; иначе контакт "
                "о неисправности; иначе повтор того же заявителя с той же тематикой за {n} дней"
            ).format(n=formats.number(known["settings"]["fcr_days"])),
            _("Часы операторов"): _(
                "обработка принятых контактов; время чатов делится на число чатов, "
                "которые оператор ведёт одновременно"
            ),
            _("Полные ставки"): _("{n} ч обработки в неделю на ставку").format(n=hours),
            _("Данные на"): formats.when(known["data_as_of"]),
        },
        key="problems_failures_passport",
    )


def _listed(rows: pl.DataFrame) -> str | None:
    clicked = table.table(
        problem_parts.named(rows),
        {
            "name": _("Тематика"),
            "failures": _("Контакты из-за сбоев"),
            "hours": _("Часы"),
            "posts": _("Ставки"),
            "share": _("Доля тематики"),
            "citizens": _("Заявители"),
            "by_incident": _("В массовый сбой"),
            "by_fault": _("О неисправности"),
            "by_repeat": _("Повторы"),
            "untimed": _("Без времени"),
        },
        key=picked.key("topic"),
        show={
            "share": lambda one: formats.share(one, 1),
            "hours": formats.number,
            "posts": lambda one: formats.number(one, 1),
        },
        height=420,
        hint=_("Нажмите на строку, чтобы увидеть её контакты."),
    )
    table.downloads(rows, "failures", key="problems_failures")
    return problem_parts.looked_into(clicked, rows)
