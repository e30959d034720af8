"""The hours of the week of a promise: a click on an hour narrows the contacts below to it."""

from dataclasses import replace
from typing import Any

import streamlit as st
from babel.dates import get_day_names

from dashboard import data, theme
from dashboard.components import chart, state
from dashboard.figures.hours import SMALL, by_hour
from dashboard.i18n import _, formats, language
from pipelines.metrics import Query, heatmap
from pipelines.metrics.trend import LEAST


def draw(row: dict[str, Any], query: Query) -> Query:
    """Draw the heat map and return the question of the contacts below: of one hour, if chosen.

    The chosen hour stands in the address (`?hour=1-10`: Monday, ten o'clock).
    """
    cells = data.ask(heatmap, query, "promise", promise=row["promise"], each_minute=True)
    state.heading(_("По часам недели"))
    if cells["is_small"].all():
        st.caption(
            _("Ни в одном часе недели нет {n} случаев: рисовать нечего.").format(
                n=formats.number(LEAST)
            )
        )
        return query
    is_mean = row["kind"] == "mean"
    st.caption(
        _("Среднее, с: чем гуще цвет, тем дольше.") if is_mean else
        _("Доля в срок, %: чем гуще цвет, тем хуже.")
    )  # fmt: skip
    names = get_day_names("abbreviated", locale=language())
    days = [names[n] for n in range(7)]
    event = chart.draw(
        by_hour(
            cells,
            theme.palette(theme.mode()),
            {
                "n": _("база"),
                "small": _("база мала"),
                "unit": " " + _("с") if is_mean else "",
            },
            days,
            is_mean=is_mean,
            target=row["target_s"] or 0,
        ),
        key=f"promises_hours_{row['promise']}",
        on_select="rerun",
        selection_mode="points",
    )
    said = [
        _("Серая клетка с «{mark}» — меньше {n} случаев, цвет ничего не значил бы.").format(
            mark=SMALL, n=formats.number(LEAST)
        )
    ]
    if row["kind"] == "coverage":  # no contacts stand behind its slots
        st.caption(said[0])
        return query
    said.append(_("Нажмите на клетку, чтобы увидеть её контакты ниже."))
    st.caption(" ".join(said))
    return _narrowed(event, query, days)


def _narrowed(event: Any, query: Query, days: list[str]) -> Query:
    points = event["selection"]["points"]
    if points:
        weekday, hour = points[0]["customdata"][:2]
        st.query_params["hour"] = f"{weekday}-{hour}"
    asked = st.query_params.get("hour", "")
    weekday, __, hour = asked.partition("-")
    if not (weekday.isdecimal() and hour.isdecimal() and 1 <= int(weekday) <= 7):
        return query
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("Контакты ниже — только {day}, {hour}:00–{hour}:59.").format(
                day=days[int(weekday) - 1], hour=hour
            ),
            width="content",
        )
        st.button(_("Все часы"), key="promises_hour_off", type="tertiary", on_click=_all_hours)
    where = {**query.where, "weekday": (int(weekday),), "hour_of_day": (int(hour),)}
    return replace(query, where=where)


def _all_hours() -> None:
    st.query_params.pop("hour", None)
    for key in [k for k in st.session_state if str(k).startswith("promises_hours_")]:
        del st.session_state[key]
