"""kill -9 a hundred times on the way of an ingest; the lake must be as after a calm one."""

import time
from datetime import date
from pathlib import Path

from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.bench.measure import Measure
from tests.ingest.fingerprint import fingerprint
from tests.ingest.killed import kill

KILLS = 100


def run(work: Path, rows: int) -> list[Measure]:
    """Kill on a log of some thousand rows, however many `rows` are asked for."""
    simulate(work / "logs", days=2, contacts_per_day=700, end=date(2026, 11, 20), dirt=0.05)
    began = time.perf_counter()
    struck = kill(work, KILLS, 11)
    seconds = time.perf_counter() - began
    is_same = _fingerprint(work / "killed") == _fingerprint(work / "calm")
    lake = open_lake(Settings(home=work / "killed"))
    orphans = lake.con.sql(
        "call ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
    ).fetchall()
    lake.close()
    where = ", ".join(f"{name} {n}" for name, n in sorted(struck.items(), key=lambda s: -s[1]))
    return [
        Measure(f"{KILLS} kills -9 in {seconds:,.0f} s: {where}", f"{sum(struck.values())} kills"),
        Measure(
            "totals, rows and marts after them",
            "as undisturbed" if is_same else "differ",
            "as undisturbed",
            is_same,
        ),
        Measure("orphan files left", str(len(orphans)), "0", not orphans),
    ]


def _fingerprint(home: Path) -> object:
    lake = open_lake(Settings(home=home), read_only=True)
    found = fingerprint(lake)
    lake.close()
    return found
