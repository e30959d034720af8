"""What a lake says, whatever files, times and ids its ingest happened to use."""

from collections.abc import Iterable

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.marts.settled import MODELS

# differ from one ingest of the same logs to the next
OWN = {
    "file_id", "ingested_at", "seconds", "quarantine_id", "quarantined_at", "flagged_at", "run_id",
    "run_at", "changed_at", "made_at",
}  # fmt: skip


def fingerprint(lake: Lake, sources: Iterable[str] = ()) -> dict[str, tuple[int, int]]:
    """Return table -> number of rows and a hash of them, in any order.

    Where sources are named: of their contacts alone.
    """
    found = {}
    of_sources = ", ".join(f"'{source}'" for source in sources)
    where = f"where split_part(contact_id, ':', 1) in ({of_sources})" if of_sources else ""
    made = {
        row[0]
        for row in lake.con.sql(
            "select distinct table_name from duckdb_columns() where database_name = 'lake'"
        ).fetchall()
    }
    for table in (*TABLES, *(model for model in MODELS if model in made)):
        columns = [row[0] for row in lake.con.sql(f"describe lake.{table}").fetchall()]
        if where and "contact_id" not in columns:
            continue
        told = ", ".join(_told(table, c) for c in columns if c not in OWN)
        found[table] = lake.con.sql(
            f"select count(*), bit_xor(hash(row({told}))) from lake.{table} {where}"
        ).fetchall()[0]
    return found


def _told(table: str, column: str) -> str:
    """Columns as they are; a row kept as JSON without the file it came from."""
    if (table, column) != ("contact_change", "old"):
        return f'"{column}"'
    return 'regexp_replace(old, \'"file_id":"[^"]*"\', \'\')'
