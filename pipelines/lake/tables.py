"""Bring the tables of a lake to the definition of this program: new tables, columns, derived rows.

What was read from logs is only ever added to; what is computed from it is made anew and its days
marked dirty, so that an older lake opens and settles itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines.lake.schema import DERIVED, PARTITIONED, SCHEMA_VERSION, TABLES, create_sql

_POLARS: dict[str, Any] = {
    "varchar": pl.String, "bigint": pl.Int64, "ubigint": pl.UInt64, "integer": pl.Int32,
    "double": pl.Float64, "boolean": pl.Boolean, "date": pl.Date,
    "timestamptz": pl.Datetime("us", "UTC"),
}  # fmt: skip


def make_tables(
    con: duckdb.DuckDBPyConnection, unfinished: str = "", version: int | None = None
) -> None:
    """Make what the lake lacks of `schema.TABLES`, all or nothing; a lake that is whole stays.

    `version`: the lake says it is of; an older one is of this program's from here on, also where
    only marts differ. `unfinished`: names of tables that still hold a row of nulls, where it was
    killed before the second transaction.

    A new table gets a row of nulls, which a second transaction takes out again: of a table never
    written to DuckLake keeps no statistics, and asks its catalogue for them anew for each column
    of each statement (half of all it asked where tables of people's acts were empty).
    """
    have: dict[str, list[str]] = {}
    for table, column in con.sql(
        "select table_name, column_name from duckdb_columns() where database_name = 'lake' "
        "order by table_name, column_index"
    ).fetchall():
        have.setdefault(table, []).append(column)
    if have and all(set(have.get(table, ())) == set(columns) for table, columns in TABLES.items()):
        _empty(con, unfinished.split())
        if version not in (None, SCHEMA_VERSION):
            con.execute("begin")
            _say_version(con)
            con.execute("commit")
        return
    if have:
        # a column added beside rows still inlined breaks the later rewriting of their files
        con.execute("call ducklake_flush_inlined_data('lake')")
    con.execute("begin")
    made = [table for table in TABLES if _make(con, table, have.get(table))]
    for table in made:
        con.execute(f"insert into lake.{table} ({next(iter(TABLES[table]))}) values (null)")
    if made:
        con.execute("insert into lake.meta values ('new_tables', ?)", [" ".join(made)])
    _say_version(con)
    con.execute("commit")
    _empty(con, [*unfinished.split(), *made])


def _say_version(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from lake.meta where name = 'schema_version'")
    con.execute("insert into lake.meta values ('schema_version', ?)", [str(SCHEMA_VERSION)])


def polars_types(table: str) -> dict[str, Any]:
    """Return the columns of one table of `schema.TABLES` as Polars knows their types."""
    return {name: _POLARS[kind] for name, kind in TABLES[table].items()}


def insert_rows(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert a few rows made in Python; columns they lack are null. The caller's transaction."""
    if rows:
        con.register("rows_to_insert", pl.DataFrame(rows, schema=polars_types(table)))
        con.execute(f"insert into lake.{table} by name select * from rows_to_insert")
        con.unregister("rows_to_insert")


def _empty(con: duckdb.DuckDBPyConnection, made: list[str]) -> None:
    """Take the rows of nulls out of tables just made."""
    if not made:
        return
    con.execute("begin")
    for table in made:
        nothing = " and ".join(f"{name} is null" for name in TABLES[table])
        con.execute(f"delete from lake.{table} where {nothing}")
    con.execute("delete from lake.meta where name = 'new_tables'")
    con.execute("commit")


def _make(con: duckdb.DuckDBPyConnection, table: str, have: list[str] | None) -> bool:
    """Make a table, or what it lacks; return whether it is new."""
    if set(have or ()) == set(TABLES[table]):
        return False
    if have is not None and table not in DERIVED:
        for name, kind in TABLES[table].items():
            if name not in have:
                con.execute(f"alter table lake.{table} add column {name} {kind}")
        return False
    if have is not None:
        con.execute(f"drop table lake.{table}")
        con.execute(
            "insert into lake.dirty_days select distinct received_date, true from lake.contacts"
        )
    con.execute(create_sql(table))
    if table in PARTITIONED:
        con.execute(
            f"alter table lake.{table} set partitioned by "
            "(year(received_date), month(received_date), day(received_date))"
        )
    return True
