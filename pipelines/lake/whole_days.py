"""Rows of whole days put into a lake table: Parquet files are written, then named to it.

DuckLake's insert sorts rows out among the files of their days, on one core, for as long as it takes
to write them. Files of one day each need no sorting, and who makes rows of some days writes theirs,
every core its own; the transaction only names them. What a killed process leaves of them is swept
as what DuckLake itself leaves.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pipelines.lake.connect import Lake

_FOLDER = """
    select schemas.path || tables.path
    from __ducklake_metadata_lake.ducklake_table as tables
    inner join __ducklake_metadata_lake.ducklake_schema as schemas using (schema_id)
    where tables.table_name = $table and tables.end_snapshot is null
"""


def write_files(lake: Lake, table: str, rows: str) -> list[Path]:
    """Write rows into the folder of a table, a file a day; the lake does not know them yet.

    Args:
        lake: in no transaction.
        table: one of schema.PARTITIONED.
        rows: name of a table with the same columns in the same order.

    Raises:
        duckdb.Error: a file could not be written (the disk is full); none of them stays.
    """
    [(path,)] = lake.con.execute(_FOLDER, {"table": table}).fetchall()
    folder = lake.settings.data / path
    days = lake.con.sql(f"select distinct received_date from {rows} order by all").fetchall()
    files = {day: folder / _name(day) for (day,) in days}
    with deleted_on_error(list(files.values())):
        for day, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            lake.con.execute(
                f"copy (select * from {rows} where received_date = date '{day}') "
                f"to '{file}' (format parquet)"
            )
    return list(files.values())


def name_files(lake: Lake, table: str, files: Iterable[Path]) -> None:
    """Make files of `write_files` part of the table; the caller's transaction."""
    call = f"call ducklake_add_data_files('lake', '{table}', $file)"
    for file in files:
        lake.con.execute(call, {"file": str(file)})


@contextmanager
def deleted_on_error(files: Sequence[Path]) -> Iterator[None]:
    """Delete files of `write_files` where what is inside fails.

    It stands within the transaction: where a commit is in doubt, its files stay.
    """
    try:
        yield
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise


def _name(day: date) -> Path:
    """As DuckLake names files of a table partitioned by year, month and day: it reads them here."""
    return Path(
        f"year={day.year}", f"month={day.month}", f"day={day.day}", f"{uuid.uuid4()}.parquet"
    )
