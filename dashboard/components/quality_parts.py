"""Parts of the page of data quality: freshness, the ledger, checks, quarantine."""

import json
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.components import rule_words, state, table
from dashboard.i18n import N_, _, _n, formats
from pipelines.metrics import Query, ledger, ledger_files, quarantine

SEVERITIES = {"critical": N_("критическая"), "warning": N_("предупреждение")}
ALL = ""
OWN = ("row_no", "row_key", "row_hash")  # columns the reader adds to a row
SHOWN = 100


def tiles(source: str | None) -> None:
    """Draw the sums of the ledger: every row read has one of four fates."""
    sums: dict[str, Any] = data.ask(ledger, source)
    balanced = sums["unaccounted"] == 0
    figures = (
        (_("Прочитано строк"), formats.number(sums["read"]), _files(sums["files"]), None),
        (_("Принято"), formats.number(sums["accepted"]), "", None),
        (_("Обновлено"), formats.number(sums["updated"]), _("новая версия контакта"), None),
        (_("Повторы"), formats.number(sums["duplicate"]), _("пропущены"), None),
        (
            _("Карантин"),
            formats.number(sums["quarantined"]),
            _("{share} прочитанного").format(share=formats.share(sums["quarantined_share"], 1)),
            None,
        ),
        (
            _("Не учтено"),
            formats.number(sums["unaccounted"]),
            _("каждая строка учтена") if balanced else _("строки потеряны"),
            "kept" if balanced else "broken",
        ),
    )
    with st.container(horizontal=True):
        for label, value, note, mark in figures:
            with st.container(width=155, height="stretch"):
                state.tile(label, value, note=note, state=None if mark == "kept" else mark)
    st.caption(
        _("За всё время. Прочитано = принято + обновлено + повторы + карантин, по каждому файлу.")
    )


def _files(n: int) -> str:
    return _n("{n} файл", "{n} файлов", n).format(n=formats.number(n))


def fresh(rows: pl.DataFrame) -> None:
    """Draw how fresh each source is."""
    st.subheader(_("Свежесть источников"), anchor=False)
    table.table(
        rows,
        {
            "source": _("Источник"),
            "newest_at": _("Новейшее событие"),
            "age_s": _("Прошло"),
            "ingested_at": _("Загружен"),
            "files": _("Файлы"),
            "read": _("Прочитано"),
            "accepted": _("Принято"),
            "updated": _("Обновлено"),
            "duplicate": _("Повторы"),
            "quarantined": _("Карантин"),
        },
        key="quality_fresh",
        show={
            "newest_at": lambda at: formats.when(at) if at else _("больше 30 дней назад"),
            "age_s": lambda s: formats.duration(s) if s is not None else "—",
            "ingested_at": lambda at: formats.when(at) if at else "—",
        },
    )


def failed(rows: pl.DataFrame) -> None:
    """Draw the expectations that found something, the critical first."""
    st.subheader(_("Непройденные проверки"), anchor=False)
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
    )
    table.table(
        rule_words.worded(bad),
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
        key="quality_failed",
        show={
            "severity": _severity,
            "run_at": lambda at: formats.when(at) if at else "—",
        },
    )
    table.downloads(rows, "checks", key="quality_failed")


def _severity(name: str | None) -> str:
    word = SEVERITIES[name or "critical"]  # a row that cannot be read has no severity of its own
    return _(word)


def held(query: Query, source: str | None, checks: pl.DataFrame) -> None:
    """Draw the rows of quarantine; a click shows the masked row whole."""
    st.subheader(_("Карантин"), anchor=False)
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
    total = found["total"][0]
    st.caption(
        _n("{n} строка", "{n} строк", total).format(n=formats.number(total))
        + ". "
        + _("Личные данные скрыты. Нажмите на строку, чтобы увидеть её целиком.")
    )
    clicked = table.table(
        rule_words.worded_rows(found),
        {
            "reason": _("Причина"),
            "file": _("Файл"),
            "row_no": _("Строка файла"),
            "row_at": _("Время строки"),
            "quarantined_at": _("В карантине с"),
            "action": _("Что сделать"),
            "row": _("Строка (личное скрыто)"),
        },
        key="quality_held",
        show={
            "row_at": lambda at: formats.when(at) if at else "—",
            "quarantined_at": formats.when,
        },
        height=320,
    )
    table.downloads(found.drop("total", "row_key"), "quarantine", key="quality_held")
    if clicked:
        _row(clicked)


def _row(clicked: dict[str, Any]) -> None:
    with st.container(border=True):
        words = _("{file}, строка {n}")
        state.heading(words.format(file=clicked["file"], n=formats.number(clicked["row_no"])))
        st.text(clicked["reason"])
        st.caption(clicked["action"])
        try:
            fields = json.loads(clicked["row"])
        except ValueError:
            st.code(clicked["row"], language=None, wrap_lines=True)
            return
        known = {
            name: value
            for name, value in fields.items()
            if value not in (None, "") and name not in OWN
        }
        st.json(known, expanded=True)


def books(source: str | None) -> None:
    """Draw the ledger of files."""
    st.subheader(_("Загруженные файлы"), anchor=False)
    found = data.ask(ledger_files, source=source)
    table.table(
        found,
        {
            "name": _("Файл"),
            "source": _("Источник"),
            "ingested_at": _("Загружен"),
            "read": _("Прочитано"),
            "accepted": _("Принято"),
            "updated": _("Обновлено"),
            "duplicate": _("Повторы"),
            "quarantined": _("Карантин"),
            "unaccounted": _("Не учтено"),
            "seconds": _("Секунд"),
            "note": _("Примечание"),
        },
        key="quality_files",
        show={
            "ingested_at": formats.when,
            "seconds": lambda s: formats.number(s, 1),
            "note": lambda text: text or "—",
        },
        height=320,
    )
    table.downloads(found, "files", key="quality_files")
