"""Alerts below the board: taking one in hand, and what there was."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import access, data
from dashboard.components import empty, frame, state, table
from dashboard.i18n import _, formats
from dashboard.live import alerts as words
from pipelines.alerts import store
from pipelines.errors import LiniyaError, UsageError
from pipelines.metrics import Scope

MOST = 500
NOTE_LENGTH = 500
NAME_LENGTH = 60


def take(alert_id: str) -> None:
    """Ask for a name and a note, and write down who has the alert in hand."""
    found = store.alerts(data.settings(), scope=access.scope(frame.person()))
    rows = found.filter(pl.col("alert_id") == alert_id).to_dicts()
    if not rows or not frame.person().may_act:
        return
    st.dialog(_("Взять в работу"))(_form)(rows[0])


def _form(row: dict[str, object]) -> None:
    st.markdown(f"**{words.name(row)}**  \n{words.value(row)}")
    by = st.text_input(
        _("Кто берёт"),
        # a profile is shared by a shift: a name typed once stays until the page is closed
        value=st.session_state.get("alert_taken_by") or frame.person().name,
        key="now_alert_by",
        max_chars=NAME_LENGTH,
    )
    note = st.text_area(
        _("Что делается"),
        key="now_alert_note",
        max_chars=NOTE_LENGTH,
        placeholder=_("Без персональных данных: телефоны и имена будут скрыты"),
    )
    if st.button(_("Взять в работу"), key="now_alert_take", type="primary"):
        try:
            store.acknowledge(data.settings(), str(row["alert_id"]), by or "", note or "")
        except UsageError:
            st.warning(_("Назовите имя или должность: без телефонов и адресов."))
            return
        except LiniyaError:  # it ended meanwhile, or another was faster
            st.warning(_("Оповещение уже завершено."))
            return
        st.session_state["alert_taken_by"] = (by or "").strip()
        st.rerun()


def history(scope: Scope) -> None:
    """Draw the alerts there were in a scope, the running ones first, with their export."""
    with st.expander(_("История оповещений"), key="now_alert_history"):
        found = store.alerts(data.settings(), scope=scope, most=MOST)
        if looked := words.blind(store.watch(data.settings())):
            st.warning(looked[0].upper() + looked[1:])
        if found.is_empty():
            empty.nothing(
                _("Оповещений ещё не было."),
                _("Правила: `data/reference/alerts.yml`, проверяет их `liniya run`."),
            )
            return
        table.table(
            _worded(found),
            {
                "severity_word": _("Важность"),
                "what": _("Оповещение"),
                "since_at": _("Началось"),
                "lasted": _("Длилось"),
                "worst_word": _("Худшее"),
                "delivery_word": _("Сообщения"),
                "held": _("Кто и что"),
            },
            key="now_alerts",
            show={"since_at": formats.when},
            height=420,
            picks=False,
            right=("lasted", "worst_word"),
        )
        table.downloads(found, "alerts", key="now_alerts")


def _worded(found: pl.DataFrame) -> pl.DataFrame:
    rows = found.to_dicts()
    now = data.now()
    return found.with_columns(
        severity_word=pl.Series([state.text(row["severity"]) for row in rows]),
        what=pl.Series([words.name(row) for row in rows]),
        lasted=pl.Series([_lasted(row["since_at"], row["ended_at"], now) for row in rows]),
        worst_word=pl.Series([words.figure(row["kind"], row["worst"]) for row in rows]),
        held=pl.Series([words.held(row) or "—" for row in rows]),
        delivery_word=pl.Series([words.delivery(row) for row in rows]),
    )


def _lasted(since: datetime, ended: datetime | None, now: datetime) -> str:
    span = formats.duration(max(((ended or now) - since).total_seconds(), 0))
    return span if ended else _("идёт {span}").format(span=span)
