"""The passport of a promise: how it is counted, other readings, and what failed checks may move."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import data, labels
from dashboard.components import promise_words, state
from dashboard.i18n import _, formats, language
from pipelines.metrics import Query, doubt, readings


def draw(row: dict[str, Any], query: Query, known: Mapping[str, Any]) -> None:
    """Draw a closed part that is counted only once it is opened; the address keeps it open.

    Args:
        row: of `fulfilment`. query: the page's. known: `pipelines.metrics.passport`.
    """
    part = st.expander(
        _("Паспорт показателя: как это посчитано и чему верить"),
        expanded="passport" in st.query_params,
        key="promises_passport",
        on_change="rerun",
    )
    if not part.open:
        st.query_params.pop("passport", None)
        return
    st.query_params["passport"] = "1"
    with part:
        left, right = st.columns(2, gap="large")
        with left:
            _facts(promise_words.passport(row, known))
            if note := known["note"][language() != "ru"]:
                st.caption(note)
        with right:
            _readings(row, query)
            _bounds(row, query)


def _facts(facts: Mapping[str, str]) -> None:
    lines = [f"| {name} | {value} |" for name, value in facts.items()]
    st.markdown("\n".join([f"| {_('Показатель')} | {_('Значение')} |", "|:--|:--|", *lines]))


def _readings(row: dict[str, Any], query: Query) -> None:
    found = data.ask(readings, query, row["promise"], each_minute=True)
    if found.is_empty():
        state.heading(_("Другие прочтения"))
        st.caption(_("У этого обещания одно прочтение."))
        return
    state.heading(_("Другие прочтения, части и голоса"))
    ours = {"reading": "", "value": row["value"], "unit": row["unit"], "n": row["n"]}
    lines = [
        f"| {_reading(one['reading'], row)} | {promise_words.value(one)} | "
        f"{promise_words.base(one)} |"
        for one in (ours, *found.iter_rows(named=True))
    ]
    heads = (_("Прочтение"), _("Факт"), _("База"))
    st.markdown("\n".join([f"| {' | '.join(heads)} |", "|:--|--:|--:|", *lines]))
    if found["formula"].count():
        limit = formats.limit(found.filter(found["formula"].is_not_null()).item(0, "threshold_s"))
        st.caption(
            _(
                "SL-1…SL-5 — общепринятые формулы уровня обслуживания (SL) по всем звонкам в "
                "очереди, порог тот же: {limit}. Короткие сбросы — короче {short}."
            ).format(limit=limit, short=formats.duration(data.settings().short_abandon_s))
        )


def _reading(name: str, row: Mapping[str, Any]) -> str:
    if not name:
        words = _("Это обещание")
        return f"**{words}**: {_(promise_words.FORMULAS[row['kind']])}"
    if name in promise_words.LEVELS:
        return f"**{name}**: {_(promise_words.LEVELS[name])}"
    if name in promise_words.PARTS:
        limit = promise_words.again(data.settings().reopen_hours)
        return _(promise_words.PARTS[name]).format(limit=limit)
    return labels.promise(name)


def _bounds(row: dict[str, Any], query: Query) -> None:
    state.heading(_("Что изменили бы строки, не прошедшие проверку"))
    found = data.ask(doubt, query, row["promise"], each_minute=True)
    if found["share"] is None:
        st.caption(_("Для средних, интервалов и массовых сбоев границ не назвать."))
        return
    if not found["inside"] + found["outside"]:
        st.caption(_("Таких строк за период нет: доля не изменилась бы."))
        return
    st.markdown(
        _("{low} в худшем случае … **{share}** по учёту … {high} в лучшем").format(
            low=formats.share(found["low"], 1),
            share=formats.share(found["share"], 1),
            high=formats.share(found["high"], 1),
        )
    )
    st.caption(
        _(
            "Вне учёта: {outside} (строки в карантине и звонки, которых нет в журнале телефонии). "
            "В учёте, но с противоречиями по сверке журналов: {inside}. "
            "Худший случай — все они нарушены, лучший — все в срок; "
            "к какой линии относится строка в карантине, известно не всегда."
        ).format(outside=formats.number(found["outside"]), inside=formats.number(found["inside"]))
    )
