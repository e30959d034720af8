"""Reconciliation on the page of data quality: logs against each other, and what cannot be."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import frame, mismatch_words, people, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Query, mismatches, reconciliation

SHOWN = 200  # rows a person still looks through; the download of a finding has them too


def reconciled(query: Query) -> None:
    """Draw what was found, what it may change of the service level, and the contacts behind."""
    st.header(_("Сверка журналов"), anchor=False)
    found = data.ask(reconciliation, query)
    if found.is_empty():
        st.caption(_("Сверять не с чем: за период нет ни журнала обращений, ни звонков."))
        return
    _bounds(found.filter(finding="all").row(0, named=True))
    rows = found.filter(pl.col("finding") != "all").with_columns(
        level=pl.Series([_level(one) for one in found.iter_rows(named=True)][:-1], dtype=pl.String)
    )
    picked = [
        _findings(rows.filter(kind=kind), words, key=f"quality_{kind}")
        for kind, words in (
            ("missing", _("Есть в одном журнале и нет в другом")),
            ("fault", _("Известные неисправности журналов телефонии")),
        )
    ]
    table.downloads(found, "sverka", key="quality_findings")
    clicked = next((one for one in picked if one), None)
    if clicked is not None:
        _behind(query, clicked)


def _bounds(every: dict[str, Any]) -> None:
    if not every["found"]:
        st.success(_("Расхождений и неисправностей за период не найдено."))
        return
    said = _n("{n} расхождение", "{n} расхождений", every["found"]).format(
        n=formats.number(every["found"])
    )
    if every["sl"] is None:
        st.caption(said)
        return
    st.markdown(
        _(
            "Уровень обслуживания (SL) телефонии за период {sl}. С учётом того, что нашла сверка "
            "({found}), он лежит между {low} и {high}."
        ).format(
            sl=formats.share(every["sl"], 1),
            found=said,
            low=formats.share(every["sl_low"], 1),
            high=formats.share(every["sl_high"], 1),
        )
    )


def _level(row: dict[str, Any]) -> str:
    """The bounds of the service level, where the finding moves it at all."""
    low, high = formats.share(row["sl_low"], 2), formats.share(row["sl_high"], 2)
    if not row["found"] or row["sl_low"] == row["sl_high"]:
        return "—"
    return f"{low} … {high}"


def _findings(rows: pl.DataFrame, words: str, *, key: str) -> dict[str, Any] | None:
    if rows.is_empty():
        return None
    state.heading(words)
    is_by_channel = rows["channel"].n_unique() > 1
    columns = {
        "finding": _("Что найдено"),
        "channel": _("Канал"),
        "found": _("Найдено"),
        "n": _("Из скольких"),
        "share": _("Доля"),
        "level": _("SL: худший и лучший случай"),
    }
    if not is_by_channel:
        del columns["channel"]
    return table.table(
        rows,
        columns,
        key=key,
        show={
            "finding": mismatch_words.finding,
            "channel": labels.channel,
            "share": lambda one: formats.share(one, 2),
        },
        height="content",
        hint=_("Нажмите на строку, чтобы увидеть контакты за ней."),
    )


def _behind(query: Query, clicked: dict[str, Any]) -> None:
    """Draw what stands behind one row."""
    state.heading(mismatch_words.finding(clicked["finding"]))
    if not clicked["found"]:
        st.caption(_("Расхождений нет."))
        return
    found = data.ask(mismatches, query, clicked["finding"], channel=clicked["channel"], limit=SHOWN)
    if found.total > SHOWN:
        st.caption(
            _("Показаны первые {shown} из {total}, от старых к новым.").format(
                shown=formats.number(SHOWN), total=formats.number(found.total)
            )
        )
    names = people.names()
    columns = {
        "happened_at": _("Время"),
        "line": _("Линия поддержки"),
        "operator_id": _("Оператор"),
        "evidence": _("Как известно"),
        "reference": _("Номер обращения или звонка"),
        "contact_id": _("Контакт"),
    }
    table.table(
        found.rows,
        {name: words for name, words in columns.items() if found.rows[name].count()},
        key="quality_mismatches",
        show={
            "happened_at": formats.when,
            "line": labels.line,
            "operator_id": lambda one: names.get(one, one or "—"),
            "evidence": mismatch_words.evidence,
        },
        opens="contact_id" if frame.person().may_open("contact") else None,
        height=min(420, 38 + 35 * len(found.rows)),
    )
    table.downloads(found.rows, clicked["finding"], key="quality_mismatches")
