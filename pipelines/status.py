"""`liniya status`: what the lake holds, how fresh it is, who writes it."""

import polars as pl

from pipelines.lake.connect import open_lake
from pipelines.lake.lock import holder
from pipelines.settings import Settings

HOLDS = """
    select
        (select count(*) from lake.contacts) as contacts,
        (select count(*) from lake.legs) as legs,
        (select count(*) from lake.events) as events,
        (select count(*) from lake.clocks) as clocks,
        (select count(*) from lake.files) as files,
        (select count(*) from lake.quarantine where status = 'held') as quarantined,
        (select count(*) from lake.dirty_days) as dirty_days,
        (select min(received_at) from lake.contacts) as first_contact_at,
        (select max(received_at) from lake.contacts) as last_contact_at,
        (select max(ingested_at) from lake.files) as last_ingest_at
"""


def status(settings: Settings) -> pl.DataFrame:
    """Return one row: folder, counts of the lake's tables, freshness, the writer.

    Raises:
        LakeError: there is no lake yet.
    """
    lake = open_lake(settings, read_only=True)
    try:
        held = lake.frame(HOLDS)
        snapshot = lake.snapshot()
    finally:
        lake.close()
    times = [c for c in held.columns if c.endswith("_at")]
    return held.with_columns(pl.col(times).dt.convert_time_zone(settings.zone)).select(
        home=pl.lit(str(settings.home)),
        writer=pl.lit(holder(settings) or "nobody"),
        snapshot=pl.lit(snapshot),
        inbox=pl.lit(str(settings.inbox_dir)),
        **{c: pl.col(c) for c in held.columns},
    )
