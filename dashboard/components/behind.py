"""The contacts behind a number: how many, a table whose row opens the contact, and a download."""

import polars as pl
import streamlit as st

from dashboard import access, data, labels
from dashboard.components import frame, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, contacts

SHOWN = 200  # rows a person still looks through; the heading says how many there are in all


def contacts_behind(query: Query, *, key: str, **which: object) -> None:
    """Draw the contacts a number counts.

    Args:
        query: period, filters, scope: those of the number.
        key: `<page>_<name>`.
        which: `promise`, `state`, `counted`, `order` of `pipelines.metrics.contacts`.
    """
    found = data.ask(contacts, query, live=True, limit=SHOWN, **which)
    if not found.total:
        st.caption(_("Таких контактов за период нет."))
        return
    total = _n("{n} контакт", "{n} контактов", found.total).format(n=formats.number(found.total))
    if found.total > SHOWN:
        st.caption(
            _(
                "{total}, показаны первые {shown}. Нажмите на строку, чтобы открыть карточку."
            ).format(total=total, shown=formats.number(SHOWN))
        )
    else:
        st.caption(_("{total}. Нажмите на строку, чтобы открыть карточку.").format(total=total))
    may_open = frame.person().may_open("contact")
    table.table(
        found.rows,
        _columns(found.rows, is_judged="promise" in which, is_one_state="state" in which),
        key=key,
        show={
            "received_at": formats.when,
            "line": labels.line,
            "channel": labels.channel,
            "category": labels.category,
            "operator_id": lambda one: _names().get(one, one or "—"),
            "state": state.text,
            "due_at": lambda at: formats.when(at) if at else "—",
            "stopped_at": lambda at: formats.when(at) if at else "—",
            "text": lambda text: text or "—",
        },
        opens="contact_id" if may_open else None,
        height=min(420, 38 + 35 * len(found.rows)),
    )
    table.downloads(found.rows, key, key=key)


def _names() -> dict[str, str]:
    return data.ask(_asked_names, frame.person().id)


def _asked_names(lake: object, person_id: str) -> dict[str, str]:
    people = access.people(data.settings())
    return access.names(lake, people[person_id])  # type: ignore[arg-type]


def _columns(rows: pl.DataFrame, *, is_judged: bool, is_one_state: bool) -> dict[str, str]:
    columns = {
        "received_at": _("Поступил"),
        "line": _("Линия поддержки"),
        "channel": _("Канал"),
        "category": _("Тематика"),
        "operator_id": _("Оператор"),
    }
    if is_judged and not is_one_state:
        columns["state"] = _("Состояние")
    if is_judged:
        columns |= {"due_at": _("Срок"), "stopped_at": _("Выполнено")}
    if rows["text"].count():
        columns["text"] = _("Текст (обезличен)")
    return columns | {"contact_id": _("Контакт")}
