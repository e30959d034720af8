"""`liniya ingest --dry-run`: what would be read and rejected, and why. Writes nothing.

Works in a lake of its own in a temporary folder, with the rules and reference data of the real one.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipelines.ingest import attempt, check_source, files_of
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.sources import Context

HELD = """
    select file, string_agg(distinct reason, '; ') as why
    from lake.quarantine group by file
"""


def dry_run(settings: Settings, paths: list[Path], source: str | None) -> pl.DataFrame:
    """Return one row a file: source, rows read, accepted, duplicate, quarantined, note, why.

    `why` says what held rows back, or why the file as a whole could not be read.
    """
    with tempfile.TemporaryDirectory(prefix="liniya-") as folder:
        lake = open_lake(replace(settings, home=Path(folder)))
        try:
            context = Context.of(lake.settings)
            check_source(source, context)
            found = [attempt(lake, path, context, source) for path in files_of(paths)]
            held = lake.frame(HELD)
        finally:
            lake.close()
    rows = pl.DataFrame(
        [{**r.row(), "note": r.note or None, "error": r.error or None} for r in found],
        schema_overrides={"note": pl.String, "error": pl.String},
    ).drop("seconds")
    return (
        rows.join(held, on="file", how="left", maintain_order="left")
        .with_columns(why=pl.coalesce("error", "why"))
        .drop("error")
    )
