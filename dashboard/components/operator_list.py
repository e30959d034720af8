"""All operators of a period: the figure of scores with their doubt, and the list by name."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import labels, theme
from dashboard.components import (
    chart,
    empty,
    filters,
    operator_words,
    people,
    problem_views,
    state,
    table,
)
from dashboard.components.picked import newly
from dashboard.figures.operators import BANDS, spread
from dashboard.i18n import N_, _, _n, formats

FUNNEL, FAIRNESS = "funnel", "fairness"
VIEWS = {
    "scores": N_("Оценки"),
    FUNNEL: N_("По составляющим"),
    FAIRNESS: N_("Справедливость оценки"),
}


def view() -> str:
    """Draw the choice of scores, funnels of their components, or fairness."""
    return problem_views.chosen("view", VIEWS, _("Раздел"))


def bands(rows: pl.DataFrame) -> None:
    """Draw how many operators stand in each band."""
    counts = dict(rows.get_column("band").fill_null("insufficient").value_counts().iter_rows())
    with st.container(horizontal=True):
        for band in (*reversed(BANDS), "insufficient"):
            if counts.get(band):
                look = theme.STATES[band]
                state.badge(band, label=f"{look.label}: {formats.number(counts[band])}")


def scale(found: dict[str, Any]) -> None:
    """Draw whose score 50 is, and where everybody stands to it. `found`: of `score_scale`."""
    said = [operator_words.average_is(found)]
    if found["base_first"] is None:
        said.append(_("У периода своя шкала: базовый период ещё не опубликован."))
    elif found["is_base"]:
        said.append(_("Это базовый период: следующие показываются на его шкале."))
    elif found["points"] is not None:
        said.append(
            _(
                "Средний оператор этого периода: {points} балла к нему "
                "(с вероятностью 95 % от {low} до {high})."
            ).format(
                points=formats.signed(found["points"], 1),
                low=formats.signed(found["low"], 1),
                high=formats.signed(found["high"], 1),
            )
        )
        if found["low"] <= 0 <= found["high"]:
            said.append(_("Это может быть случайностью."))
    st.caption(" ".join(said))


def who(everybody: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """Draw the filters by team, line and skill, and return what is chosen; {} is everybody."""
    teams = everybody["team"].drop_nulls().unique().sort().to_list()
    chosen = {
        "team": filters.many("team", _("Команды"), teams, str),
        "line": filters.many("line", _("Линии"), labels.known("lines"), labels.line),
        "skill": filters.many("skill", _("Умения"), labels.known("skills"), labels.skill),
    }
    return {name: values for name, values in chosen.items() if values}


def asked() -> str | None:
    """Return who is looked into: clicked last, else named in the address."""
    return st.session_state.get("operators_picked") or st.query_params.get("operator")


def picked(rows: pl.DataFrame, clicks: dict[str, str | None]) -> dict[str, Any] | None:
    """Return the row of who was clicked last, or is named in the address.

    Args:
        rows: of `scored`, named.
        clicks: place of a click -> operator. The latest wins over an older one in another place.
    """
    fresh = [one for where, marked in clicks.items() if (one := newly(where, marked))]
    if fresh:
        st.session_state["operators_picked"] = fresh[0]
        st.query_params["operator"] = fresh[0]
        st.rerun()
    who = asked()
    found = rows.filter(pl.col("operator") == (who or ""))
    if who and found.is_empty():
        empty.nothing(
            _("Оператора «{name}» среди показанных нет.").format(name=who),
            _("Проверьте ссылку, период оценки и фильтры."),
        )
    return found.row(0, named=True) if len(found) else None


def scores(rows: pl.DataFrame, *, average: float, least: float | None) -> dict[str, str | None]:
    """Draw the figure and the list; return who is marked in each, as `picked` takes it."""
    return {
        "point": _drawn(rows, asked(), average=average, least=least),
        "row": _listed(rows),
    }


def _drawn(
    rows: pl.DataFrame, marked: str | None, *, average: float, least: float | None
) -> str | None:
    """Draw the figure and return the operator whose point was clicked."""
    words = {band: theme.STATES[band].label for band in BANDS} | {
        "average": _("среднее"),
        "least": _("минимум"),
        "contacts": _("контактов за период"),
        "score": _("оценка"),
        "interval": _("80 % интервал"),
    }
    if not rows["score"].count():
        st.info(_("Ни у кого из операторов пока не набралось данных для оценки."))
        return None
    found = chart.draw(
        spread(
            rows,
            theme.palette(theme.mode()),
            words,
            average=average,
            least=least,
            picked=marked,
        ),
        key="operators_spread",
        on_select="rerun",
        selection_mode="points",
    )
    hidden = rows["score"].null_count()
    note = _(
        "Точка — оператор, отрезок — 80 % интервал: где истинный уровень лежит с вероятностью "
        "80 %. По горизонтали — число контактов, а не место. "
        "Нажмите на точку, чтобы увидеть, из чего сложилась оценка."
    )
    if hidden:
        note += " " + _n(
            "Без оценки, так как данных недостаточно: {n} оператор.",
            "Без оценки, так как данных недостаточно: {n} операторов.",
            hidden,
        ).format(n=formats.number(hidden))
    st.caption(note)
    points = found["selection"]["points"]
    return str(points[0]["customdata"][0]) if points else None


def _listed(rows: pl.DataFrame) -> str | None:
    """Draw the list by name and return the operator whose row was clicked."""
    clicked = table.table(
        rows.with_columns(
            interval=pl.Series([operator_words.interval(one) for one in rows.iter_rows(named=True)])
        ),
        {
            "name": _("Оператор"),
            "team": _("Команда"),
            "band": _("Уровень"),
            "interval": _("Оценка (80 % интервал)"),
            "n": _("Контактов"),
            "reviews": _("Проверок"),
            "reliability": _("Надёжность"),
        },
        key="operators_list",
        right=("interval",),
        show={
            "band": lambda one: state.text(one or "insufficient"),
            "reliability": lambda one: formats.number(one, 2),
        },
        height=table.height_of(10),
    )
    table.downloads(_for_export(rows), "operators", key="operators_list")
    return str(clicked["operator"]) if clicked else None


def named(rows: pl.DataFrame) -> pl.DataFrame:
    """Add names as far as they may be seen, and order by them: not by score."""
    known: dict[str, Any] = people.names()
    return rows.with_columns(
        name=pl.col("operator").replace_strict(
            list(known), list(known.values()), default=pl.col("operator"), return_dtype=pl.String
        )
    ).sort("name", "operator")


def _for_export(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("operator", "name", pl.exclude("operator", "name"))
