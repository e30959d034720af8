"""Lakes for tests that need none of their own on the disk: tables alone, or copies of one home."""

import os
import shutil
from pathlib import Path

import duckdb

from pipelines import reference
from pipelines.lake.connect import CONFIG, Lake, open_lake
from pipelines.lake.schema import TABLES, create_sql
from pipelines.settings import Settings

# what Lake.rows and Lake.snapshot ask of DuckLake: no events yet, and nothing committed since
CATALOGUE = """
create macro lake.current_snapshot() as table select 0 as id;
attach ':memory:' as __ducklake_metadata_lake;
create table __ducklake_metadata_lake.ducklake_table (
    table_id bigint, table_name varchar, end_snapshot bigint
);
create table __ducklake_metadata_lake.ducklake_snapshot as select 0 as snapshot_id;
create table __ducklake_metadata_lake.ducklake_table_stats (table_id bigint, record_count bigint);
"""


def tables(settings: Settings) -> Lake:
    """Open an empty lake of DuckDB's own tables, in memory: for tests of what SQL makes of rows.

    Figures and clocks are SQL over `lake.<table>`, and to look into DuckLake's catalogue is more
    than half of what a statement costs over a few rows. What DuckLake makes of the same SQL is
    checked by the tests of ingest, the worker, the command line, pages and reports; and by these
    too, on a lake on the disk, with LINIYA_DUCKLAKE=1.
    """
    if os.environ.get("LINIYA_DUCKLAKE"):
        return open_lake(settings)
    settings.home.mkdir(parents=True, exist_ok=True)  # the desk may stand there
    con = duckdb.connect(config=CONFIG)
    for statement in (
        "set TimeZone = 'UTC'",
        "set enable_progress_bar = false",
        "set asof_loop_join_threshold = 0",  # the three as open_lake has them
        "attach ':memory:' as lake",
        CATALOGUE,
        *map(create_sql, TABLES),
    ):
        con.execute(statement)
    known = reference.load(settings.reference)
    reference.attach(con, known, settings.zone)
    return Lake(con, settings, False, known)


class Fresh:
    """Copies of a home. To copy and open one costs 0.2 s; most tests write to its desk at most."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder = home, folder
        self._lake: Lake | None = None
        self._snapshot = -1
        self._n = 0

    def lake(self) -> Lake:
        """The lake as it is in the home, with an empty desk: a new one after who wrote to it."""
        if self._lake is None or self._lake.snapshot() != self._snapshot:
            self.close()
            self._n += 1
            settings = Settings(home=self.folder / str(self._n))
            shutil.copytree(self.home, settings.home)
            self._lake = open_lake(settings)
            self._snapshot = self._lake.snapshot()
            self._reference = self._lake.reference
        self._lake.reference = self._reference
        desk = self._lake.settings.desk
        for file in desk.parent.glob(f"{desk.name}*"):
            file.unlink()
        return self._lake

    def close(self) -> None:
        """Close the lake that is open."""
        if self._lake is not None:
            self._lake.close()
            self._lake = None
