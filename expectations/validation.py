"""Validate staged rows with Great Expectations inside the DuckDB that holds them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from expectations.rule import Rule
from expectations.rules import applicable, rules_for
from expectations.suites import combined_query, quick_suite, suite

ROW_GROUP = 122_880  # rows of a table in memory that DuckDB gives one thread at once
FAILURES = pl.Schema({"row_no": pl.Int64, "expectation": pl.String})


@dataclass(frozen=True)
class Validation:
    """What a validation found.

    results: one object a rule that could be applied: expectation (its id), severity, description,
        action (both Russian; English ones stand in the rule), n_rows, n_failed, is_success.
    failures: one row a broken rule and row: row_no, expectation. All of them, warnings too.
    """

    results: list[dict[str, Any]]
    failures: pl.DataFrame


def warm() -> None:
    """Import Great Expectations now (5 s), while the first rows are read elsewhere."""
    import expectations.pushdown  # noqa: F401


def validate(
    con: duckdb.DuckDBPyConnection,
    table: str,
    dataset: str,
    known_columns: Collection[str],
    quick: bool = False,
    now: datetime | None = None,
) -> Validation:
    """Hold every applicable rule of a dataset against the rows of a staged table.

    Args:
        con: its in-memory database has the table; tables of an attached lake play no part. A cursor
            of it is used, so the table must be committed, and not temporary.
        table: name of the staged table (docs/architecture.md, "Staged frame").
        dataset: calls, chats, feedback, operators, journal or events.
        known_columns: columns the source provides; rules about others are not applied.
        quick: one combined expectation instead of one a rule: the same failures, cheaper for few
            rows.
        now: product time; a day past it a time is impossible. None: the wall clock.

    Raises:
        KeyError: no such dataset.
        great_expectations.exceptions.GreatExpectationsError: a rule could not run on this table.
    """
    with con.cursor() as cursor:
        columns = _columns(cursor, table) & {*known_columns, "bad_fields", "contact_id"}
        rules = applicable(rules_for(dataset), columns, _references(cursor, rules_for(dataset)))
        n_rows = _prepare(cursor, table, now)
        if not quick and n_rows <= ROW_GROUP:  # one core would have all of it: threads take vectors
            cursor.execute("pragma verify_parallelism")
        failures = (_quick if quick else _full)(cursor, table, dataset, rules)
    counts = dict(failures.group_by("expectation").len().iter_rows())
    return Validation([_result(rule, n_rows, counts.get(rule.id, 0)) for rule in rules], failures)


def hold(
    con: duckdb.DuckDBPyConnection,
    view: str,
    rules: Sequence[Rule],
    zone: str,
    now: datetime | None = None,
) -> list[dict[str, Any]]:
    """Hold rules against a view of the lake's rows and count what breaks them; lists no rows.

    Args:
        con: its in-memory database has the view, and the lake the rules look into.
        view: name of the view.
        rules: some of `lake.LAKE_RULES`; those whose reference tables are absent are left out.
        zone: time zone of the service, for local days.
        now: as in `validate`.

    Returns:
        As `Validation.results`.
    """
    from expectations.pushdown import run

    with con.cursor() as cursor:
        rules = applicable(rules, _columns(cursor, view), _references(cursor, rules))
        n_rows = _prepare(cursor, view, now)
        cursor.execute("set variable rules_zone = ?", [zone])
        found = run(cursor, view, suite(view, rules))
    counts = [int(result.result["observed_value"]) for result in found]
    return [_result(rule, n_rows, count) for rule, count in zip(rules, counts, strict=True)]


def _prepare(cursor: duckdb.DuckDBPyConnection, table: str, now: datetime | None) -> int:
    """Tell the rules what time it is; return how many rows there are."""
    cursor.execute(
        "set variable rules_latest = coalesce(cast(? as timestamptz), now()) + to_hours(24)", [now]
    )
    counted = cursor.execute(f"select count(*) from memory.main.{table}").fetchall()
    return int(counted[0][0])


def _references(cursor: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> set[str]:
    """Return those reference tables of the rules that are there."""
    asked = {name for rule in rules for name in rule.tables}
    return {name for name in asked if _columns(cursor, name)}


def _columns(cursor: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Return the columns of a table of the in-memory database; none where it is absent.

    Asking for one name costs a hundredth of listing tables: a list walks the lake's catalogue too.
    """
    try:
        return {row[0] for row in cursor.execute(f"describe memory.main.{table}").fetchall()}
    except duckdb.CatalogException:
        return set()


def _full(
    cursor: duckdb.DuckDBPyConnection, table: str, dataset: str, rules: Sequence[Rule]
) -> pl.DataFrame:
    """Run the suite, whose one scan lists the rows too."""
    from expectations.pushdown import rows_found

    if not rules:
        return pl.DataFrame(schema=FAILURES)
    query = combined_query(rules, f"memory.main.{table}")
    return _sorted(rows_found(cursor, table, suite(dataset, rules, is_listed=True), query))


def _quick(
    cursor: duckdb.DuckDBPyConnection, table: str, dataset: str, rules: Sequence[Rule]
) -> pl.DataFrame:
    """Run the one combined expectation; list its rows only if it failed."""
    from expectations.pushdown import run

    [found] = run(cursor, table, quick_suite(dataset, tuple(rules)))
    if found.success:
        return pl.DataFrame(schema=FAILURES)
    return _sorted(cursor.sql(combined_query(rules, f"memory.main.{table}")).pl())


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.cast(FAILURES).sort("row_no", "expectation")


def _result(rule: Rule, n_rows: int, n_failed: int) -> dict[str, Any]:
    return {
        "expectation": rule.id,
        "severity": rule.severity,
        "description": rule.description.ru,
        "action": rule.action.ru,
        "n_rows": n_rows,
        "n_failed": n_failed,
        "is_success": n_failed == 0,
    }
