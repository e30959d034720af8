"""The card of one contact in parts: header, events, clocks, related contacts, checks."""

from datetime import date, datetime
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboard import labels
from dashboard.components import (
    check_parts,
    contact_category,
    contact_words,
    people,
    rule_words,
    state,
    table,
)
from dashboard.i18n import _, _n, formats

SHOWN = 20  # rows of a table; more scroll
URGENT = ("overdue", "breached", "running", "met", "cancelled")


def header(found: dict[str, Any]) -> None:
    """Draw who, when, about what, and how it ended."""
    one = found["header"]
    st.header(
        " · ".join(
            part
            for part in (
                one["case_number"] and _("обращение {number}").format(number=one["case_number"]),
                _("контакт {id}").format(id=one["contact_id"]),
            )
            if part
        ),
        anchor=False,
    )
    facts = {
        _("Поступил"): formats.when(one["received_at"]),
        _("Канал"): labels.channel(one["channel"]),
        _("Линия поддержки"): labels.line(one["line"]),
        _("Тематика"): labels.category(one["category"]),
        _("Подтема (предложена машиной)")
        if found["category_from"]["is_suggested"]
        else _("Подтема"): found["category_from"]["subtopic"] or "—",
        _("Итог"): contact_words.outcome(one["outcome"]),
        _("Оценка"): "—" if one["rating"] is None else formats.number(one["rating"]),
        _("Оператор"): people.name(one["operator_id"]),
        _("Регион"): contact_words.label("region", one["region"]),
        _("Язык"): formats.language_name(one["language"]),
        _("Пункт меню"): contact_words.label("menu_choice", one["menu_choice"]),
        _("Вид отзыва"): contact_words.label("feedback_type", one["feedback_type"]),
        _("Источник"): labels.source(one["source"]),
    }
    cells = "".join(
        f"<div><span>{escape(name)}</span><b>{escape(text)}</b></div>"
        for name, text in facts.items()
        if text != "—"
    )
    st.html(
        "<style>.facts{display:grid;gap:.7rem 1.6rem;"
        "grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}"
        ".facts div{display:flex;flex-direction:column;gap:.1rem}"
        ".facts span{font-size:.85rem;opacity:.75}.facts b{font-weight:500}</style>"
        f'<div class="facts">{cells}</div>'
    )
    st.caption(contact_category.said(found["category_from"], one))
    if found["recording"]:
        st.link_button(_("Запись разговора"), found["recording"], icon=":material/play_circle:")
    if one["text"]:
        state.heading(_("Текст заявителя (обезличен)"))
        st.text(one["text"])


def events(found: dict[str, Any], told: dict[str, Any]) -> None:
    """Draw everything that happened, messages apart."""
    names, day = people.names(), _day(found)
    rows = told["events"].filter(~pl.col("kind").is_in(("message_in", "message_out")))
    worded = rows.with_columns(
        what=pl.Series([contact_words.kind(one) for one in rows["kind"]], dtype=pl.String),
        worded=pl.Series(
            [contact_words.value(one) for one in rows.iter_rows(named=True)], dtype=pl.String
        ),
    )
    table.table(
        worded,
        {
            "event_at": _("Время"),
            "after_s": _("От обращения"),
            "what": _("Событие"),
            "worded": _("Подробности"),
            "line": _("Линия поддержки"),
            "operator_id": _("Оператор"),
        },
        key="contact_events",
        picks=False,
        show={
            "event_at": lambda at: near(at, day),
            "worded": lambda text: text or "—",
            "after_s": formats.duration,
            "line": labels.line,
            "operator_id": lambda one: names.get(one, one or "—"),
        },
        height="content" if len(rows) <= SHOWN else None,
    )


def clocks(found: dict[str, Any], told: dict[str, Any]) -> None:
    """Draw what was promised for this contact and how each promise stands."""
    rows = told["clocks"]
    if rows.is_empty():
        st.caption(_("Ни одно обещание к этому контакту не относится."))
        return
    order = {name: place for place, name in enumerate(URGENT)}
    rows = rows.with_columns(
        place=pl.col("state").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    ).sort("place", "due_at", "promise", nulls_last=True)
    told_rows, day = rows.to_dicts(), _day(found)
    table.table(
        rows.with_columns(
            mark=pl.Series([contact_words.clock_state(one) for one in told_rows]),
            left=pl.Series([contact_words.clock_left(one) for one in told_rows]),
        ),
        {
            "mark": _("Состояние"),
            "promise": _("Обещание"),
            "due_at": _("Срок"),
            "left": _("Время"),
            "stopped_at": _("Выполнено"),
            "started_at": _("Начало отсчёта"),
        },
        key="contact_clocks",
        picks=False,
        show={
            "promise": labels.promise,
            # of a promise of two minutes the seconds decide
            **dict.fromkeys(("started_at", "due_at", "stopped_at"), lambda at: near(at, day)),
        },
        height="content" if len(rows) <= SHOWN else None,
    )


def related(told: dict[str, Any]) -> None:
    """Draw the chain of the case and other contacts of the same citizen; a click opens one."""
    rows = told["chain"]
    if len(rows) < 2:
        st.caption(_("Других контактов этого заявителя за 90 дней до и после не найдено."))
        return
    st.markdown(contact_words.chain(rows))
    clicked = table.table(
        rows,
        {
            "received_at": _("Поступил"),
            "gap_s": _("После предыдущего"),
            "channel": _("Канал"),
            "line": _("Линия поддержки"),
            "category": _("Тематика"),
            "outcome": _("Итог"),
            "same": _("Связь"),
            "contact_id": _("Контакт"),
        },
        key="contact_related",
        show={
            "received_at": formats.when,
            "gap_s": span,
            "channel": labels.channel,
            "line": labels.line,
            "category": labels.category,
            "outcome": contact_words.outcome,
            "same": lambda one: _(contact_words.SAME[one]),
        },
    )
    if clicked and clicked["same"] != "this":
        table.open_contact(clicked["contact_id"])


def checks(found: dict[str, Any]) -> None:
    """Draw rows of this contact that broke a rule, and its earlier versions."""
    held, changes = found["checks"], found["changes"]
    if held.is_empty() and changes.is_empty():
        st.caption(_("Все строки контакта прошли проверки, исправлений не было."))
        return
    if len(held):
        table.table(
            rule_words.worded_rows(held),
            {
                "found_at": _("Когда"),
                "fate": _("Что стало со строкой"),
                "reason": _("Не прошло проверку"),
                "action": _("Что сделать"),
                "file": _("Файл"),
                "row_no": _("Строка файла"),
            },
            key="contact_checks",
            picks=False,
            show={
                "found_at": formats.when,
                "fate": lambda fate: _(check_parts.FATES[fate]),
            },
        )
    if len(changes):
        st.caption(
            _n(
                "Запись о контакте исправлялась {n} раз; прежние редакции:",
                "Запись о контакте исправлялась {n} раз; прежние редакции:",
                len(changes),
            ).format(n=formats.number(len(changes)))
        )
        for row in changes.iter_rows(named=True):
            with st.expander(formats.when(row["changed_at"])):
                st.json(row["old"] or "{}")


def span(seconds: float | None) -> str:
    """Format seconds; None is a dash: it did not happen."""
    return "—" if seconds is None else formats.duration(seconds)


def near(moment: datetime | None, day: date) -> str:
    """Format a moment beside a day: the time alone, to the second, on that day; None is a dash."""
    if moment is None:
        return "—"
    if formats.local(moment).date() == day:
        return formats.clock(moment, seconds=True)
    return formats.when(moment)


def _day(found: dict[str, Any]) -> date:
    return formats.local(found["header"]["received_at"]).date()
