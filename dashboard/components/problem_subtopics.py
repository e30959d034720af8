"""Подтемы: what a category is made of, as a machine suggests it; counts, examples, what is new."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import empty, picked, state, subtopic_acts, table
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, none_sums, subtopic_fit, subtopics, subtopics_standing
from pipelines.problems.subtopic_rules import NONE

UNLOOKED = "?"  # in the address: contacts without a text, or not looked at yet
NAMELESS = {NONE: N_("не подошли ни к одной подтеме"), None: N_("без текста или не просмотрены")}


def is_fitted(category: str | None) -> bool:
    """Tell whether the category has sub-topics."""
    return category is not None and _fit(category)["state"] == "fitted"


def counted(query: Query) -> pl.DataFrame:
    """Return the sub-topics of the category asked about; what somebody did shows at once."""
    return data.ask(subtopics, query, each_minute=True, anew=_standing())


def name(row: dict[str, Any]) -> str:
    """Return the name of a sub-topic, or words for the rows that are none."""
    topic = row["subtopic"]
    if topic in NAMELESS:
        return _(NAMELESS[topic])
    return row["name"] or _("без названия")


def name_of(value: str, query: Query) -> str:
    """Return the name of a sub-topic as the address names it."""
    wanted = None if value == UNLOOKED else value
    rows = [one for one in counted(query).to_dicts() if one["subtopic"] == wanted]
    return name(rows[0]) if rows else value


def draw(category: str, query: Query) -> str | None:
    """Draw the sub-topics of a category and return the one clicked, as the address names it."""
    fit = _fit(category)
    if fit["state"] != "fitted":
        _missing(category, fit)
        return None
    rows = counted(query)
    sums = none_sums(rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(_("предложено машиной"), icon=":material/auto_awesome:", color="violet")
        st.markdown(_said(fit), width="content")
        state.passport(_passport(fit), key="problems_subtopics_passport")
    _none(sums)
    if sums["n_hidden"]:
        words = _("Показать скрытые ({n})").format(n=formats.number(sums["n_hidden"]))
        if not st.toggle(words, key="problems_subtopics_hidden"):
            rows = rows.filter(~pl.col("is_hidden"))
    clicked = _listed(rows)
    table.downloads(rows, f"subtopics-{category}", key="problems_subtopics")
    subtopic_acts.fitting(category)
    return clicked


def detail(value: str, query: Query) -> None:
    """Draw one sub-topic: what it says, examples, and what an analyst can make of it."""
    rows = counted(query)
    found = rows.filter(pl.col("subtopic") == value).to_dicts()
    if not found or value == NONE:
        return
    row = found[0]
    if row["words"]:
        words = row["words"].replace(";", " · ")
        st.markdown(_("Чем отличается: {words}").format(words=words))
    for text in row["examples"]:
        # a text of a citizen is no markup
        st.text(f"— {' '.join(text.split())}")
    subtopic_acts.draw(row, rows)


def _fit(category: str) -> dict[str, Any]:
    return data.ask(subtopic_fit, category, each_minute=True, anew=_standing())


def _standing() -> tuple[int, int]:
    return data.ask(subtopics_standing, live=True)


def _missing(category: str, fit: dict[str, Any]) -> None:
    if fit["state"] == "too_few":
        empty.nothing(
            _(
                "Слишком мало текстов, чтобы искать подтемы: разных текстов {n}, нужно {needed}."
            ).format(n=formats.number(fit["texts"]), needed=formats.number(fit["needed"]))
        )
        return
    empty.nothing(
        _("Подтемы этой тематики ещё не искали."),
        _("Рабочий процесс сделает это сам; сразу — командой `liniya subtopics fit`."),
    )
    subtopic_acts.fitting(category)


def _said(fit: dict[str, Any]) -> str:
    n = fit["texts"]
    parts = [
        _("версия {version} от {time}").format(
            version=formats.number(fit["version"]), time=formats.when(fit["fitted_at"])
        ),
        _n("по {n} тексту", "по {n} текстам", n).format(n=formats.number(n)),
    ]
    if fit["stability"] is not None:
        kept = formats.share(fit["stability"])
        parts.append(_("{share} текстов остались в своей подтеме").format(share=kept))
    return " · ".join(parts)


def _none(sums: dict[str, Any]) -> None:
    """Say how many fit none, and whether that is more than usual."""
    if sums["none_share"] is None:
        return
    usual = sums["none_usual"]
    said = _("Не подошли ни к одной подтеме: {share}, обычно {usual}.").format(
        share=formats.share(sums["none_share"], 1), usual=formats.share(usual, 1)
    )
    if sums["is_new"]:
        st.warning(
            said
            + " "
            + _("Похоже на новую тему: откройте эти контакты в последней строке списка."),
            icon=":material/new_releases:",
        )
    else:
        st.caption(said)


def _listed(rows: pl.DataFrame) -> str | None:
    told = rows.to_dicts()
    worded = rows.with_columns(
        title=pl.Series([name(one) for one in told], dtype=pl.String),
        by=pl.Series([_by(one) for one in told], dtype=pl.String),
        sign=pl.Series([_sign(one) for one in told], dtype=pl.String),
    )
    clicked = table.table(
        worded,
        {
            "title": _("Подтема"),
            "contacts": _("Контакты"),
            "citizens": _("Заявители"),
            "share": _("Доля"),
            "usual_share": _("Обычно"),
            "ratio": _("К прошлому периоду"),
            **({"sign": _("Отметка")} if any(worded["sign"]) else {}),
            "by": _("Кто назвал"),
        },
        key=picked.key("part"),
        show={
            "share": lambda one: formats.share(one, 1),
            "usual_share": lambda one: formats.share(one, 1),
            "ratio": formats.change,
        },
        height=560,
    )
    if not clicked:
        return None
    return UNLOOKED if clicked["subtopic"] is None else str(clicked["subtopic"])


def _by(row: dict[str, Any]) -> str:
    if row["subtopic"] in NAMELESS:
        return ""
    return _("машина") if row["is_suggested"] else _("аналитик")


def _sign(row: dict[str, Any]) -> str:
    signs = []
    if row["is_new"]:
        signs.append(_("▲ больше обычного") if row["subtopic"] == NONE else _("новая"))
    if row["merged"]:
        signs.append(_("объединённая"))
    if row["is_hidden"]:
        signs.append(_("скрыта"))
    return ", ".join(signs)


def _passport(fit: dict[str, Any]) -> dict[str, str]:
    return {
        _("Подтемы"): _(
            "слова и пары слов обезличенных текстов, которые стоят вместе (NMF); это подсказка, "
            "тематику контакта она не меняет"
        ),
        _("Название"): _(
            "слова, которыми тексты подтемы отличаются от остальных; аналитик может назвать иначе, "
            "объединить и скрыть, и любое действие отменяется следующим"
        ),
        _("Доля"): _("среди контактов тематики, текст которых просмотрен"),
        _("Обычно"): _("та же доля за восемь недель до периода"),
        _("К прошлому периоду"): _(
            "против такого же времени на целое число недель раньше: те же дни недели"
        ),
        _("Не подошли"): _(
            "тексты, похожие на подтемы слабее, чем 95 из 100 текстов, по которым их искали; вдвое "
            "больше обычного и не случайно — признак новой темы"
        ),
        _("Устойчивость"): _(
            "новая версия начинает с прежней; доля текстов, оставшихся в своей подтеме: {share}"
        ).format(share=formats.share(fit["stability"])),
    }
