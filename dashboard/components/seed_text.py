"""The source text sentence by sentence: each with what is measured of it, or why nothing is."""

from html import escape
from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import promise_words, table
from dashboard.i18n import _, _n, formats, language
from pipelines.metrics import seed_map

ASIDE = ("topic", "advice", "cause")  # sentences that promise nothing
STYLE = """<style>
.seed {max-width: 62rem; line-height: 1.5}
.seed h4 {margin: 1.4rem 0 .3rem; padding: 0}
.seed p {margin: .55rem 0 .1rem}
.seed small {display: block; color: MUTED}
.seed a {display: inline-block; margin: .15rem .5rem .15rem 0; padding: .05rem .5rem;
  border: 1px solid BORDER; border-radius: .5rem; text-decoration: none; font-size: .87rem;
  color: TEXT}
.seed a:hover {border-color: ACCENT}
.seed a b {font-weight: 600}
</style>"""


def draw(rows: pl.DataFrame) -> None:
    """Draw the whole text; `rows` are those of `fulfilment`."""
    told = seed_map(data.lake(), rows)
    measured = told.filter(pl.col("promise").is_not_null())["number"].n_unique()
    n = told["number"].n_unique()
    count = _n("{n} предложение", "{n} предложений", n).format(n=formats.number(n))
    st.caption(
        _("Публичная страница службы поддержки дословно: {count}, измеряется {measured}.").format(
            count=count, measured=formats.number(measured)
        )
    )
    whole = st.toggle(_("Показать темы, советы и причины неполадок"), key="promises_whole")
    shown = told if whole else told.filter(~pl.col("reason").is_in(ASIDE).fill_null(value=False))
    parts = [_sentence(part) for part in shown.partition_by("number", maintain_order=True)]
    st.html(f'{_style()}<div class="seed">{"".join(parts)}</div>')
    table.downloads(told, "promises-text", key="promises_map")


def _style() -> str:
    colours = theme.palette(theme.mode())
    style = STYLE
    for name in ("muted", "border", "text", "accent"):
        style = style.replace(name.upper(), colours[name])
    return style


def _sentence(rows: pl.DataFrame) -> str:
    first = rows.row(0, named=True)
    text = escape(first["text"])
    if first["reason"] == "heading":
        return f"<h4>{text}</h4>"
    marks = "".join(_mark(row) for row in rows.iter_rows(named=True) if row["promise"])
    because = first["because_ru" if language() == "ru" else "because_en"]
    if not because:
        return f"<p>{text}</p>{marks}"
    words = (
        _("не измеряется отчасти: {because}") if marks else _("не измеряется: {because}")
    ).format(because=because)
    return f"<p>{text}</p>{marks}<small>{escape(words)}</small>"


def _mark(row: dict[str, Any]) -> str:
    look = theme.STATES[row["state"] or "no_data"]
    colour = theme.palette(theme.mode())[row["state"] or "no_data"]
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    address |= {"view": [row["basis"]], "promise": [row["promise"]]}
    return (
        f'<a target="_self" href="/promises?{escape(urlencode(address, doseq=True))}" '
        f'title="{escape(look.label)}"><span style="color:{colour}">{look.icon}</span> '
        f"{escape(labels.promise(row['promise']))} · <b>{escape(promise_words.value(row))}</b></a>"
    )
