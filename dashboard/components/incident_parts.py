"""Outages in parts: figures that move by themselves, people to be told, the log of the shift."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data, labels
from dashboard.components import (
    behind,
    empty,
    frame,
    incident_acts,
    incident_words,
    state,
    table,
)
from dashboard.i18n import N_, _, _n, formats
from pipelines import metrics
from pipelines.metrics import Query
from pipelines.metrics.query import END_OF_TIME
from pipelines.shift import incidents

EVER = datetime(1970, 1, 1, tzinfo=UTC)
EVERY_S = 3.0  # how often the figures of a page look whether the lake has moved
LISTED_DAYS = 30
SPANS = {"12": N_("12 часов"), "24": N_("сутки"), "168": N_("7 дней")}


def found(incident_id: str) -> dict[str, Any] | None:
    """Return one outage as it stands now, or None."""
    rows = data.ask(metrics.incidents, _ever(), incident_id, live=True)
    return rows.row(0, named=True) if len(rows) else None


def recent() -> pl.DataFrame:
    """Return the outages of the last days, open ones first."""
    start = data.minute() - timedelta(days=LISTED_DAYS)
    query = Query(start, END_OF_TIME, scope=access.scope(frame.person()))
    return data.ask(metrics.incidents, query, live=True)


def _ever() -> Query:
    return Query(EVER, END_OF_TIME, scope=access.scope(frame.person()))


@st.fragment(run_every=EVERY_S)
def figures(incident_id: str) -> None:
    """Draw the figures of one outage; they move as contacts come."""
    row = found(incident_id)
    if row is None:
        return
    now = data.now()
    end = row["restored_at"] or now
    with st.container(horizontal=True, key="incident_tiles"):
        state.tile(
            _("Идёт") if row["restored_at"] is None else _("Длился"),
            formats.duration((end - row["detected_at"]).total_seconds()),
            note=_("с {time}").format(time=formats.when(row["detected_at"])),
        )
        _promise(row, now)
        state.tile(
            _("Заявители"),
            formats.number(row["citizens"]),
            note=_n("{n} контакт", "{n} контактов", row["contacts"]).format(
                n=formats.number(row["contacts"])
            )
            + (
                " · "
                + _("заявитель неизвестен у {n}").format(n=formats.number(row["contacts_unknown"]))
                if row["contacts_unknown"]
                else ""
            ),
        )
        state.tile(
            _("Объявление"),
            _("включено") if row["is_announced"] else _("выключено"),
            note=_announced(row),
        )
        if row["to_notify"] is not None:
            state.tile(
                _("Осталось уведомить"),
                formats.number(row["to_notify"]),
                note=_("заявителей"),
            )
    st.caption(incident_words.hang_ups(row))
    if row["is_announced"] and row["restored_at"] is not None:
        st.warning(_("Сервис восстановлен, а объявление ещё включено."))
    if row["announcement"]:
        st.caption(_("Текст объявления: {text}").format(text=row["announcement"]))


def _promise(row: dict[str, Any], now: datetime) -> None:
    if row["due_at"] is None:
        return
    rest = (row["due_at"] - (row["restored_at"] or now)).total_seconds()
    state.tile(
        _("До срока") if rest >= 0 else _("Сверх срока"),
        formats.duration(abs(rest)),
        note=_("норматив {time}").format(time=formats.limit(row["target_s"])),
        state=row["state"],
    )


def _announced(row: dict[str, Any]) -> str:
    if row["announced_at"] is None:
        return _("не включалось")
    if row["silenced_at"] is not None:
        return f"{formats.clock(row['announced_at'])}–{formats.clock(row['silenced_at'])}"
    return _("с {time}").format(time=formats.clock(row["announced_at"]))


def heading(row: dict[str, Any]) -> None:
    """Draw what the outage is, who opened it and what was known then."""
    st.header(incident_words.title(row), anchor=False)
    said = [_("сбой {id}").format(id=row["incident_id"])]
    if row["opened_by"]:
        said.append(
            _("открыл {who} {time}").format(
                who=incident_words.who(row["opened_by"]), time=formats.when(row["opened_at"])
            )
        )
    st.caption(" · ".join([*said, row["note"] or ""]).strip(" ·"))


@st.fragment(run_every=EVERY_S)
def to_tell(incident_id: str) -> None:
    """Draw the people still to be told that the service is back, and the way to mark them.

    Looks again by itself: whoever is told elsewhere leaves the list; nothing before the end.
    """
    row = found(incident_id)
    if row is None or row["restored_at"] is None:
        return
    state.heading(_("Кого уведомить"))
    rows = data.ask(
        metrics.to_notify, row["incident_id"], scope=access.scope(frame.person()), live=True
    )
    if rows.is_empty():
        st.success(incident_words.to_tell(row | {"to_notify": 0}).capitalize() + ".")
        return
    st.caption(
        _(
            "Заявители, обращавшиеся во время сбоя, которым после восстановления "
            "не отправлено уведомление. Строка исчезает, когда уведомление есть в журнале "
            "или отмечено здесь."
        )
    )
    may_act = frame.person().may_act
    chosen = table.choose(
        rows,
        {
            "received_at": _("Поступил"), "channel": _("Канал"), "line": _("Линия поддержки"),
            "category": _("Тематика"), "contacts": _("Контактов"), "case_number": _("Обращение"),
            "contact_id": _("Контакт"),
        },
        key=f"incident_untold_{incident_id}",
        show={
            "received_at": formats.when, "channel": labels.channel, "line": labels.line,
            "category": labels.category,
        },
        picks=may_act,
    )  # fmt: skip
    if may_act:
        with st.container(horizontal=True, key="incident_telling"):
            _mark(row, chosen, _("Отметить уведомлёнными: {n}"), "told", disabled=not chosen)
            _mark(row, rows["contact_id"].to_list(), _("Уведомлены все: {n}"), "told_all")
    table.downloads(rows, f"to_notify_{row['incident_id']}", key="incident_untold_file")


def _mark(
    row: dict[str, Any], contacts: list[str], label: str, name: str, *, disabled: bool = False
) -> None:
    words = label.format(n=formats.number(len(contacts)))
    if st.button(words, key=f"incident_{name}", disabled=disabled) and incident_acts.do(
        incidents.notified, row["incident_id"], contacts
    ):
        st.rerun()


def contacts(row: dict[str, Any]) -> None:
    """Draw the contacts of the outage: a query over its category, line, region and time."""
    with st.expander(_("Контакты сбоя: {n}").format(n=formats.number(row["contacts"]))):
        end = row["restored_at"] or data.minute() + timedelta(minutes=1)
        if end <= row["detected_at"]:
            return
        where: dict[str, object] = {
            name: row[name] for name in ("category", "line", "region") if row[name]
        }
        query = Query(row["detected_at"], end, where=where, scope=access.scope(frame.person()))
        behind.contacts_behind(query, key="incident_contacts")


def listed(rows: pl.DataFrame) -> None:
    """Draw the outages of the last days; a row opens its page."""
    state.heading(_("Сбои за {n} дней").format(n=LISTED_DAYS))
    if rows.is_empty():
        empty.nothing(
            _("Массовых сбоев за это время не отмечено."),
            _("Их открывает старший смены: здесь или по всплеску на странице «Сейчас»."),
        )
        return
    shown = rows.with_columns(
        about=pl.Series(
            [incident_words.title(r) for r in rows.iter_rows(named=True)], dtype=pl.String
        ),
        told=pl.Series([_stands(r) for r in rows.iter_rows(named=True)], dtype=pl.String),
    )
    picked = table.table(
        shown,
        {
            "about": _("Массовый сбой"), "detected_at": _("Начало"),
            "restored_at": _("Восстановлен"), "restored_s": _("Длился"), "state": _("Срок"),
            "citizens": _("Заявители"), "contacts": _("Контакты"), "told": _("Сейчас"),
        },
        key="incident_list",
        show={
            "detected_at": formats.when,
            "restored_at": lambda at: formats.when(at) if at else _("ещё идёт"),
            "restored_s": lambda s: formats.duration(s) if s is not None else "—",
            "state": state.text,
        },
    )  # fmt: skip
    if picked:
        incident_acts.show(picked["incident_id"])
    table.downloads(rows, "incidents", key="incident_list_file")


def _stands(row: dict[str, Any]) -> str:
    if row["restored_at"] is not None:
        return incident_words.to_tell(row)
    return _("объявление включено") if row["is_announced"] else _("объявления нет")


def log(incident_id: str | None = None) -> None:
    """Draw the acts and notes of the shift, or of one outage, by time, with who; and a download."""
    state.heading(_("Журнал смены") if incident_id is None else _("Журнал сбоя"))
    start = EVER
    if incident_id is None:
        hours = st.segmented_control(
            _("За последние"), list(SPANS), default="12", required=True,
            format_func=lambda one: _(SPANS[one]), key="incident_span",
            label_visibility="collapsed",
        )  # fmt: skip
        start = data.minute() - timedelta(hours=int(hours or "12"))
    query = Query(start, END_OF_TIME, scope=access.scope(frame.person()))
    rows = data.ask(metrics.shift_log, query, incident_id, live=True)
    if frame.person().may_act:
        _note(incident_id)
    if rows.is_empty():
        st.caption(_("Записей пока нет."))
        return
    found = list(rows.iter_rows(named=True))
    worded = pl.DataFrame(
        {
            "acted_at": rows["acted_at"],
            "who": [incident_words.who(r["who"]) for r in found],
            "act": [incident_words.kind(r["kind"]) for r in found],
            "incident": [incident_words.title(r) if r["incident_id"] else "—" for r in found],
            "text": [incident_words.told(r) for r in found],
        }
    ).reverse()
    columns = {"acted_at": _("Время"), "who": _("Кто"), "act": _("Действие")}
    columns |= {} if incident_id else {"incident": _("Массовый сбой")}
    table.table(
        worded, columns | {"text": _("Что")}, key="incident_log",
        show={"acted_at": formats.when}, picks=False,
    )  # fmt: skip
    table.downloads(worded, "shift_log", key="incident_log_file")


def _note(incident_id: str | None) -> None:
    with (
        st.form("incident_note_form", clear_on_submit=True, border=False),
        st.container(horizontal=True),
    ):
        text = st.text_input(
            _("Заметка"), key="incident_note", max_chars=500, label_visibility="collapsed",
            placeholder=_("Заметка в журнал: что узнали, кому звонили, что решили"),
        )  # fmt: skip
        is_sent = st.form_submit_button(_("Записать"), key="incident_note_send")
    if is_sent and incident_acts.do(incidents.note, text, incident_id):
        st.rerun()


def handover(rows: pl.DataFrame) -> None:
    """Draw the note at the end of a shift, drafted from what goes on."""
    if not frame.person().may_act:
        return
    with st.expander(_("Передать смену"), icon=":material/swap_horiz:"):
        draft = incident_words.handover(list(rows.iter_rows(named=True)))
        with st.form("incident_handover_form", border=False):
            text = st.text_area(
                _("Что должна знать следующая смена"), value=draft, height=180,
                key="incident_handover", max_chars=4000,
            )  # fmt: skip
            is_sent = st.form_submit_button(_("Передать смену"), key="incident_handover_send")
        if is_sent and incident_acts.do(incidents.hand_over, text):
            st.rerun()
