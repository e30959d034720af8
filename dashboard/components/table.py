"""Tables: formatted cells, a click on a row that opens its contact, and downloads."""

import codecs
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd
import polars as pl
import streamlit as st

from dashboard.i18n import _, formats
from dashboard.pages import PAGES
from pipelines.export import write_frame

ROW_PX = 33  # of a row at the base size of config.toml
LINE_PX = 80  # of a column of lines
LETTER_PX, PADDING_PX = 7.4, 20  # of a cell's text
MEASURED = 200  # rows whose longest text a column makes room for
WIDEST_PX, WHOLE_PX = 330, 540  # of a column as it is, and of one whose texts are to be read


def contact_address(contact_id: str) -> str:
    """Return the address of a contact's page, to be shared."""
    return f"/contact?id={contact_id}"


def open_contact(contact_id: str) -> None:
    """Go to a contact's page in this session."""
    st.switch_page(PAGES["contact"].file, query_params={"id": contact_id})


def table(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    key: str,
    show: Mapping[str, Callable[[Any], str]] | None = None,
    opens: str | None = None,
    height: int | Literal["content"] | None = None,
    picks: bool = True,
    right: Collection[str] = (),
    lines: Collection[str] = (),
    whole: Collection[str] = (),
    hint: str = "",
) -> dict[str, Any] | None:
    """Draw a frame; a click on a row opens its contact, or is returned.

    Args:
        frame: any rows, in the order to show. Never modified.
        columns: column -> heading, in order; other columns are not shown.
        show: column -> formatter of one value; a figure or a time stays one: it is sorted as it
            is, whatever its text. Numbers without one get the language's own form.
        picks: rows can be clicked; False draws no boxes to tick.
        right: columns of texts that are figures (of several units), set to the right too.
        lines: columns of lists of numbers, each cell drawn as a line of its own scale.
        whole: columns of long texts that are to be read in place, not after a click.
        hint: what a click opens, said above: below a long table nobody reads it.
        opens: column with a contact_id; a click on the row opens that contact's page.

    Returns:
        The clicked row as a dict, or None.
    """
    ends = {name for name in columns if name in right or frame[name].dtype.is_numeric()}
    words = {name: (show or {}).get(name) for name in columns}
    if hint:
        st.caption(hint)
    picked = st.dataframe(
        worded(frame.select(*columns), words),
        key=key,
        hide_index=True,
        height=_cut(height, len(frame)) if isinstance(height, int) else height or "auto",
        column_config={
            name: st.column_config.LineChartColumn(title, width=LINE_PX)
            if name in lines
            else st.column_config.Column(
                title,
                alignment="right" if name in ends else None,
                width=room(frame[name], words[name], WHOLE_PX if name in whole else WIDEST_PX),
            )
            for name, title in columns.items()
        },
        on_select="rerun" if picks else "ignore",
        selection_mode="single-row",
        placeholder="—",
    )
    rows = cast("Any", picked)["selection"]["rows"] if picks else []
    if not rows:
        return None
    row = frame.row(rows[0], named=True)
    if opens and row.get(opens):
        open_contact(row[opens])
    return row


def choose(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    key: str,
    show: Mapping[str, Callable[[Any], str]],
    picks: bool = True,
) -> list[str]:
    """Draw contacts of which several can be ticked; return the contact_id of those that are.

    Of another list of contacts those ticked before stay ticked: a row is known by its contact.
    """
    ids = frame["contact_id"].to_list()
    before = st.session_state.get(f"{key}_ticked", [])
    ticked = [n for n, one in enumerate(ids) if one in before]
    marked: Any = {"selection": {"rows": ticked, "columns": [], "cells": []}}  # a TypedDict
    picked = st.dataframe(
        worded(frame.select(*columns), {name: show.get(name) for name in columns}),
        key=f"{key}_{hash(tuple(ids))}",
        selection_default=marked if picks else None,
        hide_index=True,
        height=_cut(420, len(frame)),
        column_config={name: st.column_config.Column(title) for name, title in columns.items()},
        on_select="rerun" if picks else "ignore",
        selection_mode="multi-row",
        placeholder="—",
    )
    rows = cast("Any", picked)["selection"]["rows"] if picks else []
    chosen = [str(ids[n]) for n in rows if n < len(ids)]
    st.session_state[f"{key}_ticked"] = chosen
    return chosen


def room(
    values: pl.Series, words: Callable[[Any], str] | None, most: int = WIDEST_PX
) -> int | None:
    """Return the pixels of times, and of a few long texts among short ones; None of the rest.

    The browser makes a column as wide as its usual text, and cuts what is twice as long; times
    lose their last digit where it measured before the page's own type had come.

    >>> room(pl.Series(["—"] * 9 + ["Линия сбоев (в исходном тексте — 112)"]), None)
    294
    >>> room(pl.Series(["звонок", "чат"]), None)
    """
    if values.dtype.is_numeric() or values.dtype.is_nested():
        return None
    shown = values.head(MEASURED).drop_nulls()
    lengths = [len(words(one) if words else str(one)) for one in shown]
    is_even = bool(lengths) and max(lengths) * len(lengths) < 1.8 * sum(lengths)
    if not lengths or (is_even and not values.dtype.is_temporal()):
        return None
    return min(most, round(max(lengths) * LETTER_PX) + PADDING_PX)


def height_of(rows: int) -> int:
    """Return the pixels a table of so many rows takes."""
    return ROW_PX * (rows + 1) + 3


def _cut(height: int, rows: int) -> int:
    """Return at most this height; half a row at the lower end says that there are more."""
    if height_of(rows) <= height:
        return height_of(rows)
    return height_of(height // ROW_PX - 1) - ROW_PX // 2


def worded(frame: pl.DataFrame, show: Mapping[str, Callable[[Any], str] | None]) -> Any:
    """Return the frame as pandas shows it: texts of ours over values that sort as what they are.

    The browser's own number format would follow the browser, not the language chosen here.
    """
    kept = {name for name in frame.columns if _sorts_by_value(frame[name], show[name])}
    texts = {name: words for name, words in show.items() if words and name not in kept}
    values = frame.with_columns(
        pl.Series(name, [words(value) for value in frame[name]], dtype=pl.String)
        for name, words in texts.items()
    ).to_pandas(use_pyarrow_extension_array=True)
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.List):  # pandas cannot read its own name of Arrow's lists back
            values[name] = pd.Series(frame[name].to_list(), dtype=object)
    shown: dict[Any, str | Callable[[object], str] | None] = {
        name: _of_known(show[name] or formats.number)
        for name in kept
        if show[name] or frame[name].dtype.is_numeric()
    }
    return values.style.format(shown)


def _sorts_by_value(values: pl.Series, words: Callable[[Any], str] | None) -> bool:
    """Tell figures and times, unless what is not known of them has a word of its own."""
    if not (values.dtype.is_numeric() or values.dtype.is_temporal()):
        return False
    return not values.null_count() or words is None or words(None) in ("—", formats.no_data())


def _of_known(words: Callable[[Any], str]) -> Callable[[object], str]:
    # pandas has a null of its own; a null is drawn as the table's placeholder
    return lambda value: "" if value is pd.NA or value is pd.NaT else words(value)


MIME = {
    "CSV": "text/csv",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Parquet": "application/vnd.apache.parquet",
}


def downloads(frame: pl.DataFrame | Callable[[], pl.DataFrame], name: str, *, key: str) -> None:
    """Draw a quiet button a form: the frame as CSV, XLSX, Parquet; made at the click.

    Args:
        frame: or what asks for it at the click, where it is more than the page shows.
        name: of the file. key: `<page>_<name>`.

    Times are written as `liniya export` writes them, in the service's zone.
    """
    with st.container(horizontal=True, key=f"{key}_downloads"):
        for kind, mime in MIME.items():
            st.download_button(
                _("Скачать {kind}").format(kind=kind),
                partial(_file, frame, f"{name}.{kind.lower()}"),
                file_name=f"{name}.{kind.lower()}",
                mime=mime,
                key=f"{key}_{kind.lower()}",
                on_click="ignore",
                type="tertiary",
            )


def _file(frame: pl.DataFrame | Callable[[], pl.DataFrame], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        write_frame(frame() if callable(frame) else frame, out, formats.zone().key)
        # a sheet opened by a click must know the letters; programs that read CSV skip the mark
        mark = codecs.BOM_UTF8 if out.suffix == ".csv" else b""
        return mark + out.read_bytes()
