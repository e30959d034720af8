"""How a contact went: its legs on an axis of time, and the masked messages."""

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboard import labels, theme
from dashboard.components import chart, contact_words, people, state, table
from dashboard.components.contact_parts import span
from dashboard.figures.contact import legs as legs_figure
from dashboard.i18n import _, _n, formats

MILESTONES = ("message_in", "message_out", "queued", "answered", "first_response")


def legs(told: dict[str, Any]) -> None:
    """Draw the legs on an axis of time and in a table."""
    rows = told["legs"]
    if rows.is_empty():
        st.caption(_("В очередь этот контакт не вставал."))
        return
    names = people.names()
    chart.draw(
        legs_figure(
            _bars(rows, told["events"]),
            _marks(told["events"]),
            theme.palette(theme.mode()),
            {"wait": _("ожидание"), "served": _("разговор"), "events": _("события")},
        ),
        key="contact_legs_figure",
    )
    table.table(
        rows,
        {
            "leg": "№",
            "line": _("Очередь линии"),
            "queued_at": _("Встал в очередь"),
            "wait_s": _("Ожидание"),
            "operator_id": _("Оператор"),
            "talk_s": _("Разговор"),
            "hold_s": _("Удержание"),
            "wrap_s": _("Постобработка"),
            "left_as": _("Чем кончилось"),
        },
        key="contact_legs",
        picks=False,
        show={
            "line": labels.line,
            "queued_at": formats.when,
            "operator_id": lambda one: names.get(one, one or "—"),
            "left_as": contact_words.left_as,
            **dict.fromkeys(("wait_s", "talk_s", "hold_s", "wrap_s"), span),
        },
    )


def messages(rows: pl.DataFrame) -> None:
    """Draw the masked messages of a conversation."""
    if rows.is_empty():
        return
    n = _n("{n} сообщение", "{n} сообщений", len(rows)).format(n=formats.number(len(rows)))
    state.heading(_("Переписка (обезличена)") + f" · {n}")
    names = people.names()
    bubbles = "".join(_bubble(row, names) for row in rows.iter_rows(named=True))
    st.html(
        "<style>.talk{display:flex;flex-direction:column;gap:.5rem;max-height:30rem;"
        "overflow-y:auto;padding:.2rem}"
        ".talk div{max-width:80%;padding:.5rem .75rem;border-radius:.6rem;"
        "background:color-mix(in srgb,currentColor 6%,transparent);white-space:pre-wrap}"
        ".talk .out{align-self:flex-end;"
        "background:color-mix(in srgb,#3f8fa8 22%,transparent)}"
        ".talk small{display:block;opacity:.7;font-size:.8rem}</style>"
        f'<div class="talk" tabindex="0" style="background:none;max-width:none">{bubbles}</div>'
    )


def _bars(rows: pl.DataFrame, happened: pl.DataFrame) -> pl.DataFrame:
    """Return waits and conversations as bars; a leg still open runs to its last known moment."""
    last = happened["event_at"].max() if len(happened) else None
    whole = rows.with_columns(
        label=pl.Series([f"{one['leg']}. {labels.line(one['line'])}" for one in rows.to_dicts()]),
        last=pl.lit(last, dtype=rows.schema["queued_at"]),
    )
    begun = pl.coalesce("answered_at", "left_at", "last")
    waits = whole.select(
        "label", begin="queued_at", finish=begun, part=pl.lit("wait"), seconds="wait_s"
    )
    served = whole.filter(pl.col("answered_at").is_not_null()).select(
        "label",
        begin="answered_at",
        finish=pl.coalesce("left_at", "last"),
        part=pl.lit("served"),
        seconds="talk_s",
    )
    bars = pl.concat([waits, served])
    return bars.with_columns(
        pl.col("begin", "finish")
        .dt.convert_time_zone(str(formats.zone()))
        .dt.replace_time_zone(None),
        said=pl.Series([span(one) for one in bars["seconds"]], dtype=pl.String),
    )


def _marks(rows: pl.DataFrame) -> pl.DataFrame:
    shown = rows.filter(~pl.col("kind").is_in(MILESTONES))
    return shown.select(
        at=local(pl.col("event_at")),
        text=pl.Series([contact_words.kind(one) for one in shown["kind"]], dtype=pl.String),
    )


def local(moment: pl.Expr) -> pl.Expr:
    """Return the wall-clock time of the service's zone: Plotly draws what it is given."""
    return moment.dt.convert_time_zone(str(formats.zone())).dt.replace_time_zone(None)


def _bubble(row: dict[str, Any], names: dict[str, str]) -> str:
    is_ours = row["kind"] == "message_out"
    who = names.get(row["operator_id"], row["operator_id"] or _("оператор"))
    who = who if is_ours else _("заявитель")
    at = formats.clock(row["event_at"], seconds=True)
    text = escape(row["value"] or _("(без текста)"))
    return (
        f'<div class="{"out" if is_ours else "in"}"><small>{escape(who)} · {at}</small>{text}</div>'
    )
