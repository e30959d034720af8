"""The printed card of one operator: a page of its own, black on white, nothing to click."""

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.components import operator_words, people, state
from dashboard.components.review_results import interval
from dashboard.i18n import _, formats, language
from pipelines.metrics import Query, critical

STYLE = """
@page { size: A4; margin: 16mm }
body { font: 11pt/1.45 "Golos Text", "DejaVu Sans", Arial, sans-serif; color: #111;
  max-width: 180mm; margin: 0 auto; padding: 8mm 0 }
h1 { font-size: 17pt; margin: 0 0 1mm }
h2 { font-size: 12pt; margin: 6mm 0 2mm; border-bottom: .3mm solid #999 }
.score { font-size: 22pt; font-weight: 600 }
.muted { color: #555 }
.ground { border: .4mm solid #111; padding: 3mm; margin-top: 6mm; break-inside: avoid }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: 1.2mm 2mm; border-bottom: .2mm solid #ccc }
th:first-child, td:first-child { text-align: left }
.sign { display: flex; gap: 12mm; margin-top: 12mm }
.sign div { flex: 1; border-top: .3mm solid #111; padding-top: 1mm; font-size: 9pt }
"""


def button(row: Mapping[str, Any], made: Mapping[str, Any], query: Query) -> None:
    """Draw the button that saves the card of a row of `scored`."""
    operator = row["operator"]
    gate = data.ask(critical, Query(query.start, query.end, where={"operator": operator},
                                    scope=query.scope))  # fmt: skip
    found = gate.row(0, named=True) if len(gate) else None
    st.download_button(
        _("Карточка для печати"),
        partial(card, row, made, found, people.name(operator), formats.when(data.now())),
        file_name=f"operator-{operator}.html",
        mime="text/html",
        key="operators_card",
        on_click="ignore",
        type="tertiary",
        icon=":material/print:",
    )


def card(
    row: Mapping[str, Any],
    made: Mapping[str, Any],
    gate: Mapping[str, Any] | None,
    name: str,
    as_of: str,
) -> bytes:
    """Return the card as one HTML file.

    Args:
        row: of `scored`. made: `scored_parts`. gate: of `critical`; None: no critical criterion
            applied. name: as the reader may see it. as_of: in words.
    """
    facts = (
        _("период {span}").format(span=formats.span(row["period_start"], made["last"])),
        _("команда: {team}").format(team=row["team"] or "—"),
        _("контактов: {n}").format(n=formats.number(row["n"])),
        _("проверок по листу: {n}").format(n=formats.number(row["reviews"])),
    )
    body = (
        _tag("h1", name),
        _tag("div", " · ".join(facts), "muted"),
        _tag("h2", _("Оценка оператора")),
        _tag("span", operator_words.interval(row), "score"),
        _tag("span", state.text(row["band"] or "insufficient")),
        *(_tag("p", one) for one in operator_words.reasons(row, made)),
        _tag("h2", _("Составляющие: факт и ожидаемое для того же состава контактов")),
        _table(made),
        _tag("h2", _("Без критических ошибок")),
        _tag("p", _gate(gate)),
        _tag("p", _(operator_words.NOT_A_GROUND), "ground"),
        '<div class="sign">',
        _tag("div", _("Оператор ознакомлен: подпись, дата")),
        _tag("div", _("Провёл разговор: подпись, дата")),
        "</div>",
        _tag("p", _("по состоянию на {time}").format(time=as_of), "muted"),
    )
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        f"<title>{escape(name)}</title><style>{STYLE}</style></head>"
        f"<body>{' '.join(body)}</body></html>"
    ).encode()


def _tag(name: str, text: str, kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f"<{name}{mark}>{escape(text)}</{name}>"


def _table(made: Mapping[str, Any]) -> str:
    heads = (_("Составляющая"), _("Факт"), _("Ожидалось"), _("Вклад, баллов"), _("Вес"), _("База"))
    rows = [
        (
            operator_words.component(part["component"]),
            operator_words.amount(part["component"], part["value"]),
            operator_words.amount(part["component"], part["expected"]),
            "—" if part["contribution"] is None else formats.signed(part["contribution"], 1),
            formats.share(part["weight"]) if part["weight"] else _("не входит"),
            formats.number(part["n"]),
        )
        for part in made["rows"].iter_rows(named=True)
    ]
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _gate(gate: Mapping[str, Any] | None) -> str:
    if gate is None:
        return _("критические вопросы в проверках не применялись")
    return (
        interval(dict(gate))
        + " · "
        + _("проверок: {n}, с ошибкой: {failed}").format(
            n=formats.number(gate["reviews"]), failed=formats.number(gate["failed"])
        )
    )
