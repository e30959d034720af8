"""Rules of data quality in the current language; a rule that is gone keeps the words stored."""

from functools import cache

import polars as pl

from dashboard.i18n import _, language
from expectations import RULES

TORN = "readable_row"  # what quarantine names a line that is no row at all


def description(rule: str, stored: str | None = None) -> str:
    """Return what a rule checks."""
    if rule == TORN:
        return _("Строка цела и читается")
    known = _known().get(rule)
    return getattr(known[0], language()) if known else stored or rule


def action(rule: str, stored: str | None = None) -> str:
    """Return what to do when a rule fails."""
    if rule == TORN:
        return _("Запросите у владельца источника строку целиком и загрузите файл снова.")
    known = _known().get(rule)
    return getattr(known[1], language()) if known else stored or "—"


def worded(checks: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `quality` in the current language; counts null where no check has run.

    A line that is no row at all never comes to a check: only quarantine counts it.
    """
    rows = checks.select("expectation", "description", "action").rows()
    return checks.with_columns(
        pl.when(pl.col("run_at").is_not_null()).then(pl.col("n_rows", "n_failed")),
        description=pl.Series([description(rule, text) for rule, text, _a in rows]),
        action=pl.Series([action(rule, text) for rule, _d, text in rows]),
    )


def worded_rows(held: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `quarantine` with reason and action in the current language."""
    rows = held.select("expectations", "reason", "action").rows()
    return held.with_columns(
        reason=pl.Series([_reason(rules, text) for rules, text, _a in rows]),
        action=pl.Series([action(rules.split(";")[0], text) for rules, _r, text in rows]),
    )


def _reason(rules: str, stored: str) -> str:
    if rules == TORN:
        return _("Строка оборвана или не читается")
    return "; ".join(description(rule, stored) for rule in rules.split(";"))


@cache
def _known() -> dict[str, tuple[object, object]]:
    return {rule.id: (rule.description, rule.action) for rule in RULES}
