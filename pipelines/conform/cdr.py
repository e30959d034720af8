"""Call detail records: rows of their own table, no contacts."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.lines import name_lines
from pipelines.conform.mapping import Column

_SAME = (
    "record_id", "call_id", "started_at", "answered_at", "ended_at", "talk_s", "disposition", "app",
    "operator_id",
)  # fmt: skip
CDR = (
    *(Column(name, note=(f"`cdr.{name}`", f"`cdr.{name}`")) for name in _SAME),
    Column("sequence", note=("различает записи одного звонка", "tells records of one call apart")),
    Column("queue", note=("`cdr.line`, `cdr.has_queue`", "`cdr.line`, `cdr.has_queue`")),
    Column("dialled_number", note=("`cdr.line`", "`cdr.line`")),
    Column("caller_number", note=("`cdr.phone_key`", "`cdr.phone_key`")),
)


def conform_cdr(con: duckdb.DuckDBPyConnection, staged: str, source: str, zone: str) -> None:
    """Fill new_cdr: one row a record."""
    name_lines(
        con,
        f"select queue as name from {staged} union all select dialled_number from {staged}",
    )
    tables.fill(
        con,
        "cdr",
        f"""
        select
            $source as source,
            staged.row_key,
            {", ".join(f"staged.{name}" for name in _SAME)},
            coalesce(queues.line, case when dialled.is_known then dialled.line end) as line,
            staged.queue is not null as has_queue,
            staged.phone_key,
            cast(timezone($zone, staged.started_at) as date) as received_date
        from {staged} as staged
        left join conform_line_names as queues on staged.queue = queues.name
        left join conform_line_names as dialled on staged.dialled_number = dialled.name
        """,
        {"source": source, "zone": zone},
    )
