"""Arbitrary bytes: atheris over the readers for a minute, hypothesis over whole ingests.

No reader may raise anything but our errors; read = accepted + updated + duplicate + quarantined.
"""

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from pipelines.errors import LiniyaError
from pipelines.ingest import ingest_file
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.sources import Context
from tests.bench.measure import Measure
from tests.damage import DAMAGES, PIECES, damaged, good_files

SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
INGESTS = 150
NO_ATHERIS = "skipped: atheris is not installed (`pip install atheris`, Linux only)"


def run(work: Path, rows: int) -> list[Measure]:
    """Fuzz the readers, then the whole way into a lake; `rows` does not matter here."""
    return [*_readers(work), *_ingests(work, random.Random(rows))]


def _readers(work: Path) -> list[Measure]:
    what = f"atheris, {SECONDS} s over every reader: errors that are not ours"
    if importlib.util.find_spec("atheris") is None:
        return [Measure(what, NO_ATHERIS)]
    report = work / "report.json"
    found = subprocess.run(
        [sys.executable, "-m", "tests.bench.fuzz_readers", str(SECONDS), str(report)],
        capture_output=True, text=True, check=False, env={**os.environ, "FUZZ_KEEP": str(work)},
    )  # fmt: skip
    counts = json.loads(report.read_text()) if report.is_file() else {}
    if found.returncode:
        print(found.stdout[-3000:], found.stderr[-3000:], sep="\n", file=sys.stderr)
    return [
        Measure(what, str(int(found.returncode != 0)), "0", found.returncode == 0),
        Measure("files, of them refused; rows", "{files}, {refused}; {rows}".format(
            **{"files": 0, "refused": 0, "rows": 0} | counts)),
    ]  # fmt: skip


def _ingests(work: Path, luck: random.Random) -> list[Measure]:
    """Ingest damaged files one after the other into one lake; count those that do not add up."""
    lake = open_lake(Settings(home=work / "home"))
    context = Context.of(lake.settings)
    names = sorted(good_files())
    refused = wrong = rows = 0
    for n in range(INGESTS):
        source, data = good_files()[luck.choice(names)]
        if n % 3 == 0:
            data = DAMAGES[luck.choice(sorted(DAMAGES))](data, luck.randrange(1 << 16))
        for _ in range(n % 3):
            data = damaged(data, luck.randrange(1 << 16), luck.randrange(40), luck.choice(PIECES))
        path = work / f"log{n}"
        path.write_bytes(data)
        try:
            found = ingest_file(lake, path, context, source)
        except LiniyaError:
            refused += 1
            continue
        rows += found.read
        told = found.accepted + found.updated + found.duplicate + found.quarantined
        wrong += found.read != told
    lake.close()
    return [
        Measure(
            "damaged files ingested: read <> accepted + updated + duplicate + quarantined",
            str(wrong), "0", wrong == 0,
        ),
        Measure("files, of them refused; rows", f"{INGESTS}, {refused}; {rows}"),
    ]  # fmt: skip
