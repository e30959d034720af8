"""The events log: rows are events already; what they say of headers is gathered beside."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.columns_events import EVENTS, HEADER_FIELDS, VALUE_OF
from pipelines.conform.lines import name_lines


def conform_events(con: duckdb.DuckDBPyConnection, staged: str) -> None:
    """Fill new_events, new_identity and what is said of headers in new_contacts.

    `seq` is the row's number in its file and received_at, received_date are null until `rederive`.
    Contacts get a row in new_contacts even where nothing is said of them.
    """
    given = _given(con, staged)
    lines = [name for name in ("line", "dialled_number") if name in given]
    name_lines(
        con,
        " union all ".join(
            [f"select {name} as name from {staged}" for name in lines]
            + [f"select transferred_to as name from {staged}"]
            + [f"select value from {staged} where kind = 'transferred'"]
        ),
    )
    tables.fill(con, "events", _events_sql(staged, given))
    _fill_headers(con, staged, given)
    tables.fill_identity(con, EVENTS, f"(select *, event_at as received_at from {staged})")


def _given(con: duckdb.DuckDBPyConnection, staged: str) -> set[str]:
    """Return the columns that hold anything: most events carry few of the header's fields."""
    names = [*HEADER_FIELDS, "line", "dialled_number"]
    counts = con.sql(f"select {', '.join(f'count({n})' for n in names)} from {staged}").fetchall()
    return {name for name, n in zip(names, counts[0], strict=True) if n}


def _events_sql(staged: str, given: set[str]) -> str:
    stands = "".join(
        f" when '{kind}' then cast(staged.{field} as varchar)"
        for kind, field in VALUE_OF.items()
        if field in given
    )
    value = f"coalesce(staged.value, case staged.kind {stands} end)" if stands else "staged.value"
    name = "staged.line"
    if "dialled_number" in given:
        name = (
            "coalesce(staged.line, case when staged.kind in ('received', 'queued') "
            "then staged.dialled_number end)"
        )
    return f"""
        select
            staged.contact_id,
            cast(staged.row_no as integer) as seq,
            staged.event_at,
            staged.kind,
            cast(staged.leg as integer) as leg,
            lines.line,
            staged.operator_id,
            case
                when staged.kind = 'transferred' then coalesce(targets.line, {value}) else {value}
            end as value,
            split_part(staged.contact_id, ':', 1) as source
        from {staged} as staged
        left join conform_line_names as lines on {name} = lines.name
        left join conform_line_names as targets
            on staged.kind = 'transferred' and {value} = targets.name
        where staged.event_at is not null and staged.kind is not null
    """


def _fill_headers(con: duckdb.DuckDBPyConnection, staged: str, given: set[str]) -> None:
    fields = [name for name in HEADER_FIELDS if name in given]
    # a new category is the event's, not what was said of the contact before
    only = {"category": " filter (where kind <> 'recategorised')"}
    latest = "".join(
        f", arg_max({name}, (event_at, row_no)){only.get(name, '')} as {name}" for name in fields
    )
    said = " or ".join(f"{name} is not null" for name in fields) or "false"
    tables.fill(
        con,
        "contacts",
        f"""
        select named.contact_id, named.source, said.* exclude (contact_id)
        from (select contact_id, min(source) as source from new_events group by contact_id) as named
        left join (
            select contact_id{latest} from {staged} where {said} group by contact_id
        ) as said
            on named.contact_id = said.contact_id
        """,
    )
