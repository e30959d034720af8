"""Operators and the journal: no contacts, rows of their own tables."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.mapping import Column

_OPERATOR_TABLES = {
    "operators": ("operator_id", "team", "skills", "hired_on"),
    "operator_names": ("name",),
    "operator_events": ("event_at", "state", "reason"),
}
OPERATORS = tuple(
    Column(name, note=(f"`{table}.{name}`", f"`{table}.{name}`"))
    for table, names in _OPERATOR_TABLES.items()
    for name in names
)
JOURNAL = tuple(
    Column(name, note=(f"`journal.{name}`", f"`journal.{name}`"))
    for name in ("case_number", "channel", "received_at", "contact_id")
)


def conform_operators(con: duckdb.DuckDBPyConnection, staged: str, source: str) -> None:
    """Fill new_operators, new_operator_names, new_operator_events; the last known value counts."""
    tables.fill(
        con,
        "operators",
        f"""
        select
            operator_id,
            arg_max(team, row_no) as team,
            arg_max(skills, row_no) as skills,
            arg_max(hired_on, row_no) as hired_on
        from {staged}
        where operator_id is not null
        group by operator_id
        """,
    )
    tables.fill(
        con,
        "operator_names",
        f"""
        select operator_id, arg_max(name, row_no) as name
        from {staged}
        where operator_id is not null and name is not null
        group by operator_id
        """,
    )
    tables.fill(
        con,
        "operator_events",
        f"""
        select operator_id, event_at, state, arg_max(reason, row_no) as reason, $source as source
        from {staged}
        where operator_id is not null and event_at is not null and state is not null
        group by operator_id, event_at, state
        """,
        {"source": source},
    )


def conform_journal(con: duckdb.DuckDBPyConnection, staged: str, zone: str) -> None:
    """Fill new_journal: one row an entry."""
    tables.fill(
        con,
        "journal",
        f"""
        select distinct
            case_number, contact_id, channel, received_at,
            cast(timezone($zone, received_at) as date) as received_date
        from {staged}
        """,
        {"zone": zone},
    )
