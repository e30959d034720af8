"""The ledger of files: every row read is accounted for, or the page says that it is not."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.data import files
from pipelines.metrics.facts import one_snapshot, run

FATES = ("accepted", "updated", "duplicate", "quarantined")
_SUMS = """
select
    count(*) as files, coalesce(sum(read), 0)::bigint as read,
    coalesce(sum(accepted), 0)::bigint as accepted, coalesce(sum(updated), 0)::bigint as updated,
    coalesce(sum(duplicate), 0)::bigint as duplicate,
    coalesce(sum(quarantined), 0)::bigint as quarantined, max(ingested_at) as ingested_at
from lake.files
where $source::varchar is null or source = $source
"""


@one_snapshot
def ledger(lake: Lake, source: str | None = None) -> dict[str, object]:
    """Return the sums of the ledger.

    Returns:
        files, read, accepted, updated, duplicate, quarantined, ingested_at (null: no file yet),
        unaccounted (read less the four fates; 0 when the books balance), quarantined_share (of
        read; null: nothing read).
    """
    read = pl.col("read")
    row: dict[str, object] = (
        run(lake, _SUMS, {"source": source})
        .with_columns(
            unaccounted=read - pl.sum_horizontal(FATES),
            quarantined_share=pl.when(read > 0).then(pl.col("quarantined") / read),
        )
        .row(0, named=True)
    )
    return row


@one_snapshot
def ledger_files(lake: Lake, limit: int = 200, source: str | None = None) -> pl.DataFrame:
    """Return the files of the ledger, newest first, with `unaccounted` rows of each (0: none)."""
    found = files(lake, limit=limit, source=source)
    return found.with_columns(unaccounted=pl.col("read") - pl.sum_horizontal(FATES))
