"""Bursts on Проблемы: episodes of a topic or of the whole volume, and one of them looked into."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import behind, frame, incident_acts, picked, state, table
from dashboard.i18n import _, formats
from pipelines.metrics import Query, burst_detail, bursts
from pipelines.problems.bursts import ALL

SEPARATOR = "~"  # in the address: of category and beginning
SIDE_PX = 250


def of_all(query: Query) -> None:
    """Say in one line that all contacts together were more than usual; it opens the episodes."""
    found = data.ask(bursts, query, ALL, each_minute=True)
    if found.is_empty():
        return
    last, n = found.row(0, named=True), len(found)
    said = _("Всплески общего объёма: {n}").format(n=formats.number(n))
    with st.expander(
        f"{said} · {_span(last)}",
        icon=":material/trending_up:",
        expanded=_asked(ALL) is not None,
        key="problems_bursts_of_all",
    ):
        st.caption(
            _("Контактов горячей линии вместе было больше обычного, какой бы ни была тематика.")
        )
        _episodes(ALL, found, query)


def of_topic(category: str, query: Query) -> None:
    """Draw the episodes of a topic and the one looked into."""
    found = data.ask(bursts, query, category, each_minute=True)
    if found.is_empty():
        return
    state.heading(_("Всплески"))
    _episodes(category, found, query)


def _episodes(category: str, found: pl.DataFrame, query: Query) -> None:
    whose = "all" if category == ALL else "topic"
    clicked = table.table(
        found,
        {
            "started_at": _("Начало"),
            "ended_at": _("Конец"),
            "contacts": _("Контакты"),
            "excess": _("Сверх обычного"),
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
    begun = f"{clicked['started_at'].astimezone(UTC):%Y-%m-%dT%H:%MZ}" if clicked else None
    if chosen := picked.newly(f"burst_{whose}", begun):
        picked.now("burst", f"{category}{SEPARATOR}{chosen}")
    started_at = _asked(category)
    if started_at is None:
        return
    detail = data.ask(burst_detail, query, category, started_at, each_minute=True)
    if detail is not None:
        with st.container(border=True):
            _detail(detail)


def _asked(category: str) -> datetime | None:
    """Return when the episode looked into began, if it is one of this category."""
    of, __, moment = picked.before("burst").partition(SEPARATOR)
    if of != category:
        return None
    try:
        return datetime.fromisoformat(moment)
    except ValueError:  # an address somebody typed
        return None


def _span(burst: dict[str, Any]) -> str:
    end = formats.when(burst["ended_at"]) if burst["ended_at"] else _("продолжается")
    said = f"{formats.when(burst['started_at'])} — {end}"
    if burst["excess"] is None:
        return said
    more = _("сверх обычного: {n}").format(n=formats.signed(burst["excess"], 0))
    return f"{said} · {more}"


def _detail(detail: dict[str, Any]) -> None:
    burst, of_all_contacts = detail["burst"], detail["burst"]["category"] == ALL
    key = "problems_burst_all" if of_all_contacts else "problems_burst"
    state.heading(_("Всплеск: {span}").format(span=_span(burst)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_people(detail), width="content")
        _outage(detail, key)
        picked.close("burst")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _side("line", detail["lines"], key)
        _side("region", detail["regions"], key)
    with right:
        _phrases(detail["phrases"], key)
        _examples(detail["examples"], key)
    state.heading(_("Контакты всплеска"))
    st.caption(_("По всей горячей линии: фильтры страницы здесь не действуют."))
    behind.contacts_behind(detail["query"], key=f"{key}_contacts")


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
        incident_acts.of_burst(burst["category"], [burst])


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
