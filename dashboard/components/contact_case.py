"""The contacts of a citizen's chain on one axis of time: waits, who served, what is due when."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data, labels, theme
from dashboard.components import chart, contact_words, frame, people
from dashboard.components.contact_parts import span
from dashboard.components.contact_talk import local
from dashboard.figures.case import case
from dashboard.i18n import _, formats
from dashboard.theme import STATES
from pipelines.metrics import case_course, nearest

MOST = 20  # contacts drawn: more rows are no picture


def draw(found: dict[str, Any], chain: pl.DataFrame) -> None:
    """Draw the chain of a contact; nothing where it came alone."""
    rows = nearest(chain, MOST)
    if len(rows) < 2:
        return
    zone = str(formats.zone())
    on = rows["received_at"].dt.convert_time_zone(zone).dt.date()
    told = data.ask(
        case_course,
        tuple(rows["contact_id"]),
        (on.min(), on.max()),
        found["as_of"],
        scope=access.scope(frame.person()),
        live=True,
    )
    name = pl.DataFrame(
        {
            "contact_id": rows["contact_id"],
            "label": [_label(n, row) for n, row in enumerate(rows.to_dicts(), 1)],
        }
    )
    chart.draw(
        case(
            rows.join(name, on="contact_id", maintain_order="left").select(
                "label",
                at=local(pl.col("received_at")),
                said=pl.Series([_said(row) for row in rows.to_dicts()], dtype=pl.String),
                is_this=pl.col("same") == "this",
            ),
            _spans(told["spans"].join(name, on="contact_id", maintain_order="left")),
            _dues(told["dues"].join(name, on="contact_id", maintain_order="left")),
            theme.palette(theme.mode()),
            {
                "wait": _("ожидание"),
                "served": _("разговор"),
                "came": _("поступил"),
                **{state: _("срок: {state}").format(state=STATES[state].label) for state in DUE},
            },
        ),
        key="contact_case_figure",
    )
    if len(rows) < len(chain):
        st.caption(
            _("Нарисованы {n} ближайших по времени контактов, остальные — в таблице.").format(
                n=formats.number(len(rows))
            )
        )


DUE = ("met", "running", "breached", "overdue")


def _label(n: int, row: dict[str, Any]) -> str:
    words = f"{n}. {labels.channel(row['channel'])}<br>{formats.when(row['received_at'])}"
    return f"<b>{words}</b>" if row["same"] == "this" else words


def _said(row: dict[str, Any]) -> str:
    parts = [labels.line(row["line"]), labels.category(row["category"])]
    parts.append(contact_words.outcome(row["outcome"]))
    if row["gap_s"] is not None:
        parts.insert(0, _("через {time}").format(time=formats.duration(row["gap_s"])))
    return "<br>".join(parts)


def _spans(rows: pl.DataFrame) -> pl.DataFrame:
    names = people.names()
    said = [
        " · ".join(
            part
            for part in (
                span(row["seconds"]),
                labels.line(row["line"]),
                names.get(row["operator_id"], row["operator_id"]),
            )
            if part
        )
        for row in rows.to_dicts()
    ]
    return rows.select(
        "label",
        "part",
        begin=local(pl.col("begin")),
        finish=local(pl.col("finish")),
        said=pl.Series(said, dtype=pl.String),
    )


def _dues(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "label",
        "state",
        at=local(pl.col("due_at")),
        said=pl.Series([labels.promise(one) for one in rows["promise"]], dtype=pl.String),
    )
