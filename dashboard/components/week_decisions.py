"""«Требует решения» of a week: what was decided, by whom and until when, and what came of it."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import frame, incident_acts, incident_words, state, table
from dashboard.i18n import N_, _, formats, language
from pipelines.errors import ActError
from pipelines.metrics import figure, headline
from pipelines.metrics.decisions import decisions, followed, of_period
from pipelines.reports import Words
from pipelines.reports.figure_words import figure_name, figure_value
from pipelines.shift.decisions import MOST, OUTCOMES, close, decide
from pipelines.shift.project import pending

WEEK = timedelta(days=7)
REFUSED = {
    "no_text": N_("Напишите, что решено сделать."),
    "no_owner": N_("Назовите ответственного."),
    "past_day": N_("Этот день уже прошёл."),
    "enough": N_("Открытых решений по этому периоду уже три."),
    "not_there": N_("Это решение уже закрыто."),
}
OUTCOME = {"done": N_("выполнено"), "dropped": N_("снято")}


def draw(iso_week: str, figures: dict[str, Any]) -> None:
    """Draw the decisions about this week, those of earlier ones, and the ways to add and close."""
    rows = data.ask(decisions, live=True)
    ours = of_period(rows, iso_week)
    state.heading(_("Требует решения"))
    if ours.is_empty():
        st.caption(_("Решений по этому периоду пока не записано."))
    else:
        _table(ours, key="week_decisions")
    may_write = frame.person().may_publish
    if may_write and len(ours.filter(pl.col("outcome").is_null())) < MOST:
        _adding(iso_week, figures)
    earlier = followed(rows, figures, figures["start"], today=formats.local(data.now()))
    if len(earlier):
        state.heading(_("Что решили раньше и что стало с показателем"))
        _table(earlier, key="week_followed", late=True)
    open_ones = pl.concat([ours, earlier.select(ours.columns)]).filter(pl.col("outcome").is_null())
    if may_write and len(open_ones):
        _closing(open_ones)
    if pending(data.lake()):
        incident_acts.waiting()


def _table(rows: pl.DataFrame, *, key: str, late: bool = False) -> None:
    words, reference = Words(language(), data.settings().tz), data.lake().reference
    found = rows.to_dicts()
    shown = rows.with_columns(
        name=pl.Series([figure_name(reference, one["figure"], words) for one in found]),
        was=pl.Series([figure_value(one["value"], one["unit"], words) for one in found]),
        status=pl.Series([_status(one) for one in found]),
        due=pl.Series([formats.day(one["due_on"]) for one in found]),
    )
    columns = {"text": _("Решение"), "name": _("Показатель"), "was": _("Было")}
    if late:
        shown = shown.with_columns(
            now=pl.Series([figure_value(one["value_now"], one["unit"], words) for one in found]),
            went=pl.Series([_went(one) for one in found]),
        )
        columns |= {"now": _("Стало"), "went": _("Изменение")}
    columns |= {"owner": _("Ответственный"), "due": _("Срок"), "status": _("Состояние")}
    table.table(shown, columns, key=key, right=("was", "now"), picks=False)


def _status(row: dict[str, Any]) -> str:
    if outcome := row["outcome"]:
        return ": ".join(part for part in (_(OUTCOME[outcome]), row["result"]) if part)
    return _("срок прошёл") if row.get("is_late") else _("в работе")


def _went(row: dict[str, Any]) -> str:
    if row["better"] is None:
        return "—"
    return _("лучше") if row["better"] else _("хуже")


def _adding(iso_week: str, figures: dict[str, Any]) -> None:
    words, reference = Words(language(), data.settings().tz), data.lake().reference
    with st.popover(_("Записать решение"), icon=":material/add_task:", key="week_deciding"):
        known = {
            one.name: f"{figure_name(reference, one.name, words)}: "
            f"{figure_value(one.value, one.unit, words)}"
            for one in headline(figures)
            if one.value is not None
        }
        chosen = st.selectbox(
            _("Показатель"), list(known), format_func=lambda one: known[one], key="week_figure"
        )
        text = st.text_area(_("Что решено сделать"), key="week_text", max_chars=300, height=68)
        owner = st.text_input(
            _("Ответственный"), key="week_owner", max_chars=60, placeholder=_("должность или отдел")
        )
        today = formats.local(data.now()).date()
        due = st.date_input(
            _("Срок"), key="week_due", value=today + WEEK, min_value=today, format="DD.MM.YYYY"
        )
        if st.button(_("Записать"), type="primary", key="week_decide"):
            about = figure(figures, str(chosen))
            _act(decide, period=iso_week, figure=about, text=text, owner=owner, due=due)


def _closing(rows: pl.DataFrame) -> None:
    names = dict(rows.select("decision_id", "text").iter_rows())
    with st.popover(_("Закрыть решение"), icon=":material/task_alt:", key="week_closing"):
        chosen = st.selectbox(
            _("Решение"), list(names), format_func=lambda one: names[one], key="week_closed"
        )
        outcome = st.segmented_control(
            _("Итог"),
            OUTCOMES,
            format_func=lambda one: _(OUTCOME[one]),
            default=OUTCOMES[0],
            required=True,
            key="week_outcome",
        )
        text = st.text_area(_("Что получилось"), key="week_result", max_chars=300, height=68)
        if st.button(_("Закрыть"), type="primary", key="week_close"):
            _act(close, decision_id=chosen, outcome=outcome, text=text)


def _act(act: Any, **args: Any) -> None:
    lake = data.lake()
    try:
        act(lake, frame.person().id, lake.now(), **args)
    except ActError as error:
        words = _(REFUSED[error.code]) if error.code in REFUSED else incident_words.refused(error)
        st.error(words)
        return
    incident_acts.carried()
    st.rerun()
