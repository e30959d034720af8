"""An operator's card: what is read for it. One A4 page a person, of one period of scores.

Everything is asked of `pipelines.metrics` with the scope of who asks, so an operator gets no card
but the own. Names are the caller's: only who may see them hands them over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.errors import UsageError, nearest
from pipelines.lake.connect import Lake
from pipelines.metrics import (
    Query,
    coached,
    coaching,
    critical,
    score_contacts_of,
    scored,
    scored_parts,
)
from pipelines.metrics.query import day_start

COMPONENTS = ("sla", "fcr", "csat", "confirmation")  # what a contact shows as kept or not


@dataclass(frozen=True)
class Card:
    """One operator: rows as the metrics give them, not worded yet."""

    row: dict[str, Any]  # of `scored`
    made: dict[str, Any]  # `scored_parts`
    gate: dict[str, Any] | None  # of `critical`; None: no critical criterion applied
    advice: list[dict[str, Any]]  # of `coaching`
    entries: list[dict[str, Any]]  # of `coached`, the newest first
    contacts: pl.DataFrame  # `score_contacts`
    name: str
    last: date
    as_of: datetime


def gather_cards(
    lake: Lake,
    query: Query,
    operators: Sequence[str] = (),
    teams: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> list[Card]:
    """Return the cards of operators, of all of some teams, or of everybody with a stored score.

    Args:
        query: a period of scores (the latest within it is taken), and the scope.
        names: operator_id -> name as the reader may see it; who is absent stands by the id.

    Raises:
        UsageError: an operator or a team no score of the period and scope is of.
    """
    rows = scored(lake, query)
    if len(rows):
        first, tz = rows.row(0, named=True), lake.settings.tz
        start, end = day_start(first["period_start"], tz), day_start(first["period_end"], tz)
        query = replace(query, start=start, end=end)
    _known(operators, rows["operator"], "operator")
    _known(teams, rows["team"].drop_nulls().unique(), "team")
    if operators:
        rows = rows.filter(pl.col("operator").is_in(operators))
    if teams:
        rows = rows.filter(pl.col("team").is_in(teams))
    who = rows["operator"].to_list()
    some = replace(query, where={"operator": tuple(who)})
    gates = {row["operator"]: row for row in critical(lake, some).to_dicts()}
    advice, entries = coaching(lake, some), coached(lake, some)
    contacts = score_contacts_of(lake, some, who)
    as_of = lake.now()
    cards = []
    for row in rows.iter_rows(named=True):
        operator = row["operator"]
        made = scored_parts(lake, query, operator)
        cards.append(
            Card(
                row=row,
                made=made,
                gate=gates.get(operator),
                advice=advice.filter(pl.col("operator") == operator).to_dicts(),
                entries=entries.filter(pl.col("operator") == operator).to_dicts(),
                contacts=contacts[operator],
                name=(names or {}).get(operator, operator),
                last=made["last"],
                as_of=as_of,
            )
        )
    return sorted(cards, key=lambda card: (card.name, card.row["operator"]))


def _known(asked: Sequence[str], known: pl.Series, what: str) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(
                f"no score of {what} '{name}' in this period{nearest(name, known.to_list())}"
            )
