"""One operator looked into: the score in words, its parts, and the contacts behind it."""

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, theme
from dashboard.components import (
    behind,
    chart,
    frame,
    operator_card,
    operator_coaching,
    operator_course,
    operator_gate,
    operator_own,
    operator_words,
    people,
    state,
    table,
)
from dashboard.figures.operators import parts
from dashboard.i18n import N_, _, formats
from pipelines.metrics import Query, scored_parts

CONTACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "newest": (N_("Все, новые сверху"), {"counted": "answered"}),
    "rating": (N_("С низкой оценкой заявителя"), {"counted": "answered", "order": "rating"}),
    "breached": (N_("Где срок был нарушен"), {"in_state": "breached"}),
    "behind": (N_("За оценкой, по составляющим"), {}),
}


def draw(row: dict[str, Any], query: Query) -> None:
    """Draw a row of `scored`; `query` is the page's period and scope."""
    operator = row["operator"]
    made = data.ask(scored_parts, query, operator)
    st.header(people.name(operator), anchor=False, divider="gray")
    with st.container(horizontal=True, vertical_alignment="center"):
        state.badge(row["band"] or "insufficient")
        st.markdown(_said(row), width="content")
        state.passport(operator_words.passport(row, made), key="operators_passport")
        operator_card.buttons([operator], query, name=f"operator-{operator}", key="operators_card")
    operator_gate.draw(operator, query, row["reviews"])
    left, right = st.columns([1, 2], gap="large")
    with left:
        state.heading(_("Почему так"))
        for sentence in operator_words.reasons(row, made):
            st.markdown(sentence)
        moved = made["rows"].filter(pl.col("contribution").is_not_null() & (pl.col("weight") > 0))
        if len(moved):
            _moved(moved)
    with right:
        _parts(made["rows"], made["scale"])
    operator_course.draw(operator, query, average=made["average"], least=made["least"])
    operator_coaching.draw(operator, query, is_scored=row["score"] is not None)
    _contacts(operator, query)


def _said(row: dict[str, Any]) -> str:
    said = [
        _("контактов: {n}").format(n=formats.number(row["n"])),
        _("команда: {team}").format(team=row["team"] or "—"),
    ]
    if row["score"] is not None:
        score = operator_words.interval(row)
        said.insert(0, _("оценка {score}, 80 % интервал в скобках").format(score=f"**{score}**"))
    return " · ".join(said)


def _moved(rows: pl.DataFrame) -> None:
    named = rows.with_columns(
        label=pl.Series([operator_words.component(one) for one in rows["component"]]),
        shown=pl.Series([formats.signed(one, 1) for one in rows["contribution"]]),
    )
    chart.draw(
        parts(named, theme.palette(theme.mode()), {"points": _("Вклад, баллов")}),
        key="operators_parts_figure",
    )


def _parts(rows: pl.DataFrame, scale: dict[str, Any]) -> None:
    state.heading(_("Составляющие: факт и ожидаемое для того же состава контактов"))
    if rows.is_empty():
        st.caption(_("Ни одной составляющей не измерено."))
        return
    found = rows.to_dicts()
    worded = rows.with_columns(
        name=pl.Series([operator_words.component(one["component"]) for one in found]),
        fact=pl.Series([operator_words.amount(one["component"], one["value"]) for one in found]),
        norm=pl.Series([operator_words.amount(one["component"], one["expected"]) for one in found]),
        standard=pl.Series(
            [operator_words.amount(one["component"], one["standard"]) for one in found]
        ),
        apart=pl.Series([operator_words.gap(one["component"], one["gap"]) for one in found]),
    )
    is_later = scale["base_first"] is not None and not scale["is_base"]
    table.table(
        worded,
        {
            "name": _("Составляющая"),
            "fact": _("Факт"),
            "norm": _("Ожидалось"),
            "apart": _("Разница"),
            "contribution": _("Вклад, баллов"),
            "weight": _("Вес"),
            "n": _("База"),
            **({"standard": _("В базовом периоде")} if is_later else {}),
        },
        key="operators_parts",
        right=("fact", "norm", "apart", "standard", "weight"),
        picks=False,
        show={
            "contribution": lambda one: "—" if one is None else formats.signed(one, 1),
            "weight": lambda one: formats.share(one) if one else _("не входит"),
        },
    )
    told = [
        _(
            "База — контакты, где составляющую можно измерить. "
            "Время обработки оценивается коридором: короче — не значит лучше."
        )
    ]
    if is_later:
        told.append(
            _(
                "Ожидалось — от среднего оператора этого периода на тех же контактах; вклад "
                "считается к среднему оператору базового периода."
            )
        )
    st.caption(" ".join(told))


def _contacts(operator: str, query: Query) -> None:
    state.heading(_("Контакты за этой оценкой"))
    is_own = frame.person().operator_id == operator
    chosen = st.segmented_control(
        _("Какие контакты"),
        list(CONTACTS),
        default="behind" if is_own else "newest",
        required=True,
        format_func=lambda name: _(CONTACTS[name][0]),
        key="operators_which",
        label_visibility="collapsed",
    )
    if chosen == "behind":
        operator_own.contacts(query, operator)
        return
    if chosen == "breached":
        st.caption(
            _("Срок любого обещания: в оценку входит только собственная часть работы оператора.")
        )
    mine = replace(query, where={"operator": (operator,)})
    behind.contacts_behind(mine, key=f"operators_contacts_{chosen}", **CONTACTS[chosen][1])
