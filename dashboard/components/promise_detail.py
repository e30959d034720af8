"""One promise looked into: what it says, by day, line and hour, and the contacts that broke it."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import (
    behind,
    chart,
    picked,
    promise_apart,
    promise_hours,
    promise_passport,
    promise_recoded,
    promise_words,
    state,
)
from dashboard.figures.promises import by_day
from dashboard.i18n import _, formats
from pipelines.metrics import Query, passport, promises, trend

BROKEN = ("breached", "overdue", "running", "met", "cancelled")


def draw(row: dict[str, Any], query: Query) -> None:
    """Draw a row of `fulfilment`; `query` holds the page's period, filters and scope."""
    promise = row["promise"]
    st.header(labels.promise(promise), anchor=False, divider="gray")
    with st.container(horizontal=True, vertical_alignment="center"):
        state.badge(row["state"])
        st.markdown(_said(row), width="content")
        picked.close("promise")
    known = data.ask(passport, promise, each_minute=True)
    if not row["n"]:
        st.info(promise_recoded.no_base(row, query))
        promise_apart.aside_of(row, query)
        promise_passport.draw(row, query, known)
        return
    promise_recoded.unknown_in_part(row, query)
    promise_apart.aside_of(row, query)
    left, right = st.columns([1, 2])
    with left:
        _days(row, query)
    with right:
        _lines(row, query)
        promise_apart.regimes(row, query)
    promise_apart.besides(row, query)
    asked = promise_hours.draw(row, query)
    promise_passport.draw(row, query, known)
    promise_recoded.draw(row, query)
    _contacts(row, asked, known["base"], is_one_hour=asked is not query)


def _said(row: dict[str, Any]) -> str:
    parts = [
        _("норматив: {target}").format(target=promise_words.target(row)),
        _("факт: {value}").format(value=f"**{promise_words.value(row)}**"),
    ]
    if row["goal"] is not None:
        parts.append(_("цель: {goal}").format(goal=formats.share(row["goal"])))
    parts.append(_("база: {n}").format(n=promise_words.base(row)))
    if row["citizens"]:
        parts.append(_("заявителей подвели: {n}").format(n=formats.number(row["citizens"])))
    return " · ".join(parts)


def _days(row: dict[str, Any], query: Query) -> None:
    is_mean = row["kind"] == "mean"
    asked = replace(query, by=("day",))
    days = data.ask(trend, asked, "promise", each_minute=True, promise=row["promise"])
    words = {
        "value": _("среднее, с") if is_mean else _("доля в срок"),
        "goal": _("норматив") if is_mean else _("цель"),
        "n": _("база"),
    }
    state.heading(_("По дням"))
    chart.draw(
        by_day(
            days,
            theme.palette(theme.mode()),
            words,
            goal=row["target_s"] if is_mean else row["goal"],
            is_mean=is_mean,
        ),
        key="promises_by_day",
    )


def _lines(row: dict[str, Any], query: Query) -> None:
    where = {**query.where, "promise": (row["promise"],)}
    found = data.ask(promises, replace(query, by=("line",), where=where), each_minute=True)
    state.heading(_("Кто отвечает: по линиям"))
    worst = pl.col("breached") + pl.col("overdue")
    promise_apart.draw(
        found.sort(worst, descending=True, nulls_last=True, maintain_order=True),
        "line",
        _("Линия поддержки"),
        labels.line,
        key="promises_lines",
    )


def _contacts(row: dict[str, Any], query: Query, subject: str, *, is_one_hour: bool) -> None:
    state.heading(_("Контакты"))
    if row["kind"] == "coverage":
        st.caption(_("Считается по 15-минутным интервалам линии: отдельных контактов за ним нет."))
        return
    if subject == "incident":
        st.caption(
            _("Считается по массовым сбоям: один сбой — один срок, сколько бы людей ни было.")
        )
        return
    if row["kind"] == "mean":
        st.caption(_("Среднее складывается из всех этих контактов, отдельного срока у них нет."))
        behind.contacts_behind(query, key="promises_contacts", promise=row["promise"])
        return
    there = [name for name in BROKEN if row[name]]
    chosen = st.segmented_control(
        _("Состояние срока"),
        there,
        default=there[0],
        required=True,
        format_func=lambda name: (
            state.text(name) if is_one_hour else f"{state.text(name)} · {formats.number(row[name])}"
        ),
        key=f"promises_state_{row['promise']}",
        label_visibility="collapsed",
    )
    behind.contacts_behind(
        query,
        key=f"promises_contacts_{chosen}",
        promise=row["promise"],
        in_state=chosen,
        number=0 if is_one_hour else row[chosen],
    )
