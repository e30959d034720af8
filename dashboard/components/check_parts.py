"""Checks and quarantine on the page of data quality: what failed, and the rows behind it."""

import json
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, frame, picked, rule_words, state, table
from dashboard.figures.quality import held_by_day
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, quarantine, quarantine_counts, rows_behind
from pipelines.quality import broken_rows

SEVERITIES = {"critical": N_("критическая"), "warning": N_("предупреждение")}
ALL = ""
OWN = ("row_no", "row_key", "row_hash")  # columns the reader adds to a row
SHOWN = 100


FATES = {
    "held": N_("в карантине"),
    "flagged": N_("принята с замечанием"),
    "in_lake": N_("в хранилище"),
}


def failed(query: Query, source: str | None, rows: pl.DataFrame) -> None:
    """Draw the expectations that found something, the critical first; a click shows their rows."""
    st.header(_("Непройденные проверки"), anchor=False)
    n_all = len(rows)
    bad = rows.filter((pl.col("n_failed") > 0) | (pl.col("quarantined") > 0)).sort(
        pl.col("severity").fill_null("critical"), -pl.col("quarantined"), -pl.col("n_failed")
    )
    if bad.is_empty():
        if n_all:
            st.success(_("Все проверки за период пройдены: {n}.").format(n=formats.number(n_all)))
        else:
            st.caption(_("За период проверок не было: журналы не загружались."))
        return
    st.caption(
        _("Нашли нарушения: {bad} из {n} проверок.").format(
            bad=formats.number(len(bad)), n=formats.number(n_all)
        )
        + " "
        + _("Критическая отправляет строку в карантин, предупреждение только показывается.")
        + " "
        + _("Нажмите на проверку, чтобы увидеть строки за ней.")
    )
    # a rule's id names its log; that a line is readable is asked of every log
    is_own = pl.col("expectation").str.contains(".", literal=True)
    name = (
        pl.when(is_own).then("expectation").otherwise(pl.format("{}.{}", "dataset", "expectation"))
    )
    shown = rule_words.worded(bad).with_columns(check=name)
    clicked = table.table(
        shown,
        {
            "severity": _("Важность"),
            "dataset": _("Набор"),
            "description": _("Что проверяется"),
            "n_failed": _("Строк с нарушением"),
            "n_rows": _("Проверено строк"),
            "quarantined": _("В карантине"),
            "action": _("Что сделать"),
            "expectation": _("Проверка"),
            "run_at": _("Когда"),
        },
        key=picked.key("check"),
        show={
            "severity": _severity,
            "dataset": labels.source,
            "run_at": lambda at: formats.when(at) if at else "—",
        },
    )
    table.downloads(rows, "checks", key="quality_failed")
    chosen = picked.now("check", clicked["check"] if clicked else None)
    if len(one := shown.filter(check=chosen)):
        _behind(query, source, one.row(0, named=True))
        picked.close("check")


def _behind(query: Query, source: str | None, check: dict[str, Any]) -> None:
    """Draw the rows behind one failed expectation."""
    state.heading(check["description"])
    st.caption(check["action"])
    rule, of = check["expectation"], {"source": source, "dataset": check["dataset"]}
    if rule.startswith("lake."):
        found = data.ask(broken_rows, rule, limit=SHOWN)
    else:
        found = data.ask(rows_behind, query, rule, limit=SHOWN, **of)
    if found.is_empty():
        st.caption(_("Строк за этой проверкой не сохранено: она выполнялась до их учёта."))
        return
    may_open = frame.person().may_open("contact")
    if found["total"][0] > SHOWN:
        st.caption(
            _("Показаны первые {shown} из {total}.").format(
                shown=formats.number(SHOWN), total=formats.number(found["total"][0])
            )
        )
    if may_open and found["contact_id"].count():
        st.caption(_("Нажмите на строку с контактом, чтобы открыть его карточку."))
    columns = {
        "fate": _("Что стало со строкой"),
        "source": _("Источник"),
        "file": _("Файл"),
        "row_no": _("Строка файла"),
        "row_at": _("Время строки"),
        "contact_id": _("Контакт"),
        "row": _("Строка (личное скрыто)"),
    }
    table.table(
        found.with_columns(row=pl.Series([_brief(row) for row in found["row"]])),
        {name: words for name, words in columns.items() if found[name].count()},
        key="quality_behind",
        show={
            "fate": lambda fate: _(FATES[fate]),
            "source": labels.source,
            "row_at": lambda at: formats.when(at) if at else "—",
            "contact_id": lambda one: one or "—",
        },
        opens="contact_id" if may_open else None,
        height=320,
    )
    table.downloads(found.drop("total"), check["expectation"], key="quality_behind")


def _brief(row: str) -> str:
    """What a row says, without what it leaves empty: texts as they are, fields as name: value."""
    return ", ".join(f"{name}: {_value(value)}" for name, value in _fields(row)) or row


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fields(row: str) -> list[tuple[str, object]]:
    """Return the filled fields of a held row; of a line of several rows, of each in turn."""
    try:
        read = json.loads(row)
    except ValueError:
        return []
    parts = read if isinstance(read, list) else [read]
    return [
        (name, value)
        for part in parts
        if isinstance(part, dict)
        for name, value in part.items()
        if value not in (None, "", []) and name not in OWN
    ]


def _severity(name: str | None) -> str:
    word = SEVERITIES[name or "critical"]  # a row that cannot be read has no severity of its own
    return _(word)


def held(query: Query, source: str | None, checks: pl.DataFrame) -> None:
    """Draw the rows of quarantine; a click shows the masked row whole."""
    st.header(_("Карантин"), anchor=False)
    rules = checks.filter(pl.col("quarantined") > 0)["expectation"].unique().sort().to_list()
    rule = st.selectbox(
        _("Проверка"),
        [ALL, *rules],
        format_func=lambda one: rule_words.description(one) if one else _("все"),
        key="quality_rule",
        width=520,
    )
    found = data.ask(quarantine, query, source=source, expectation=rule or None, limit=SHOWN)
    if found.is_empty():
        st.caption(_("В карантине за период строк нет."))
        return
    counts = data.ask(quarantine_counts, query, source=source)
    if counts["day"].n_unique() > 1:
        state.heading(_("В карантине по дням и источникам"))
        named = counts.with_columns(
            source=pl.Series(map(labels.source, counts["source"]), dtype=pl.String)
        )
        chart.draw(held_by_day(named, theme.palette(theme.mode())), key="quality_held_days")
    total = found["total"][0]
    st.caption(
        _n("{n} строка", "{n} строк", total).format(n=formats.number(total))
        + ". "
        + _("Личные данные скрыты. Нажмите на строку, чтобы увидеть её целиком.")
    )
    shown = rule_words.worded_rows(found)
    clicked = table.table(
        shown.with_columns(row=pl.Series([_brief(row) for row in shown["row"]])),
        {
            "reason": _("Причина"),
            "source": _("Источник"),
            "file": _("Файл"),
            "row_no": _("Строка файла"),
            "row_at": _("Время строки"),
            "quarantined_at": _("В карантине с"),
            "action": _("Что сделать"),
            "row": _("Строка (личное скрыто)"),
        },
        key="quality_held",
        show={
            "source": labels.source,
            "row_at": lambda at: formats.when(at) if at else "—",
            "quarantined_at": formats.when,
        },
        height=320,
    )
    table.downloads(found.drop("total", "row_key"), "quarantine", key="quality_held")
    st.caption(
        _("После правки профиля, справочника или правил верните строки: {command}.").format(
            command="`liniya quarantine retry`"
        )
    )
    if clicked:
        _row(clicked | {"row": found.filter(quarantine_id=clicked["quarantine_id"])["row"][0]})


def _row(clicked: dict[str, Any]) -> None:
    with st.container(border=True):
        words = _("{file}, строка {n}")
        state.heading(words.format(file=clicked["file"], n=formats.number(clicked["row_no"])))
        st.text(clicked["reason"])
        st.caption(clicked["action"])
        fields = _fields(clicked["row"])
        if not fields:
            st.code(clicked["row"], language=None, wrap_lines=True)
            return
        table.table(
            pl.DataFrame(
                {"name": [name for name, _v in fields], "value": [_value(v) for _n, v in fields]}
            ),
            {"name": _("Поле"), "value": _("Значение")},
            key="quality_row",
            picks=False,
            height="content",
        )
