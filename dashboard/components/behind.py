"""The contacts behind a number: how many, a table whose row opens the contact, and a download."""

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import frame, people, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, contacts

SHOWN = 200  # rows a person still looks through; the heading says how many there are in all


def contacts_behind(
    query: Query,
    *,
    key: str,
    promise: str | None = None,
    in_state: str | None = None,
    counted: str = "contacts",
    order: str = "newest",
    number: int = 0,
) -> None:
    """Draw the contacts a number counts.

    Args:
        query: period, filters, scope: those of the number.
        key: `<page>_<name>`.
        promise, in_state: only contacts this promise judges, only those in this state.
        number: what the page says; where contacts are fewer, it is explained why.
        counted: which number of `volume`. order: of `pipelines.metrics.contacts`.
    """
    asked: dict[str, Any] = {
        "promise": promise, "state": in_state, "counted": counted, "order": order,
    }  # fmt: skip
    found = data.ask(contacts, query, each_minute=True, limit=SHOWN, **asked)
    if not found.total:
        st.caption(_("Таких контактов за период нет."))
        return
    total = _n("{n} контакт", "{n} контактов", found.total).format(n=formats.number(found.total))
    may_open = frame.person().may_open("contact")
    said = [total]
    if found.total > SHOWN:
        said.append(_("показаны первые {shown}").format(shown=formats.number(SHOWN)))
    if may_open:
        said.append(_("нажмите на строку, чтобы открыть карточку"))
    st.caption(" · ".join(said))
    if found.total < number:
        st.caption(
            _(
                "Случаев {n}, это больше: у одного контакта их бывает несколько, "
                "а у записи журнала обращений может не быть контакта."
            ).format(n=formats.number(number))
        )
    names = people.names()  # once: a question a row would ask the lake for its version each time
    table.table(
        found.rows,
        _columns(found.rows, is_judged=promise is not None, is_one_state=in_state is not None),
        key=key,
        show={
            "received_at": formats.when,
            "line": labels.line,
            "channel": labels.channel,
            "category": labels.category,
            "operator_id": lambda one: names.get(one, one or "—"),
            "state": state.text,
            "due_at": lambda at: formats.when(at) if at else "—",
            "stopped_at": lambda at: formats.when(at) if at else "—",
            "text": lambda text: text or "—",
        },
        opens="contact_id" if may_open else None,
        height=420,
    )
    table.downloads(
        partial(_all, query, asked) if found.total > SHOWN else found.rows, key, key=key
    )


def _all(query: Query, asked: dict[str, str | None]) -> pl.DataFrame:
    """Return every contact the heading counts: asked for only when somebody wants the file."""
    return contacts(data.lake(), query, limit=None, **asked).rows  # type: ignore[arg-type]


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
