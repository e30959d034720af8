"""Each component as a funnel: whose difference from the expected is more than chance."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, theme
from dashboard.components import (
    chart,
    empty,
    operator_list,
    operator_words,
    problem_views,
    table,
)
from dashboard.figures.funnel import funnel as figure
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, funnel

OUTSIDE = {
    "below_3": N_("ниже пределов"),
    "below_2": N_("у нижнего предела"),
    "above_2": N_("у верхнего предела"),
    "above_3": N_("выше пределов"),
}


def draw(query: Query, picked: str | None) -> dict[str, str | None]:
    """Draw the funnel of a chosen component; return who is marked, as `operator_list.picked` takes.

    Args:
        query: period, scope and filters of the scores.
        picked: who is looked into: marked in the figure.
    """
    found = data.ask(funnel, query)
    if found.is_empty():
        empty.nothing(
            _("Ни одной составляющей за этот период не измерено."), _("Выберите другой период.")
        )
        return {}
    parts = found["component"].unique(maintain_order=True).to_list()
    names = {one: operator_words.component(one) for one in parts}
    component = problem_views.chosen("part", names, _("Составляющая"))
    rows = operator_list.named(found.filter(pl.col("component") == component))
    rows = rows.with_columns(shown=pl.Series([_shown(one) for one in rows.iter_rows(named=True)]))
    words = {
        "inside": _("в пределах"),
        "outside": _("за пределами"),
        "limit_2": _("предел 2σ"),
        "limit_3": _("предел 3σ"),
        "contacts": _("контактов за период"),
        "gap": _("факт минус ожидаемое, п. п."),
    }
    drawn = chart.draw(
        figure(rows, theme.palette(theme.mode()), words, picked=picked),
        key=f"operators_funnel_{component}",
        on_select="rerun",
        selection_mode="points",
    )
    _caption(rows, component)
    points = drawn["selection"]["points"]
    by_point = str(points[0]["customdata"][0]) if points and "customdata" in points[0] else None
    return {"funnel_point": by_point, "funnel_row": _listed(rows, component)}


def _shown(row: dict[str, Any]) -> str:
    return _("{value}, ожидалось {expected} ({gap})").format(
        value=formats.share(row["value"], 1),
        expected=formats.share(row["expected"], 1),
        gap=formats.points(row["gap"]),
    )


def _caption(rows: pl.DataFrame, component: str) -> None:
    if not rows["z"].count():
        st.caption(_("Пределы не показаны: операторов слишком мало, чтобы судить о разбросе."))
        return
    said = _(
        "Чем меньше контактов, тем шире пределы: в них отличие от ожидаемого объясняется случаем "
        "и обычной разницей между операторами."
    )
    if component == "transfers":
        said += " " + _("Доля переводов в оценку не входит: она для разбора.")
    st.caption(said)


def _listed(rows: pl.DataFrame, component: str) -> str | None:
    out = rows.filter(pl.col("outside").is_not_null())
    st.caption(
        _n("За пределами {n} оператор.", "За пределами {n} операторов.", len(out)).format(
            n=formats.number(len(out))
        )
    )
    clicked = (
        table.table(
            out,
            {
                "name": _("Оператор"),
                "team": _("Команда"),
                "outside": _("Где"),
                "shown": _("Факт и ожидаемое"),
                "n": _("Контактов"),
            },
            key=f"operators_outside_{component}",
            show={"outside": lambda one: _(OUTSIDE[one])},
            height=table.height_of(10),
        )
        if len(out)
        else None
    )
    table.downloads(rows.drop("name", "shown"), f"funnel-{component}", key=f"operators_{component}")
    return str(clicked["operator"]) if clicked else None
