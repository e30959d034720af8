"""Does the score depend on what it must not: a figure, a table and what it means in words."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, theme
from dashboard.components import chart, empty, state, table
from dashboard.figures.fairness import changes
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, fairness

FACTORS = {
    "night": N_("Ночные контакты"),
    "days_off": N_("Контакты в выходные"),
    "written": N_("Чат и портал"),
    "easiness": N_("Состав тематик"),
    "tenure_months": N_("Стаж"),
    "contacts": N_("Число контактов"),
}
REASONS = {
    "same": N_("у всех операторов одинаково"),
    "unknown": N_("у большинства не известно"),
    "wide": N_("данных мало: возможна и заметная связь, и никакой"),
}


def draw(query: Query) -> None:
    """Draw the report for the scores of a period.

    Args:
        query: period, scope and filters of the scores.
    """
    found = data.ask(fairness, query)
    if found.is_empty():
        empty.nothing(_("Оценок операторов за этот период нет."), _("Выберите другой период."))
        return
    rows = found.with_columns(
        label=pl.Series([_(FACTORS[one]) for one in found["factor"]]),
        range=pl.Series([_range(one) for one in found.iter_rows(named=True)]),
        shown=pl.Series([_change(one) for one in found.iter_rows(named=True)]),
        said=pl.Series([_verdict(one) for one in found.iter_rows(named=True)]),
        own=pl.Series([_own(one) for one in found.iter_rows(named=True)]),
    )
    state.heading(_("Зависит ли оценка от того, от чего не должна"))
    st.markdown(
        _(
            "Оценка сравнивает операторов на одинаковых контактах. Здесь проверяется, не остался "
            "ли в ней след смены, канала, состава тематик, стажа и числа контактов: одна "
            "регрессия по оценкам периода, {n}."
        ).format(n=_operators(found["operators"][0]))
    )
    with st.container(horizontal=True):
        for verdict, n in rows["verdict"].value_counts().sort("verdict").iter_rows():
            look = theme.STATES[verdict]
            state.badge(verdict, label=f"{look.label}: {formats.number(n)}")
    told = rows.filter(pl.col("change").is_not_null())
    if len(told):
        words = {
            "points": _("изменение оценки, баллов"),
            "margin": _("несущественно"),
        }
        chart.draw(
            changes(told, theme.palette(theme.mode()), words), key="operators_fairness_figure"
        )
    _listed(rows)
    st.caption(
        _(
            "Изменение — на сколько баллов отличается оценка у того, у кого фактор велик (больше "
            "только у десятой части операторов), от того, у кого он мал, при прочих равных. "
            "Отрезки — 95 % для всех строк вместе. Следа нет, если весь отрезок не дальше "
            "{margin} от нуля. Связь — не обязательно ошибка: опытные могут и вправду работать "
            "лучше. Это повод разобраться, оценки от неё не меняются."
        ).format(margin=_points(found["margin"][0]))
    )
    if found["own_change"].is_not_null().any():
        st.caption(
            _(
                "У одного и того же оператора: его контакты, где фактор велик, против его же "
                "остальных. Кто в какую смену работает, на это не влияет, и отрезок короче: так "
                "видно, меняют ли оценку сами условия работы."
            )
        )


def _listed(rows: pl.DataFrame) -> None:
    table.table(
        rows,
        {
            "label": _("Фактор"),
            "range": _("От и до"),
            "shown": _("Изменение оценки"),
            "verdict": _("Вывод"),
            "own": _("У одного и того же оператора"),
            "said": _("Почему"),
        },
        key="operators_fairness",
        picks=False,
        show={"verdict": state.text},
        height="content",
    )
    table.downloads(
        rows.drop("label", "range", "shown", "said", "own"), "fairness", key="operators_fairness"
    )


def _operators(n: int) -> str:
    return _n("{n} оператор", "{n} операторов", n).format(n=formats.number(n))


def _points(value: float) -> str:
    return _n("{n} балла", "{n} баллов", int(value)).format(n=formats.number(value))


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return "—"
    return f"{_amount(row['factor'], row['low'])} … {_amount(row['factor'], row['high'])}"


def _amount(factor: str, value: float) -> str:
    if factor == "tenure_months":
        return _("{n} мес.").format(n=formats.number(value))
    if factor == "contacts":
        return formats.number(value)
    if factor == "easiness":
        return _("решают {share}").format(share=formats.share(value))
    return formats.share(value)


def _change(row: dict[str, Any]) -> str:
    if row["change"] is None:
        return "—"
    return _("{change} (от {low} до {high})").format(
        **_signed(row, "change", "change_low", "change_high")
    )


def _own(row: dict[str, Any]) -> str:
    if row["own_change"] is None:
        return "—"
    return _("{change} (от {low} до {high}): {verdict}").format(
        **_signed(row, "own_change", "own_low", "own_high"),
        verdict=theme.STATES[row["own_verdict"]].label,
    )


def _signed(row: dict[str, Any], *names: str) -> dict[str, str]:
    parts = ("change", "low", "high")
    return {part: formats.signed(row[name], 1) for part, name in zip(parts, names, strict=True)}


def _verdict(row: dict[str, Any]) -> str:
    if row["reason"] == "few":
        return _("операторов с оценкой слишком мало: {n}").format(
            n=formats.number(row["operators"])
        )
    if (reason := row["reason"]) is not None:
        return _(REASONS[reason])
    if row["verdict"] == "no_trace":
        return _("весь отрезок несуществен")
    return _("выше, где фактор больше") if row["change"] > 0 else _("ниже, где фактор больше")
