"""What the rules of alerts look at: values of the metrics, named by the scope they are of.

No figure is computed here: service level, waiting and growth are the live board's, deadlines its
clocks, bursts, silence and failed checks those of the pages Проблемы and Данные.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics import Query, board, quality, rhythm
from pipelines.metrics.board_open import due_within
from pipelines.reference import AlertRule

SLOW = ("silent_source", "failed_check")  # they change by the minute and cost more to ask


@dataclass(frozen=True)
class Reading:
    """One value of a rule. scope: empty for all lines; value None: not known; since_at: if told.

    is_part: of what is told by another; it keeps an episode up and begins none.
    """

    rule: AlertRule
    scope: str
    value: float | None
    since_at: datetime | None = None
    is_part: bool = False


def read(lake: Lake, rules: Iterable[AlertRule], at: datetime) -> list[Reading]:
    """Return the readings of the rules at a moment.

    Args:
        lake: a cursor of its own: the live board leaves temporary tables on it.
    """
    rules = list(rules)
    kinds = {rule.kind for rule in rules}
    found: list[Reading] = []
    if kinds - set(SLOW):
        figures = board(lake, at)
        due = {
            within_s: due_within(lake, at, within_s)
            for within_s in {rule.within_s for rule in rules if rule.kind == "breach_soon"}
        }
        for rule in rules:
            if rule.kind == "burst":
                found += _bursts(rule, figures["bursts"])
            elif rule.kind not in SLOW:
                found += _lines(rule, figures, due.get(rule.within_s, {}))
    if "silent_source" in kinds:
        silence = rhythm(lake, at)
        for rule in rules:
            if rule.kind == "silent_source":
                found += _sources(rule, silence)
    for rule in rules:
        if rule.kind == "failed_check":
            found += _checks(rule, lake, at)
    return found


def _lines(
    rule: AlertRule, figures: Mapping[str, Any], due: Mapping[str | None, int]
) -> list[Reading]:
    if rule.lines is None:
        return [Reading(rule, "", _of_line(rule, figures["total"], due.get(None, 0)))]
    known = {line["line"]: line for line in figures["lines"]}
    return [
        Reading(rule, name, _of_line(rule, known[name], due.get(name, 0)))
        for name in rule.lines
        if name in known
    ]


def _of_line(rule: AlertRule, line: Mapping[str, Any], due: int) -> float | None:
    if rule.kind == "breach_soon":
        return float(due)
    if rule.kind == "service_level":
        level = line["level"][rule.window]
        return level["share"] if level["base"] >= rule.least else None
    if line["growth_per_min"] is None:
        return None
    # a short queue that doubles is none
    return float(line["growth_per_min"]) if line["waiting"] >= rule.least else 0.0


def _bursts(rule: AlertRule, rows: Collection[Mapping[str, Any]]) -> list[Reading]:
    if rule.series == "category":
        return [
            Reading(rule, row["category"], row["excess"], row["started_at"])
            for row in rows
            if row["kind"] == "category" and (not rule.only or row["category"] in rule.only)
        ]
    own = [(row, False) for row in rows] + [(one, True) for row in rows for one in row["parts"]]
    found: dict[str, Reading] = {}
    for row, is_part in own:  # of the choices of a line the first told by itself, else the largest
        if row["kind"] == rule.series:
            scope = row["line"] or ""
            found.setdefault(
                scope, Reading(rule, scope, row["excess"], row["started_at"], is_part=is_part)
            )
    return list(found.values())


def _sources(rule: AlertRule, silence: pl.DataFrame) -> list[Reading]:
    return [
        Reading(rule, source, ratio, newest_at)
        for source, ratio, newest_at in silence.select("source", "ratio", "newest_at").iter_rows()
        if not rule.only or source in rule.only
    ]


def _checks(rule: AlertRule, lake: Lake, at: datetime) -> list[Reading]:
    end = at + timedelta(seconds=1)  # a check that ran just now
    found = quality(lake, Query(at - timedelta(seconds=rule.over_s), end))
    rows = found.filter(pl.col("severity") == "critical", pl.col("n_rows") > 0)
    return [
        Reading(rule, name, failed / n)
        for name, failed, n in rows.select("expectation", "n_failed", "n_rows").iter_rows()
    ]
