"""Rows that are not accepted: taken out of the staged table, kept masked with reason and action."""

import duckdb
import polars as pl

from expectations import Validation

TORN_REASON = "Строка оборвана или не читается."
TORN_ACTION = "Запросите у владельца источника строку целиком и загрузите файл снова."
REMEMBER = "1 hour"  # how long the worker keeps staged rows for the full suite

ROWS = """
    select
        staged.row_no,
        first(staged.row_key) as row_key,
        first(staged.row_at) as row_at,
        first(cast(to_json({columns}) as varchar)) as row,
        first(bad_rows.expectations) as expectations,
        first(bad_rows.reason) as reason,
        first(bad_rows.action) as action
    from staged inner join bad_rows on staged.row_no = bad_rows.row_no
    group by staged.row_no
"""

# the same row of the same file is held once, however often the file comes
NEW_HELD = """
    insert into lake.quarantine by name
    select held.* from held
    anti join lake.quarantine as known
        on held.source = known.source and held.file = known.file
        and held.row_no = known.row_no and held.row = known.row and known.status = 'held'
"""


def hold_back(con: duckdb.DuckDBPyConnection, dataset: str, found: Validation) -> pl.DataFrame:
    """Take rows that broke a critical rule out of `staged` and return them for the quarantine.

    Returns:
        row_no, row_key, row_at, row (JSON of what was staged, without names of people),
        expectations and reason (joined by ;), action, dataset.
    """
    rules = {r["expectation"]: r for r in found.results if r["severity"] == "critical"}
    bad = found.failures.filter(pl.col("expectation").is_in(list(rules)))
    if bad.is_empty():
        return pl.DataFrame()
    words = pl.DataFrame(
        [(n, r["description"], r["action"]) for n, r in rules.items()],
        schema=["expectation", "reason", "action"],
        orient="row",
    )
    reasons = (
        bad.join(words, on="expectation")
        .group_by("row_no")
        .agg(
            expectations=pl.col("expectation").unique(maintain_order=True).str.join(";"),
            reason=pl.col("reason").unique(maintain_order=True).str.join("; "),
            action=pl.col("action").first(),
        )
    )
    con.register("bad_rows", reasons)
    columns = [row[0] for row in con.sql("describe staged").fetchall() if row[0] != "name"]
    packed = "{" + ", ".join(f"'{c}': staged.{c}" for c in columns) + "}"
    rows = con.sql(ROWS.format(columns=packed)).pl()
    con.execute("delete from staged where row_no in (select row_no from bad_rows)")
    con.unregister("bad_rows")
    return rows.with_columns(dataset=pl.lit(dataset))


def torn(unreadable: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """Return lines that are no rows at all (row_no, reason, row) in the form of `hold_back`."""
    return unreadable.select(
        "row_no",
        "row",
        row_key=pl.col("row").hash(seed=7),
        row_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
        expectations=pl.lit("readable_row"),
        reason=pl.lit(TORN_REASON),
        action=pl.lit(TORN_ACTION),
        dataset=pl.lit(dataset),
    )


def write_held(con: duckdb.DuckDBPyConnection, held: pl.DataFrame) -> None:
    """Add rows to the quarantine; the caller owns the transaction."""
    con.register("held", held)
    con.execute(NEW_HELD)
    con.unregister("held")


def remember(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Keep the staged rows of a tick for the full suite of the last hour (`recent_<dataset>`)."""
    con.execute(
        f"create table if not exists recent_{dataset} as "
        "select *, now() as taken_at from staged limit 0"
    )
    con.execute(f"insert into recent_{dataset} by name select *, now() as taken_at from staged")
    con.execute(f"delete from recent_{dataset} where taken_at < now() - interval '{REMEMBER}'")
