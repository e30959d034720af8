"""What the lake knows of the contacts whose events have come."""

from datetime import date

import duckdb

from pipelines.lake.schema import create_sql

MANY_DAYS = 60  # more days than this are read as one span


def read_known(con: duckdb.DuckDBPyConnection) -> None:
    """Make conform_known, conform_old_events, conform_old_legs: what the lake has of the contacts.

    And stored_contacts (contact_id, received_date), which the commit reads too.

    The lake is partitioned by day: the days of the contacts are found first, from two narrow
    columns, and only the files of those days are read whole.
    """
    con.execute("""
        create or replace table stored_contacts as
        select contact_id, received_date from lake.contacts
        where contact_id in (select contact_id from new_contacts)
    """)
    days = [
        row[0]
        for row in con.sql(
            "select distinct received_date from stored_contacts order by received_date"
        ).fetchall()
    ]
    for name, table in (
        ("conform_known", "contacts"),
        ("conform_old_events", "events"),
        ("conform_old_legs", "legs"),
    ):
        if days:
            within, params = _of_days(days)
            con.execute(
                f"create or replace table {name} as select * from lake.{table} where {within} "
                "and contact_id in (select contact_id from stored_contacts)",
                params,
            )
        else:
            con.execute(f"drop table if exists {name}")
            con.execute(create_sql(table, "memory.main").replace(f".{table} (", f".{name} ("))


def _of_days(days: list[date]) -> tuple[str, dict[str, object]]:
    if len(days) > MANY_DAYS:
        return "received_date between $first and $last", {"first": days[0], "last": days[-1]}
    params: dict[str, object] = {f"day{i}": day for i, day in enumerate(days)}
    return f"received_date in ({', '.join(f'${name}' for name in params)})", params
