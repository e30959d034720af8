"""Повторные обращения: first-contact resolution, who comes back with what, and chains."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import behind, empty, frame, picked, problem_parts, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, called_again, chains, passport, resolution, resolution_sums
from pipelines.metrics.resolution import LONGEST

UNKNOWN = problem_parts.UNKNOWN


def draw(query: Query) -> None:
    """Draw the view."""
    rows = data.ask(resolution, query, each_minute=True)
    if rows.is_empty():
        empty.nothing_in_period()
        return
    days = data.ask(passport, "repeats", each_minute=True)["settings"]["fcr_days"]
    _tiles(rows, days)
    topic = _listed(rows)
    if topic:
        _topic(topic, rows, query)
    _chains(query, days)


def _tiles(rows: pl.DataFrame, days: int) -> None:
    sums = resolution_sums(rows)
    figures = (
        (
            _("Решено с первого обращения (FCR)"),
            formats.share(sums["fcr"], 1),
            _("заявитель не вернулся с тем же за {n} дней; зрелых контактов: {mature}").format(
                n=formats.number(days), mature=formats.number(sums["mature"])
            ),
        ),
        (
            _("Вернулись с тем же"),
            formats.number(sums["followed"]),
            _("по любой линии и каналу"),
        ),
        (
            _("Вернулись за 24 ч с чем угодно"),
            formats.share(sums["day_share"], 1),
            _("из них под другой тематикой или без неё: {n} — так прячутся повторы").format(
                n=formats.number(sums["day_other"])
            ),
        ),
        (
            _("Предварительно"),
            formats.number(sums["provisional"]),
            _("контакты последних {n} дней в FCR ещё не входят").format(n=formats.number(days)),
        ),
    )
    state.tiles(figures)


def _listed(rows: pl.DataFrame) -> str | None:
    clicked = table.table(
        problem_parts.named(rows),
        {
            "name": _("Тематика"),
            "mature": _("Зрелые контакты"),
            "followed": _("Вернулись с тем же"),
            "fcr": _("FCR"),
            "hours_between": _("Часов до возврата"),
            "provisional": _("Предварительно"),
            "provisional_followed": _("Из них уже вернулись"),
            "day_share": _("За 24 ч с чем угодно"),
            "day_other": _("Под другой тематикой"),
        },
        key=picked.key("topic"),
        show={
            "fcr": lambda one: formats.share(one, 1),
            "day_share": lambda one: formats.share(one, 1),
            "hours_between": lambda one: formats.number(one, 1),
        },
        height=420,
        hint=_("Нажмите на строку: с чем возвращаются и контакты, после которых вернулись."),
    )
    table.downloads(rows, "resolution", key="problems_resolution")
    return problem_parts.looked_into(clicked, rows)


def _topic(topic: str, rows: pl.DataFrame, query: Query) -> None:
    category = None if topic == UNKNOWN else topic
    own = replace(query, where={**query.where, "category": (category,)})
    st.header(problem_parts.name(category), anchor=False, divider="gray")
    picked.close("topic")
    again = data.ask(called_again, own, each_minute=True)
    if not again.is_empty():
        state.heading(_("С чем обращаются снова"))
        table.table(
            problem_parts.named(again, "next_category"),
            {
                "name": _("Тематика следующего обращения"),
                "n": _("Контакты"),
                "share": _("Доля"),
                "hours_between": _("Часов до возврата"),
            },
            key="problems_again",
            show={
                "share": lambda one: formats.share(one, 1),
                "hours_between": lambda one: formats.number(one, 1),
            },
            height=260,
            picks=False,
        )
        table.downloads(again, "called_again", key="problems_again")
    state.heading(_("Контакты, после которых вернулись"))
    mine = rows.filter(pl.col("category").eq_missing(pl.lit(category, pl.String)))
    counted = "followed" if mine["followed"].sum() else "followed_24h"
    if counted == "followed_24h":
        st.caption(_("С тем же не вернулся никто; показаны те, после которых вернулись за 24 ч."))
    behind.contacts_behind(own, key="problems_followed", counted=counted)


def _chains(query: Query, days: int) -> None:
    found = data.ask(chains, query, each_minute=True)
    state.heading(_("Цепочки обращений"))
    if found["longest"].is_empty():
        st.caption(_("Цепочек за период нет."))
        return
    st.caption(
        _(
            "Один заявитель, одна тематика, каждый следующий контакт не позже чем через {n} дней. "
            "Считаются контакты выбранного периода."
        ).format(n=formats.number(days))
    )
    lengths = found["lengths"]
    with st.container(horizontal=True):
        for row in lengths.to_dicts():
            n = row["length"]
            words = _n("{n} контакт подряд", "{n} контактов подряд", n)
            # the last length stands for itself and longer ones
            label = words.format(n=formats.number(n) + ("+" if n == LONGEST else ""))
            with st.container(width=240, height="stretch"):
                state.tile(
                    label,
                    formats.number(row["n"]),
                    note=_("контактов: {n}, обычно {hours} ч между ними").format(
                        n=formats.number(row["contacts"]),
                        hours=formats.number(row["hours_between"], 1),
                    ),
                )
    may_open = frame.person().may_open("contact")
    table.table(
        problem_parts.named(found["longest"]),
        _chain_columns(),
        key="problems_chains",
        show={
            "first_at": formats.when,
            "last_at": formats.when,
            "hours_between": lambda one: formats.number(one, 1),
        },
        opens="contact_id" if may_open else None,
        picks=may_open,
        height=320,
    )
    table.downloads(found["longest"], "chains", key="problems_chains")


def _chain_columns() -> dict[str, Any]:
    return {
        "name": _("Тематика"),
        "contacts": _("Контактов подряд"),
        "channels": _("Каналов"),
        "first_at": _("Первый"),
        "last_at": _("Последний"),
        "hours_between": _("Часов между"),
        "contact_id": _("Контакт"),
    }
