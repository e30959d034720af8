"""The source text sentence by sentence: each with what is measured of it, or why nothing is."""

import tempfile
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import promise_words, table
from dashboard.i18n import _, _n, formats, language
from pipelines.metrics import Query, seed_map
from pipelines.reports import write_seed_map

ASIDE = ("topic", "advice", "cause")  # sentences that promise nothing
STYLE = """<style>
.seed {max-width: 62rem; line-height: 1.5}
.seed h4 {margin: 1.4rem 0 .3rem; padding: 0}
.seed p {margin: .55rem 0 .1rem}
.seed small {display: block; color: MUTED}
.seed i {font-style: normal; font-size: .87rem; color: MUTED}
.seed a {display: inline-block; margin: .15rem .5rem .15rem 0; padding: .05rem .5rem;
  border: 1px solid BORDER; border-radius: .5rem; text-decoration: none; font-size: .87rem;
  color: TEXT}
.seed a:hover {border-color: ACCENT}
.seed a b {font-weight: 600}
</style>"""


def draw(query: Query) -> None:
    """Draw the whole text with its figures for a question of the page."""
    told = data.ask(seed_map, query, each_minute=True)
    measured = told.filter(pl.col("promise").is_not_null())["number"].n_unique()
    n = told["number"].n_unique()
    count = _n("{n} предложение", "{n} предложений", n).format(n=formats.number(n))
    st.caption(
        _("Публичная страница службы поддержки дословно: {count}, измеряется {measured}.").format(
            count=count, measured=formats.number(measured)
        )
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        _publish(query)
        whole = st.toggle(_("Показать темы, советы и причины неполадок"), key="promises_whole")
    shown = told if whole else told.filter(~pl.col("reason").is_in(ASIDE).fill_null(value=False))
    parts = [_sentence(part) for part in shown.partition_by("number", maintain_order=True)]
    st.html(f'{_style()}<div class="seed">{"".join(parts)}</div>')
    table.downloads(told, "promises-text", key="promises_map")


def _publish(query: Query) -> None:
    """Draw the button of the page a ministry may publish; made at its click."""

    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "map.html"
            write_seed_map(data.lake(), query, out, language())
            return out.read_bytes()

    st.download_button(
        _("Скачать для публикации (HTML)"),
        made,
        file_name=f"seed-map-{formats.local(query.start):%Y-%m-%d}.html",
        mime="text/html",
        key="promises_publish",
        on_click="ignore",
        help=_("Один файл без скриптов и обращений к сети: только счёт, никаких данных о людях."),
    )


def _style() -> str:
    colours = theme.either()
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
    if first["people"]:
        people = _n("подвели {n} заявителя", "подвели {n} заявителей", first["people"])
        marks += f"<i>{escape(people.format(n=formats.number(first['people'])))}</i>"
    because = first["because_ru" if language() == "ru" else "because_en"]
    if not because:
        return f"<p>{text}</p>{marks}"
    words = (
        _("не измеряется отчасти: {because}") if marks else _("не измеряется: {because}")
    ).format(because=because)
    return f"<p>{text}</p>{marks}<small>{escape(words)}</small>"


def _mark(row: dict[str, Any]) -> str:
    look = theme.STATES[row["state"] or "no_data"]
    colour = theme.either()[row["state"] or "no_data"]
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    address |= {"view": [row["basis"]], "promise": [row["promise"]]}
    return (
        f'<a target="_self" href="/promises?{escape(urlencode(address, doseq=True))}" '
        f'title="{escape(look.label)}"><span style="color:{colour}">{look.icon}</span> '
        f"{escape(labels.promise(row['promise']))} · <b>{escape(promise_words.value(row))}</b></a>"
    )
