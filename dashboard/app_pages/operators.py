"""Операторы: who needs help, fairly judged?"""

from dataclasses import replace

import streamlit as st

from dashboard import access, data
from dashboard.components import (
    choice,
    empty,
    frame,
    operator_card,
    operator_detail,
    operator_fairness,
    operator_funnel,
    operator_list,
    operator_own,
    review_acts,
)
from dashboard.components.operator_words import NOT_A_GROUND
from dashboard.i18n import _, formats
from pipelines.metrics import Query, score_periods, score_scale, scored

# Filters
person = frame.person()
scope = access.scope(person)
periods = {row["period"]: row for row in data.ask(score_periods, scope)}
st.info(_(NOT_A_GROUND))
if not periods:
    frame.as_of()
    empty.nothing(
        _("Оценок операторов пока нет."),
        _("Их считает рабочий процесс (`liniya worker`) или команда `liniya rebuild`."),
    )
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = periods[
        choice.one(
            "scores",
            _("Период оценки"),
            list(periods),
            lambda key: formats.span(periods[key]["first"], periods[key]["last"]),
        )
    ]
    query = Query(chosen["start"], chosen["end"], scope=scope)
    everybody = data.ask(scored, query)
    who = {} if person.operator_id else operator_list.who(everybody)

# Data
asked = replace(query, where=dict(who))
rows = operator_list.named(data.ask(scored, asked) if who else everybody)

# View
frame.as_of()
if person.operator_id:
    review_acts.notice()
    operator_detail.draw(rows.row(0, named=True), query)
    operator_own.own(query)
    st.stop()
view = operator_list.view()
if view == operator_list.FAIRNESS:
    operator_fairness.draw(asked)
    st.stop()
if rows.is_empty():
    empty.nothing(
        _("Таких операторов за этот период нет."),
        _("Уберите один из фильтров: команды, линии, умения."),
    )
    st.stop()
operator_list.bands(rows)
operator_list.scale(data.ask(score_scale, query))
if who:
    words = [value for values in who.values() for value in values]
    with st.container(horizontal=True):
        operator_card.buttons(
            rows["operator"].to_list(), query, name="-".join(["operators", *words]),
            key="operators_cards",
        )  # fmt: skip
clicks = (
    operator_funnel.draw(asked, operator_list.asked())
    if view == operator_list.FUNNEL
    else operator_list.scores(rows, average=chosen["average"], least=chosen["least"])
)
picked = operator_list.picked(rows, clicks)
if picked:
    operator_detail.draw(picked, query)
