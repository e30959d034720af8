"""The tables conform makes: empty first, then filled from one query a table."""

from collections.abc import Iterable

import duckdb

from pipelines.conform.lines import IS_STAFFED, JOIN_HOURS
from pipelines.conform.mapping import Column, Event, tie, tie_of_any
from pipelines.lake.schema import TABLES, create_sql

NEW = (
    "contacts", "legs", "events", "identity", "operators", "operator_names", "operator_events",
    "journal", "cdr",
)  # fmt: skip
KEYS = {
    "phone": "phone_key",
    "citizen": "citizen_id_key",
    "email": "email_key",
    "citizen_ref": "citizen_ref_key",
    "case": "'case:' || case_number",
}


def make_empty(con: duckdb.DuckDBPyConnection, names: Iterable[str] = NEW) -> None:
    """Make new_* tables with no rows, whatever was there."""
    for table in names:
        con.execute(f"drop table if exists new_{table}")
        con.execute(create_sql(table, "memory.main").replace(f".{table} (", f".new_{table} ("))


def drop_working(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what conform works on, so that nothing outlives its batch."""
    names = con.sql(
        # not duckdb_tables(): that one counts the rows of every table of the lake
        "select distinct table_name from duckdb_columns() where database_name = 'memory' "
        "and table_name like 'conform\\_%' escape '\\'"
    ).fetchall()
    for (name,) in names:
        con.execute(f"drop table memory.main.{name}")


def fill(
    con: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    params: dict[str, object] | None = None,
) -> None:
    """Add a query's rows to a new_* table; columns it does not have are null."""
    con.execute(f"insert into new_{table} by name {query}", params)


def events_sql(events: Iterable[Event], rows: str) -> str:
    """Return SQL of the events of wide rows: contact_no, contact_id, event_at, tie, kind, ...

    One pass over the column of each event: several times faster than unnesting structs.
    """
    return " union all ".join(
        f"""
        select
            contact_no,
            contact_id,
            {e.when} as event_at,
            cast({tie(e.kind, e.leg)} as integer) as tie,
            '{e.kind}' as kind,
            cast({e.leg} as integer) as leg,
            cast({e.line} as varchar) as line,
            cast({e.operator} as varchar) as operator_id,
            cast({e.value} as varchar) as value,
            received_at,
            received_date
        from {rows}
        where ({e.when}) is not null and ({e.where})
        """
        for e in events
    )


LISTED = """
with
of_columns as materialized ({events}),

unnested as (
    select
        contact_no, contact_id, received_at, received_date, cast(null as integer) as leg,
        unnest(events, recursive := true)
    from {rows}
),

listed as (
    select distinct
        contact_no, contact_id, event_at, cast({tie} as integer) as tie, kind, leg, line,
        operator_id, value, received_at, received_date
    from unnested
    where event_at is not null and kind is not null
),

-- a rating in a column has no time of its own
made as (
    select * from of_columns
    where kind <> 'rated' or contact_no not in (
        select listed.contact_no from listed where listed.kind = 'rated'
    )
)

select * from made
union all
select * from listed
where not exists (
    select 1 from made
    where made.contact_no = listed.contact_no
        and made.kind = listed.kind and made.event_at = listed.event_at
)
"""


def with_listed(con: duckdb.DuckDBPyConnection, events: str, rows: str) -> str:
    """Return SQL of events with those of the rows' own lists; what a column says comes first."""
    if not con.sql(f"select 1 from {rows} where len(events) > 0 limit 1").fetchall():
        return events
    return LISTED.format(events=events, rows=rows, tie=tie_of_any())


def fill_events(con: duckdb.DuckDBPyConnection, source: str, events: str) -> None:
    """Number the events of each contact (columns of events_sql) and add them to new_events."""
    fill(
        con,
        "events",
        f"""
        select
            * exclude (contact_no, tie),
            $source as source,
            row_number() over (partition by contact_no order by event_at, tie) as seq
        from ({events})
        """,
        {"source": source},
    )


def fill_identity(con: duckdb.DuckDBPyConnection, columns: Iterable[Column], rows: str) -> None:
    """Add one row for every known identifier of a contact."""
    kinds = dict.fromkeys(c.identity for c in columns if c.identity)
    query = " union ".join(
        f"select contact_id, '{kind}' as kind, {KEYS[kind]} as key, received_at "
        f"from {rows} where {KEYS[kind]} is not null"
        for kind in kinds
        if kind
    )
    fill(con, "identity", query)


def make_headers(
    con: duckdb.DuckDBPyConnection,
    columns: Iterable[Column],
    source: str,
    computed: dict[str, str],
    order: str | None = None,
) -> None:
    """Make conform_headers: one row a contact of conform_rows, fields as `columns` declare them.

    Args:
        con: holds conform_rows.
        columns: of the dataset.
        source: of the contacts.
        computed: field -> SQL over conform_rows, instead of the column itself.
        order: of the rows of one contact; the first known value counts, the last one of columns
            declared latest. None: a contact has one row.
    """
    latest = {c.header: c.latest for c in columns if c.header}
    fields = {c.header: c.name for c in columns if c.header} | computed
    if order is None:
        chosen = ", ".join(f"{sql} as {field}" for field, sql in fields.items())
        query = f"select contact_id, local_at, {chosen} from conform_rows"
    else:
        chosen = ", ".join(
            f"{'arg_max' if latest.get(field) else 'arg_min'}({sql}, {order}) as {field}"
            for field, sql in fields.items()
        )
        query = (
            f"select contact_id, min(local_at) as local_at, {chosen} "
            "from conform_rows group by contact_id"
        )
    con.execute(
        f"create or replace table conform_headers as select *, $source as source from ({query})",
        {"source": source},
    )


def fill_contacts(con: duckdb.DuckDBPyConnection) -> None:
    """Add the headers of conform_headers: columns of contacts and local_at (in the zone)."""
    have = {row[0] for row in con.sql("describe conform_headers").fetchall()}
    made = ("is_staffed", "received_date", "category_source", "file_id")
    source_of_category = "case when rows.category is not null then 'recorded' end"
    if "category_source" in have:  # of contacts the lake knows
        source_of_category = f"coalesce(rows.category_source, {source_of_category})"
    columns = ", ".join(f"rows.{c}" for c in TABLES["contacts"] if c in have and c not in made)
    fill(
        con,
        "contacts",
        f"""
        select
            {columns},
            cast(rows.local_at as date) as received_date,
            {IS_STAFFED} as is_staffed,
            {source_of_category} as category_source
        from conform_headers as rows
        {JOIN_HOURS}
        """,
    )
