"""Tables: formatted cells, a click on a row that opens its contact, and downloads."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import polars as pl
import streamlit as st

from dashboard.i18n import _
from dashboard.pages import PAGES


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
) -> dict[str, Any] | None:
    """Draw a frame; a click on a row opens its contact, or is returned.

    Args:
        frame: any rows, in the order to show. Never modified.
        columns: column -> heading, in order; other columns are not shown.
        show: column -> formatter of one value; sorting by it then sorts the text, so leave
            plain numbers out.
        picks: rows can be clicked; False draws no boxes to tick.
        opens: column with a contact_id; a click on the row opens that contact's page.

    Returns:
        The clicked row as a dict, or None.
    """
    shown = frame.select(
        frame[name]
        if not show or name not in show
        else pl.Series(name, [show[name](value) for value in frame[name]], dtype=pl.String)
        for name in columns
    )
    picked = st.dataframe(
        shown,
        key=key,
        hide_index=True,
        height=height if height else "auto",
        column_config={name: _column(shown[name], title) for name, title in columns.items()},
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


def _column(values: pl.Series, title: str) -> Any:
    if values.dtype.is_numeric():
        return st.column_config.NumberColumn(title, format="localized")
    return st.column_config.Column(title)


def downloads(frame: pl.DataFrame, name: str, *, key: str) -> None:
    """Draw two quiet buttons: the frame as CSV and as XLSX; the file is made at the click."""

    def xlsx() -> bytes:
        out = io.BytesIO()
        naive = frame.with_columns(
            pl.col(column).dt.replace_time_zone(None)
            for column, kind in frame.schema.items()
            if isinstance(kind, pl.Datetime) and kind.time_zone
        )
        naive.write_excel(out)
        return out.getvalue()

    with st.container(horizontal=True, key=f"{key}_downloads"):
        for kind, make, mime in (
            ("CSV", lambda: frame.write_csv().encode("utf-8-sig"), "text/csv"),
            ("XLSX", xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ):
            st.download_button(
                _("Скачать {kind}").format(kind=kind),
                make,
                file_name=f"{name}.{kind.lower()}",
                mime=mime,
                key=f"{key}_{kind.lower()}",
                on_click="ignore",
                type="tertiary",
            )
