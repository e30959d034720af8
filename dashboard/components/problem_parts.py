"""Parts of the page of problems: sums, the list of categories, and one category looked into."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, empty, picked, state, table
from dashboard.figures.problems import against_usual, pareto
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, passport, recurring_days, recurring_sums

UNKNOWN = "?"  # in the address: contacts whose category is not known


def name(category: str | None) -> str:
    """Return the name of a category; null is said in words."""
    return _("тематика не указана") if category is None else labels.category(category)


def tiles(rows: pl.DataFrame) -> None:
    """Draw the sums of the period."""
    sums = recurring_sums(rows)
    known = sums["excess"] is not None
    named = bool(sums["categories"])  # nobody comes back on a topic nobody names
    figures = (
        (
            _("Контакты"),
            formats.number(sums["contacts"]),
            _("80 % дают {n} из {total} тематик").format(
                n=formats.number(sums["most"]), total=formats.number(sums["categories"])
            )
            if named
            else _("тематика не указана ни у одного"),
        ),
        (
            _("Повторные обращения"),
            formats.number(sums["repeats"] if named else None),
            _("{share} контактов: заявитель вернулся с тем же вопросом").format(
                share=formats.share(sums["repeat_share"], 1)
            )
            if named
            else _("без тематики повтор не узнать"),
        ),
        (
            _("Сверх обычного"),
            formats.signed(sums["excess"]),
            _("против тех же часов недели за 8 недель")
            if known
            else _("нужно хотя бы 4 недели истории"),
        ),
        (
            _("Тематики со всплеском"),
            formats.number(sums["bursts"]),
            _("контактов больше, чем бывает случайно"),
        ),
    )
    state.tiles(figures)


def heaviest(known: pl.DataFrame) -> None:
    """Draw the topics by volume; the contacts of none are not among them."""
    with st.container(border=True):
        state.heading(_("Немногие тематики дают большинство обращений"))
        if known.is_empty():
            st.caption(_("Журналы за период не называют тематику. Её даст `liniya categorise`, "
                         "если у контактов есть текст."))  # fmt: skip
            return
        st.caption(
            _("Справа от столбца — какую долю дают тематики до него включительно. "
              "Нажмите на столбец, чтобы открыть тематику.")
        )  # fmt: skip
        words = {
            "contacts": _("контакты"),
            "first": _("впервые"),
            "repeats": _("повторные"),
            "burst": _("впервые, всплеск"),
            "cumulative": _("накопленная доля"),
        }
        named = known.with_columns(
            name=pl.Series([name(one) for one in known["category"]], dtype=pl.String),
            cumulative=pl.Series(map(formats.share, known["cumulative_share"]), dtype=pl.String),
        )
        told = chart.clicked(
            pareto(named, theme.palette(theme.mode()), words), key=f"{picked.key('topic')}_pareto"
        )
        picked.now("topic", picked.newly("pareto", told[2] if told else None))


# how a topic was served: its cells in every table
SHOWN: dict[str, Callable[[Any], str]] = {
    "handle_mean_s": formats.duration,
    "abandoned_share": lambda one: formats.share(one, 1),
    "wait_mean_s": formats.duration,
    "kept_share": lambda one: formats.share(one, 1),
    "rating_share": lambda one: formats.share(one, 0),
}


def served_columns() -> dict[str, str]:
    """Return headings of how a topic was served, in order."""
    return {
        "handle_mean_s": _("Обработка (AHT)"),
        "abandoned_share": _("Потеряно"),
        "wait_mean_s": _("Ожидание (ASA)"),
        "kept_share": _("В срок"),
        "rating_share": _("Оценки 4 и 5"),
    }


def listed(rows: pl.DataFrame) -> str | None:
    """Draw the categories and return the one to look into (UNKNOWN: no category), or None."""
    worded = rows.with_columns(
        name=pl.Series([name(one) for one in rows["category"]], dtype=pl.String),
        sign=pl.Series([_("▲ всплеск") if b else "" for b in rows["burst"]], dtype=pl.String),
    )
    clicked = table.table(
        worded,
        {
            "name": _("Тематика"),
            "sign": _("Всплеск"),
            "contacts": _("Контакты"),
            "citizens": _("Заявители"),
            "repeats": _("Повторы"),
            "repeat_share": _("Доля повторов"),
            "excess": _("Сверх обычного"),
            **served_columns(),
            **({"per_thousand": _("На 1000 услуг")} if rows["uses"].count() else {}),
        },
        key=picked.key("topic"),
        show={
            "repeat_share": lambda one: formats.share(one, 1),
            "excess": formats.signed,
            "per_thousand": lambda one: formats.number(one, 1),
            **SHOWN,
        },
        height=420,
        hint=_("Нажмите на строку: по дням, всплески и контакты этой тематики."),
    )
    table.downloads(rows, "problems", key="problems")
    return looked_into(clicked, rows)


def named(rows: pl.DataFrame, column: str = "category") -> pl.DataFrame:
    """Return the rows with `name`, the category of a column in words."""
    return rows.with_columns(name=pl.Series([name(one) for one in rows[column]], dtype=pl.String))


def looked_into(clicked: dict[str, Any] | None, rows: pl.DataFrame) -> str | None:
    """Return the topic to look into, as the address names it: clicked now, or picked before.

    Args:
        clicked: the row just clicked, if one was. rows: those listed; no other topic is looked at.
    """
    topic = None
    if clicked:
        topic = UNKNOWN if clicked["category"] is None else clicked["category"]
    asked = picked.now("topic", picked.newly("topic", topic))
    if not asked or asked in {UNKNOWN if one is None else one for one in rows["category"]}:
        return asked or None
    empty.nothing(
        _("Тематики «{name}» среди показанных нет.").format(name=labels.category(asked)),
        _("Проверьте ссылку, период и отбор."),
    )
    return None


def row_of(topic: str, rows: pl.DataFrame) -> dict[str, Any]:
    """Return the row of a topic as the address names it."""
    category = None if topic == UNKNOWN else topic
    mine = pl.col("category").eq_missing(pl.lit(category, pl.String))
    return rows.filter(mine).row(0, named=True)


def draw(row: dict[str, Any], query: Query) -> str | None:
    """Draw one category: figures, days against the usual; return the day clicked just now."""
    category = row["category"]
    st.header(name(category), anchor=False, divider="gray")
    with st.container(horizontal=True, vertical_alignment="center"):
        if row["burst"]:
            st.badge("▲\u00a0" + _("всплеск"), color="red")
        st.markdown(_said(row), width="content")
        known = data.ask(passport, "repeats", each_minute=True)
        state.passport(_passport(known), key="problems_passport")
        picked.close("topic")
    days = data.ask(recurring_days, query, category, each_minute=True)
    words = {
        "first": _("впервые"),
        "repeats": _("повторные"),
        "usual": _("обычно в эти дни"),
    }
    day = chart.clicked(
        against_usual(days, theme.palette(theme.mode()), words),
        key=f"{picked.key('part')}_by_day_{category or UNKNOWN}",
    )
    if row["baseline"] is None:
        st.caption(_("Что обычно — неизвестно: нужно хотя бы 4 недели истории до периода."))
    st.caption(_("Нажмите на столбец дня, чтобы увидеть ниже только его контакты."))
    return picked.newly("day", day[0] if day else None)


def _said(row: dict[str, Any]) -> str:
    n, citizens, repeats = row["contacts"], row["citizens"], row["repeats"]
    parts = [_n("{n} контакт", "{n} контактов", n).format(n=formats.number(n))]
    if citizens is not None:
        words = _n("{n} заявитель", "{n} заявителей", citizens)
        parts.append(words.format(n=formats.number(citizens)))
    if repeats is not None:
        part = formats.share(row["repeat_share"], 1)
        parts.append(_("повторных: {n} ({share})").format(n=formats.number(repeats), share=part))
    if row["excess"] is not None:
        parts.append(_("сверх обычного: {n}").format(n=formats.signed(row["excess"], 0)))
    return " · ".join(parts)


def _passport(known: dict[str, Any]) -> dict[str, str]:
    days = known["settings"]["fcr_days"]
    return {
        _("Повторное обращение"): _(
            "тот же заявитель с той же тематикой по любому каналу в течение {n} дней"
        ).format(n=formats.number(days)),
        _("Обычно"): _(
            "среднее тех же часов недели за восемь недель до периода, выбросы урезаны; "
            "считаются только полные часы"
        ),
        _("Всплеск"): _("контактов больше, чем можно объяснить случайностью"),
        _("В срок"): _("доля соблюдённых сроков по всем нормативам контактов тематики вместе"),
        _("Ожидание и потери"): _("очереди звонков, чатов и видео; у портала очереди нет"),
        _("Оценки 4 и 5"): _("доля среди поставленных оценок"),
        _("Данные на"): formats.when(known["data_as_of"]),
    }
