"""The page of promises from above: how many are kept, and the list of one basis."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import labels
from dashboard.components import empty, picked, promise_words, state, table
from dashboard.i18n import N_, _, formats
from pipelines.metrics import standing

VIEWS = {
    "seed": N_("Обещано гражданам"),
    "statute": N_("Установлено законом"),
    "assumed": N_("Принято нами"),
    "map": N_("Исходный текст"),
}
NOTES = {
    "seed": N_("Дословные обещания публичной страницы службы поддержки."),
    "statute": N_("Сроки, которых требует закон, что бы ни обещала служба."),
    "assumed": N_(
        "Источник обещает «быстро» или «сразу», без числа. Число выбрали мы: "
        "промах здесь — «ниже внутренней цели», а не нарушенное обещание."
    ),
}
FEW = 11  # rows shown while one of them is looked into


def view(rows: pl.DataFrame) -> str:
    """Draw the choice of what to look at and return it; the address holds it.

    An address that names a promise alone (`?promise=`) opens the list it stands in.
    """
    asked = st.query_params.get("view")
    if asked is None:
        found = rows.filter(pl.col("promise") == st.query_params.get("promise", ""))
        asked = found.item(0, "basis") if len(found) else None
    chosen = st.segmented_control(
        _("Основание"),
        list(VIEWS),
        default=asked if asked in VIEWS else "seed",
        required=True,
        format_func=lambda name: _(VIEWS[name]),
        key="promises_view",
    )
    if chosen == "seed":
        st.query_params.pop("view", None)
    else:
        st.query_params["view"] = chosen
    return str(chosen)


def tiles(rows: pl.DataFrame) -> None:
    """Draw how many promises stand where, those to citizens and by law apart from our own."""
    counts = standing(rows)
    with st.container(horizontal=True):
        for basis in promise_words.BASES:
            found = counts.get(basis)
            if not found:
                continue
            judged = found["total"] - found["no_data"]
            order = ("broken", "below_own_target", "at_risk", "kept")
            worst = next((name for name in order if found[name]), "no_data")
            with st.container(width=320, height="stretch"):
                state.tile(
                    promise_words.basis(basis),
                    _("{kept} из {total}").format(
                        kept=formats.number(found["kept"]), total=formats.number(judged)
                    )
                    if judged
                    else formats.no_data(),
                    note=_tile_note(found),
                    state=worst,
                )


def _tile_note(found: dict[str, int]) -> str:
    parts = [_("выполняется")] if found["total"] > found["no_data"] else []
    for name, words in (
        ("broken", _("не выполняется: {n}")),
        ("below_own_target", _("ниже внутренней цели: {n}")),
        ("at_risk", _("под угрозой: {n}")),
        ("no_data", _("нет данных: {n}")),
    ):
        if found[name]:
            parts.append(words.format(n=formats.number(found[name])))
    return " · ".join(parts)


def listed(rows: pl.DataFrame, sides: pl.DataFrame, basis: str) -> dict[str, Any] | None:
    """Draw the promises of one basis, the worst first, and return the one to look into.

    The click on a row chooses; without one, the address (`?promise=`) or the session.

    Args:
        rows: `fulfilment`. sides: `promise_sides`. basis: a key of NOTES.
    """
    st.caption(_(NOTES[basis]))
    mine = rows.filter(pl.col("basis") == basis).join(
        sides, on="promise", how="left", maintain_order="left"
    )
    if mine.is_empty():
        st.info(_("Таких обещаний в справочнике нет."))
        return None
    worded = mine.with_columns(
        target=pl.Series([promise_words.held_to(r) for r in mine.iter_rows(named=True)]),
        fact=pl.Series([promise_words.value(r) for r in mine.iter_rows(named=True)]),
        answers=pl.Series([_lines(one) for one in mine["lines"].to_list()], dtype=pl.String),
    )
    clicked = table.table(
        worded,
        {
            "state": _("Состояние"),
            "promise": _("Обещание"),
            "fact": _("Факт"),
            "target": _("Норматив и цель"),
            "days": _("По дням"),
            "n": _("База"),
            "failed": _("Нарушений"),
            "citizens": _("Подвели людей"),
            "answers": _("Кто отвечает"),
        },
        key=_key(basis),
        right=("target", "fact"),
        lines=("days",),
        show={"state": state.text, "promise": labels.promise},
        height=_height(mine, basis),
        hint=_("Нажмите на строку: паспорт, дни, часы, линии и контакты, где обещание нарушено."),
    )
    table.downloads(mine, f"promises-{basis}", key="promises")
    chosen = picked.now("promise", clicked["promise"] if clicked else None)
    found = worded.filter(pl.col("promise") == chosen)
    if chosen and chosen not in rows["promise"]:
        empty.nothing(
            _("Обещания «{name}» в справочнике нет: проверьте ссылку.").format(name=chosen)
        )
    return None if found.is_empty() else found.row(0, named=True)


def _lines(lines: list[str] | None) -> str:
    """The line that failed most often, and how many more answer for it."""
    if not lines:
        return "—"
    first = labels.line(lines[0])
    if len(lines) == 1:
        return first
    return f"{first} +{formats.number(len(lines) - 1)}"  # in words it does not fit on a laptop


def _key(basis: str) -> str:
    return f"{picked.key('promise')}_{basis}"


def _height(rows: pl.DataFrame, basis: str) -> int:
    """All rows at once, fewer while one is looked into below."""
    marked = st.session_state.get(_key(basis), {}).get("selection", {}).get("rows")
    is_open = bool(marked) or picked.before("promise") in rows["promise"]
    shown = min(len(rows), FEW) if is_open else len(rows)
    return table.height_of(shown)
