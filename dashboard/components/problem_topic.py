"""One topic looked into: weeks, hours, lines, channels, regions, and the contacts behind."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st
from babel.dates import get_day_names

from dashboard import data, labels, theme
from dashboard.components import (
    behind,
    chart,
    picked,
    problem_bursts,
    problem_parts,
    problem_subtopics,
    problem_views,
    state,
    table,
)
from dashboard.figures.topics import week_hours, weeks
from dashboard.i18n import N_, _, formats, language
from pipelines.errors import QueryError
from pipelines.metrics import Query, parse_week, topic_hours, topic_sides, topic_weeks

SIDES = {
    "line": N_("По линиям"),
    "channel": N_("По каналам"),
    "region": N_("По регионам"),
    "hour_of_day": N_("По часам суток"),
    "hours": N_("По часам недели"),
    "weeks": N_("По неделям"),
}
SUBTOPIC = {"subtopic": N_("Подтемы")}  # of a category that has any, the first side
TIMES = ("day", "week")  # a bar of a chart by days or weeks
EDGE = timedelta(microseconds=1)  # before an end that is no longer inside
SEPARATOR = "~"  # in the address: of topic, side and value


def draw(topic: str, rows: pl.DataFrame, query: Query) -> None:
    """Draw a topic: its figures, one of its sides, the contacts of it or of the part clicked."""
    row = problem_parts.row_of(topic, rows)
    if day := problem_parts.draw(row, query):
        picked.now("part", SEPARATOR.join((topic, "day", day)))
    if row["category"] is not None:
        problem_bursts.of_topic(row["category"], query)
    own = replace(query, where={**query.where, "category": (row["category"],)})
    with st.container(border=True):
        state.heading(_("Из чего складывается"))
        side = problem_views.chosen("side", _sides(row["category"]), _("Разрез"))
        if side == "subtopic":
            clicked = problem_subtopics.draw(row["category"], own)
            if chosen := picked.newly("part_subtopic", clicked):
                picked.now("part", SEPARATOR.join((topic, side, chosen)))
        elif side == "weeks":
            _weeks(topic, row["category"], query)
        elif side == "hours":
            _hours(topic, own)
        else:
            _side(topic, side, own)
    part = _part(topic, own)
    state.heading(_("Контакты"))
    behind.contacts_behind(part, key="problems_contacts")


def _sides(category: str | None) -> dict[str, str]:
    """Return the sides of a topic, the page's own first."""
    if category is None:
        return SIDES
    return SUBTOPIC | SIDES if problem_subtopics.is_fitted(category) else SIDES | SUBTOPIC


def _side(topic: str, side: str, query: Query) -> None:
    rows = data.ask(topic_sides, query, side, each_minute=True)
    worded = rows.with_columns(
        name=pl.Series([_name(side, one) for one in rows[side]], dtype=pl.String)
    )
    clicked = table.table(
        worded,
        {
            "name": _(SIDES[side]),
            "contacts": _("Контакты"),
            "share": _("Доля"),
            "citizens": _("Заявители"),
            "repeats": _("Повторы"),
            "excess": _("Сверх обычного"),
            **problem_parts.served_columns(),
        },
        key=picked.key("part"),
        show={
            "share": lambda one: formats.share(one, 1),
            "excess": formats.signed,
            **problem_parts.SHOWN,
        },
        height=320,
    )
    table.downloads(rows, f"topic_{side}", key="problems_side")
    value = None
    if clicked:
        value = problem_parts.UNKNOWN if clicked[side] is None else str(clicked[side])
    if chosen := picked.newly(f"part_{side}", value):
        picked.now("part", SEPARATOR.join((topic, side, chosen)))


def _hours(topic: str, query: Query) -> None:
    cells = data.ask(topic_hours, query, each_minute=True)
    names = get_day_names("abbreviated", locale=language())
    told = chart.clicked(
        week_hours(
            cells,
            theme.palette(theme.mode()),
            {"n": _("всего за период"), "small": "", "unit": " " + _("в час")},
            [names[n] for n in range(7)],
        ),
        key=f"{picked.key('part')}_hours_{topic}",
    )
    st.caption(_("Контактов в час в среднем. Нажмите на клетку, чтобы увидеть её контакты ниже."))
    if cell := picked.newly("hours", f"{told[0]}-{told[1]}" if told else None):
        picked.now("part", SEPARATOR.join((topic, "hours", cell)))


def _weeks(topic: str, category: str | None, query: Query) -> None:
    rows = data.ask(topic_weeks, query, category, each_minute=True)
    words = {"first": _("впервые"), "repeats": _("повторные"), "usual": _("обычно для сезона")}
    told = chart.clicked(
        weeks(rows, theme.palette(theme.mode()), words),
        key=f"{picked.key('part')}_weeks_{topic}",
    )
    st.caption(
        _("Последняя неделя может быть неполной: обычное посчитано за те же часы. "
          "Нажмите на столбец недели, чтобы увидеть ниже её контакты.")
    )  # fmt: skip
    if week := picked.newly("week", told[0] if told else None):
        picked.now("part", SEPARATOR.join((topic, "week", week)))
    table.downloads(rows, "topic_weeks", key="problems_weeks")


def _part(topic: str, query: Query) -> Query:
    """Return the question of the part clicked, if it is of this topic, and say which it is."""
    of, __, rest = picked.before("part").partition(SEPARATOR)
    side, __, value = rest.partition(SEPARATOR)
    if of == topic and side in TIMES:
        return _time(side, value, query)
    if of != topic or side not in SIDES | SUBTOPIC or not value:
        return query
    where: dict[str, Any] = {side: (None if value == problem_parts.UNKNOWN else value,)}
    if side == "subtopic":
        said = problem_subtopics.name_of(value, query)
    else:
        said = _name(side, where[side][0])
    if side == "hours":
        weekday, __, hour = value.partition("-")
        if not (weekday.isdecimal() and hour.isdecimal() and 1 <= int(weekday) <= 7):
            return query
        where = {"weekday": (int(weekday),), "hour_of_day": (int(hour),)}
        day = get_day_names("abbreviated", locale=language())[int(weekday) - 1]
        said = f"{day}, {_name('hour_of_day', hour)}"
    _only(said)
    if side == "subtopic":
        problem_subtopics.detail(value, query)
    return replace(query, where={**query.where, **where})


def _time(side: str, value: str, query: Query) -> Query:
    """Return the question of the day or week clicked; weeks of the chart begin before the period.

    What stands in the address and is no day or week of them leaves the question as it is.
    """
    zone = formats.zone()
    try:
        if side == "week":
            start, end = parse_week(value, zone)
            part = replace(query, start=start, end=min(end, query.end))
            said = formats.span(start.date(), formats.local(part.end - EDGE).date())
        else:
            day = date.fromisoformat(value)
            part = replace(query, where={**query.where, "day": (value,)})
            said = formats.day(day, weekday=True)
    except (ValueError, QueryError):
        return query
    _only(said)
    return part


def _only(said: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Ниже только: **{name}**").format(name=said), width="content")
        picked.close("part")


def _name(side: str, value: Any) -> str:
    if value is None:
        return _("не указано")
    if side == "hour_of_day":
        return f"{int(value):02}:00–{int(value):02}:59"
    of = {"line": labels.line, "channel": labels.channel, "region": labels.region}
    return of[side](value) if side in of else str(value)
