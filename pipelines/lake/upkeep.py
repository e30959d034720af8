"""Upkeep of the lake's files: small ones merged, old versions let go, what a killed writer left."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.lake.connect import SPILL, Lake
from pipelines.lake.schema import PARTITIONED
from pipelines.settings import wall_now

DAY_S = 86_400
# columns questions choose files by
CHOSEN_BY = ("received_date", "received_at", "event_at", "contact_id", "row_at")
OnProgress = Callable[[str, int, int], None]


def sweep(lake: Lake) -> int:
    """Delete files no version of the lake knows; return how many.

    Only for the one writer, and after one that was killed: such a file is of a transaction that
    was never committed.
    """
    return len(
        lake.con.sql("call ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
    )


def thin(lake: Lake) -> None:
    """Let the catalogue forget least and greatest of columns no question chooses files by.

    Every look at a table by a day reads what the catalogue knows of every column of every file of
    all tables (no index helps): of 24,500 rows 20 ms of CPU a look, of the columns of CHOSEN_BY
    alone 3. A file of which it knows nothing is read.
    """
    lake.con.execute(f"""
        delete from __ducklake_metadata_lake.ducklake_file_column_stats
        where (table_id, column_id) not in (
            select table_id, column_id from __ducklake_metadata_lake.ducklake_column
            where column_name in {CHOSEN_BY}
        )
    """)


def maintain(lake: Lake, on_progress: OnProgress = lambda *_: None) -> dict[str, Any]:
    """Upkeep of the lake: flush inlined rows, drop deleted ones, merge files, expire old versions.

    Files of expired versions go after a day, so that no running reader loses what it reads.
    """
    settings = lake.settings
    before = _files(lake)
    steps = (
        "call ducklake_flush_inlined_data('lake')",
        # files with deleted rows are never merged; those of other tables hold all days
        *(
            f"call ducklake_rewrite_data_files('lake', '{table}', delete_threshold => 0.0)"
            for table in PARTITIONED
        ),
        "call ducklake_merge_adjacent_files('lake')",
        "call ducklake_expire_snapshots('lake', older_than => now() - interval 1 day)",
        "call ducklake_cleanup_old_files('lake', older_than => now() - interval 1 day)",
        "call ducklake_delete_orphaned_files('lake', older_than => now() - interval 1 day)",
    )
    with lake.sized():
        for i, step in enumerate(steps):
            on_progress("upkeep", i, len(steps))
            lake.con.execute(step)
        thin(lake)
    _drop_spilled(settings.home)
    on_progress("upkeep", len(steps), len(steps))
    return {
        "files_before": before,
        "files_after": _files(lake),
        "snapshot": lake.snapshot(),
        "lake": str(settings.data.name),
        "at": wall_now().isoformat(timespec="seconds"),
    }


def _drop_spilled(home: Path) -> None:
    """Delete what killed processes had written for want of memory: untouched for a day."""
    for folder in home.glob(f"{SPILL}*"):
        newest = max(path.stat().st_mtime for path in (folder, *folder.glob("*")))
        if time.time() - newest > DAY_S:
            shutil.rmtree(folder, ignore_errors=True)


def _files(lake: Lake) -> int:
    return sum(1 for _ in lake.settings.data.rglob("*.parquet"))
