"""What a promise does not count as the reader may think: recoded contacts, silent sources."""

from typing import Any

import streamlit as st

from dashboard import data, labels
from dashboard.components import contact_words, frame, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, recoded, unknowing

FIELDS_LEFT_OUT = ("category", "team", "operator", "region")  # a slot of a line knows none of these


def draw(row: dict[str, Any], query: Query) -> None:
    """Draw the contacts recoded after the deadline, where there are any."""
    found = data.ask(recoded, query, row["promise"], each_minute=True)
    if not found.total:
        return
    state.heading(_("Тематика изменена после срока"))
    count = _n("{n} контакт", "{n} контактов", found.total).format(n=formats.number(found.total))
    st.caption(
        _(
            "{count}: судим по тематике, известной к сроку; поздняя перекодировка "
            "ни одного обещания не спасает и не портит."
        ).format(count=count)
    )
    table.table(
        found.rows,
        {
            "received_at": _("Поступил"),
            "line": _("Линия поддержки"),
            "judged_category": _("Тематика к сроку"),
            "category": _("Тематика сейчас"),
            "due_at": _("Срок"),
            "state": _("Состояние"),
            "contact_id": _("Контакт"),
        },
        key="promises_recoded",
        show={
            "received_at": formats.when,
            "line": labels.line,
            "judged_category": labels.category,
            "category": labels.category,
            "due_at": lambda at: formats.when(at) if at else "—",
            "state": state.text,
        },
        opens="contact_id" if frame.person().may_open("contact") else None,
        height=300,
    )
    table.downloads(found.rows, f"recoded-{row['promise']}", key="promises_recoded")


def no_base(row: dict[str, Any], query: Query) -> str:
    """Return why a promise has nothing to judge: a filter, the sources, or no case at all."""
    if row["kind"] == "coverage" and set(query.where).intersection(FIELDS_LEFT_OUT):
        return _(
            "Доступность считается по 15-минутным интервалам линии: "
            "отбора по тематике у неё нет, снимите его."
        )
    silent = data.ask(unknowing, query, row["promise"], each_minute=True)
    if len(silent) and not row["provided_share"]:
        return _("Нет данных — это не ноль: {sources}").format(sources=_sources(silent))
    return _("За период не было ни одного случая, к которому относится это обещание.")


def unknown_in_part(row: dict[str, Any], query: Query) -> None:
    """Say which sources cannot know the promise, where others can."""
    if row["provided_share"] is None or row["provided_share"] >= 1:
        return
    silent = data.ask(unknowing, query, row["promise"], each_minute=True)
    if len(silent):
        st.caption(_("В базу входят не все контакты: {sources}").format(sources=_sources(silent)))


def _sources(silent: Any) -> str:
    return (
        "; ".join(
            _("источник {source} ({n}) не сообщает: {lacks}").format(
                source=f"`{one['source']}`",
                n=_n("{n} контакт", "{n} контактов", one["contacts"]).format(
                    n=formats.number(one["contacts"])
                ),
                lacks=", ".join(map(_item, one["lacks"])),
            )
            for one in silent.iter_rows(named=True)
        )
        + "."
    )


def _item(names: str) -> str:
    """Return an event or field in words; of several that would do, the first known by a word."""
    words = (contact_words.provided(name) for name in names.split("|"))
    return next(words)
