"""Bursts on Проблемы: episodes of a topic, of lines and of the whole volume; one looked into."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import behind, frame, incident_acts, picked, state, table
from dashboard.i18n import _, formats
from pipelines.metrics import Query, burst_detail, bursts, with_parts
from pipelines.problems.bursts import ALL

SIDE_PX = 250


def of_all(query: Query) -> None:
    """Say in one line that all contacts, a line's or lost ones were more than usual; it opens them.

    What is part of an episode of a topic is told with that topic.
    """
    told = with_parts(data.ask(bursts, query, each_minute=True))
    found = told.filter((pl.col("kind") != "category") | (pl.col("category") == ALL))
    if found.is_empty():
        return
    last, n = found.row(0, named=True), len(found)
    said = _("Всплески общего объёма, линий и потерь: {n}").format(n=formats.number(n))
    with st.expander(
        f"{said} · {labels.burst(last)} · {_span(last)}",
        icon=":material/trending_up:",
        expanded=_asked(found) is not None,
        key="problems_bursts_of_all",
    ):
        st.caption(
            _(
                "Контактов горячей линии вместе, одной её линии или потерянных в очереди было "
                "больше обычного, какой бы ни была тематика."
            )
        )
        _episodes("all", found, query)


def of_topic(category: str, query: Query) -> None:
    """Draw the episodes of a topic and the one looked into."""
    told = with_parts(data.ask(bursts, query, each_minute=True))
    found = told.filter(category=category)
    if found.is_empty():
        return
    state.heading(_("Всплески"))
    _episodes("topic", found, query)


def _episodes(whose: str, found: pl.DataFrame, query: Query) -> None:
    rows = found.with_columns(
        name=pl.Series([labels.burst(row) for row in found.to_dicts()], dtype=pl.String),
        beside=pl.Series([_parts(row["parts"]) for row in found.to_dicts()], dtype=pl.String),
    )
    clicked = table.table(
        rows,
        ({"name": _("Всплеск")} if whose == "all" else {})
        | {
            "started_at": _("Начало"),
            "ended_at": _("Конец"),
            "contacts": _("Контакты"),
            "excess": _("Сверх обычного"),
            "beside": _("Вместе с ним"),
        },
        key=f"{picked.key('burst')}_{whose}",
        show={
            "started_at": formats.when,
            "ended_at": lambda at: formats.when(at) if at else _("продолжается"),
            "excess": lambda n: formats.signed(n, 0),
        },
        height=240,
        hint=_("Нажмите на всплеск: где он был, что писали заявители, и его контакты."),
    )
    if chosen := picked.newly(f"burst_{whose}", clicked["burst_id"] if clicked else None):
        picked.now("burst", chosen)
    burst_id = _asked(found)
    if burst_id is None:
        return
    detail = data.ask(burst_detail, query, burst_id, each_minute=True)
    if detail is not None:
        with st.container(border=True):
            _detail(detail, whose)


def _asked(found: pl.DataFrame) -> str | None:
    """Return the id of the episode looked into, if it is one of these."""
    burst_id = picked.before("burst")
    return burst_id if burst_id in found["burst_id"].to_list() else None


def _parts(parts: list[dict[str, Any]]) -> str:
    """Name what is no episode of its own but the shadow of one."""
    return "; ".join(f"{labels.burst(one)} {formats.signed(one['excess'], 0)}" for one in parts)


def _span(burst: dict[str, Any]) -> str:
    end = formats.when(burst["ended_at"]) if burst["ended_at"] else _("продолжается")
    said = f"{formats.when(burst['started_at'])} — {end}"
    if burst["excess"] is None:
        return said
    more = _("сверх обычного: {n}").format(n=formats.signed(burst["excess"], 0))
    return f"{said} · {more}"


def _detail(detail: dict[str, Any], whose: str) -> None:
    burst = detail["burst"]
    key = "problems_burst_all" if whose == "all" else "problems_burst"
    said = f"{labels.burst(burst)} · {_span(burst)}" if whose == "all" else _span(burst)
    state.heading(_("Всплеск: {span}").format(span=said))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_people(detail), width="content")
        _outage(detail, key)
        picked.close("burst")
    if len(detail["parts"]):
        together = _parts(detail["parts"].to_dicts())
        st.caption(_("Вместе с ним: {names}.").format(names=together))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _side("line", detail["lines"], key)
        _side("region", detail["regions"], key)
    with right:
        _phrases(detail["phrases"], key)
        _examples(detail["examples"], key)
    state.heading(_("Контакты всплеска"))
    st.caption(_("По всей горячей линии: фильтры страницы здесь не действуют."))
    behind.contacts_behind(detail["query"], key=f"{key}_contacts", counted=detail["counted"])


def _people(detail: dict[str, Any]) -> str:
    if detail["citizens"] is None:
        return _("Заявители в журналах не названы.")
    said = [_("заявителей: {n}").format(n=formats.number(detail["citizens"]))]
    if detail["excess_people"] is not None:
        more = formats.number(detail["excess_people"], 0)
        said.append(_("из них сверх обычного примерно {n}").format(n=more))
    return " · ".join(said)


def _outage(detail: dict[str, Any], key: str) -> None:
    """Draw the way to the outage it belongs to, or to make it one."""
    burst = detail["burst"]
    if detail["incident_id"]:
        if frame.person().may_open("incident") and st.button(
            _("К сбою этого всплеска"), key=f"{key}_incident", icon=":material/report:"
        ):
            incident_acts.show(detail["incident_id"])
    elif frame.person().may_act and st.button(
        _("Сделать сбоем"),
        key=f"{key}_make",
        icon=":material/report:",
        help=_("Сбой с начала всплеска до его конца; если такой уже открыт, откроется он."),
    ):
        incident_acts.of_burst(burst["burst_id"], [burst])


def _side(side: str, rows: pl.DataFrame, key: str) -> None:
    names = {"line": _("По линиям"), "region": _("По регионам")}
    of = {"line": labels.line, "region": labels.region}[side]
    if not rows[side].count():  # the logs name none
        return
    known = [_("не указано") if one is None else of(one) for one in rows[side]]
    table.table(
        rows.with_columns(name=pl.Series(known, dtype=pl.String)),
        {
            "name": names[side],
            "contacts": _("Контакты"),
            "share": _("Доля"),
            "excess": _("Сверх обычного"),
        },
        key=f"{key}_{side}",
        show={"share": lambda one: formats.share(one, 0), "excess": formats.signed},
        height=SIDE_PX,
        picks=False,
    )


def _phrases(rows: pl.DataFrame, key: str) -> None:
    if rows.is_empty():
        st.caption(_("Слов, которыми эти контакты отличаются от остальных, в текстах не найдено."))
        return
    table.table(
        rows,
        {
            "phrase": _("Так пишут"),
            "n": _("Контакты"),
            "share": _("Доля"),
            "share_else": _("У остальных"),
        },
        key=f"{key}_phrases",
        show={
            "share": lambda one: formats.share(one, 0),
            "share_else": lambda one: formats.share(one, 1),
        },
        height=SIDE_PX,
        picks=False,
    )


def _examples(rows: pl.DataFrame, key: str) -> None:
    if rows.is_empty():
        return
    st.markdown("**{words}**".format(words=_("Например")))
    for n, row in enumerate(rows.iter_rows(named=True)):
        # a text of a citizen is no markup
        st.text(f"— {' '.join(row['text'].split())}")
        said = f"{formats.when(row['received_at'])} · {labels.channel(row['channel'])}"
        if not frame.person().may_open("contact"):
            st.caption(said)
        elif st.button(said, key=f"{key}_example_{n}", type="tertiary", help=_("Открыть контакт")):
            table.open_contact(row["contact_id"])
