"""A promise taken apart: the same counts by line, and by day and night."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import promise_words, state, table
from dashboard.i18n import N_, _, formats
from pipelines.metrics import Query, aside, beside, promises

REGIMES = {"staffed": N_("часы работы линии"), "off_hours": N_("нерабочее время линии")}


def draw(
    found: pl.DataFrame, group: str, heading: str, show: Callable[[Any], str], *, key: str
) -> None:
    """Draw rows of `promises` of one promise by one group, in the order given."""
    facts = [promise_words.value(one) for one in found.iter_rows(named=True)]
    columns = {
        group: heading,
        "fact": _("Факт"),
        "failed": _("Нарушений"),
        "n": _("База"),
        "state": _("Состояние"),
    }
    if (found["kind"] == "mean").all():  # is above its target as a whole: no contact fails it
        del columns["failed"]
    table.table(
        found.with_columns(
            fact=pl.Series(facts, dtype=pl.String), failed=pl.col("breached") + pl.col("overdue")
        ),
        columns,
        key=key,
        show={group: show, "state": state.text},
        height="content",
        picks=False,
    )


def regimes(row: dict[str, Any], query: Query) -> None:
    """Draw a row of `fulfilment` by day and night; outages have no hours of a line."""
    where = {**query.where, "promise": (row["promise"],)}
    found = data.ask(promises, replace(query, by=("regime",), where=where), each_minute=True)
    known = found.filter(pl.col("regime").is_not_null()).sort("regime", descending=True)
    if known.is_empty():
        return
    state.heading(_("Днём и ночью"))
    if len(known) == 1:
        words = REGIMES[known.item(0, "regime")]
        st.caption(_("Все случаи за период — {regime}.").format(regime=_(words)))
        return
    heading, show = GROUPS["regime"]
    draw(known, "regime", _(heading), show, key="promises_regimes")


def besides(row: dict[str, Any], query: Query) -> None:
    """Draw the promises whose figures by a group belong on the page of this one."""
    for (name, group), found in data.ask(beside, query, row["promise"], each_minute=True).items():
        known = found.filter(found["n"] > 0)
        if known.is_empty():
            continue
        heading, show = GROUPS[group]
        state.heading(
            _("Рядом: «{promise}» — {group}").format(
                promise=labels.promise(name), group=_(heading).lower()
            )
        )
        draw(known, group, _(heading), show, key=f"promises_beside_{group}")


def aside_of(row: dict[str, Any], query: Query) -> None:
    """Say what stands beside the share and is never in it: people, repeats, untimed flags."""
    told = data.ask(aside, query, row["promise"], each_minute=True)
    said = []
    if told["people"]:
        said.append(
            _(
                "Попыток — {attempts}, разных заявителей — {people}: "
                "повторная попытка из доли не выпадает."
            ).format(
                attempts=formats.number(told["attempts"]), people=formats.number(told["people"])
            )
        )
    if told["resolved"]:
        said.append(
            _(
                "Обратились о том же снова за {limit} после решения — {reopened} из {resolved}: "
                "показаны отдельно, срок по ним не пересматривается."
            ).format(
                limit=promise_words.again(data.settings().reopen_hours),
                reopened=formats.number(told["reopened"]),
                resolved=formats.number(told["resolved"]),
            )
        )
    if told["untimed_complex"]:
        said.append(
            _(
                "Помечены сложными без времени отметки — {n}: судим как обычные, "
                "поздняя отметка срока не меняет."
            ).format(n=formats.number(told["untimed_complex"]))
        )
    if said:
        st.caption("  \n".join(said))


def _zone(name: str | None) -> str:
    return name or _("регион не указан")


def _hours(name: str | None) -> str:
    known = {"peak": _("часы наибольшей нагрузки"), "other": _("остальные часы")}
    return known.get(name or "", "—")


# group of `promises` -> its heading, and how a value is called
GROUPS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "time_zone": (N_("Часовой пояс заявителя"), _zone),
    "regime": (N_("Когда поступил"), lambda name: _(REGIMES[name]) if name else "—"),
    "peak": (N_("Часы недели"), _hours),
    "line": (N_("Линия поддержки"), labels.line),
    "region": (N_("Регион"), labels.region),
}
