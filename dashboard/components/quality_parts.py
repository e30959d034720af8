"""Parts of the page of data quality: the ledger, freshness and volume of sources."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, state, table
from dashboard.figures.quality import FLAGS, against_usual
from dashboard.i18n import _, _n, formats
from pipelines.metrics import ledger, ledger_files


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
    """Draw how fresh each source is, against its own rhythm."""
    st.header(_("Свежесть источников"), anchor=False)
    bad = rows.filter(pl.col("state").is_in(["late", "silent"]))
    if len(bad):
        st.warning(
            _("Дольше обычного молчат: {names}.").format(
                names=", ".join(map(labels.source, bad["source"]))
            ),
            icon=":material/schedule:",
        )
    table.table(
        rows,
        {
            "source": _("Источник"),
            "state": _("Состояние"),
            "newest_at": _("Новейшее событие"),
            "age_s": _("Молчит"),
            "usual_gap_s": _("Обычно молчит до"),
            "ingested_at": _("Загружен"),
            "files": _("Файлы"),
            "read": _("Прочитано"),
            "quarantined": _("Карантин"),
        },
        key="quality_fresh",
        show={
            "source": labels.source,
            "state": state.text,
            "newest_at": lambda at: formats.when(at) if at else _("больше 30 дней назад"),
            "age_s": lambda s: formats.duration(s) if s is not None else "—",
            "usual_gap_s": lambda s: formats.duration(s) if s is not None else "—",
            "ingested_at": lambda at: formats.when(at) if at else "—",
        },
        picks=False,
    )
    st.caption(
        _(
            "Обычный перерыв: 99 % перерывов источника в этот час этого дня недели за восемь "
            "прошлых недель были не длиннее. До тройного перерыва источник запаздывает, дольше "
            "молчит. Если журнал приходит файлами, к перерыву прибавляется обычное время между "
            "ними."
        )
    )


def volume(days: pl.DataFrame) -> None:
    """Draw what each source brought a day beside what is usual for it."""
    st.header(_("Объём против обычного уровня"), anchor=False)
    if days.is_empty():
        st.caption(_("За период ничего не поступило."))
        return
    odd = days.filter(pl.col("flag").is_in(["low", "high"]))
    known = days.filter(pl.col("flag") != "unknown")
    if known.is_empty():
        st.caption(_("Обычный уровень ещё не известен: нужно не меньше четырёх недель истории."))
    elif odd.is_empty():
        st.caption(_("Все дни периода в обычных пределах."))
    words = {flag: theme.STATES[flag].label for flag in FLAGS}
    drawn = days.with_columns(
        source=pl.Series(map(labels.source, days["source"]), dtype=pl.String),
        label=pl.Series(
            [formats.share(ratio) if ratio is not None else "" for ratio in days["ratio"]]
        ),
        told=pl.Series([_told(row) for row in days.iter_rows(named=True)]),
    )
    chart.draw(
        against_usual(drawn, theme.palette(theme.mode()), words),
        key="quality_volume",
    )
    if len(odd):
        table.table(
            odd,
            {
                "day": _("День"),
                "source": _("Источник"),
                "flag": _("Состояние"),
                "n": _("Пришло"),
                "usual": _("Обычно"),
                "usual_low": _("от"),
                "usual_high": _("до"),
                "ratio": _("Доля обычного"),
            },
            key="quality_odd",
            show={
                "source": labels.source,
                "day": lambda day: formats.day(date.fromisoformat(day), weekday=True),
                "flag": state.text,
                "ratio": formats.share,
            },
            picks=False,
            height=280,
        )
    table.downloads(days, "volume", key="quality_volume")


def _told(row: dict[str, Any]) -> str:
    day = formats.day(date.fromisoformat(row["day"]), weekday=True)
    said = [
        f"{labels.source(row['source'])}, {day}",
        _("поступило {n}").format(n=formats.number(row["n"])),
    ]
    if row["usual"] is not None:
        said.append(
            _("обычно {usual}, от {low} до {high}").format(
                usual=formats.number(row["usual"]),
                low=formats.number(row["usual_low"]),
                high=formats.number(row["usual_high"]),
            )
        )
    return "<br>".join([*said, theme.STATES[row["flag"]].label])


def books(source: str | None) -> None:
    """Draw the ledger of files."""
    st.header(_("Загруженные файлы"), anchor=False)
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
            "source": labels.source,
            "ingested_at": formats.when,
            "seconds": lambda s: formats.number(s, 1),
            "note": lambda text: text or "—",
        },
        picks=False,
        height=320,
    )
    table.downloads(found, "files", key="quality_files")
