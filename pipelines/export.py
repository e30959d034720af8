"""Rows of the lake into a file: CSV, Parquet or Excel, filtered as the metrics filter.

Exports hold what the lake holds: keyed hashes and masked texts, never names or raw identifiers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import polars as pl

from pipelines.errors import UsageError, nearest
from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.metrics import EVERYTHING, Query, Scope, mismatches, reviews
from pipelines.metrics.facts import run
from pipelines.metrics.groups import check_groups, conditions, joins
from pipelines.metrics.query import END_OF_TIME

KINDS = ("contacts", "legs", "events", "reviews", "mismatches")
FORMATS = (".csv", ".parquet", ".xlsx")
XLSX_ROWS = 1_048_575  # a sheet's limit, less the header
_REVIEWS = "reviews"
_MISMATCHES = "mismatches"  # what `metrics.reconciliation` counts; --where finding=… chooses
_MISMATCH = ("finding", "contact_id", "leg", "reference", "happened_at", "channel", "line",
             "operator_id", "evidence")  # fmt: skip
_PERIOD = """received_date between $first_day and $last_day
    and received_at >= $start and received_at < $end"""
_ROWS_OF = {
    "contacts": "found as f",
    "legs": "found as f",
    "events": f"(select * from lake.events where {_PERIOD}) as f "
    "semi join found on f.contact_id = found.contact_id",
}
_ORDER = {
    "contacts": "f.contact_id",
    "legs": "f.contact_id, f.leg",
    "events": "f.contact_id, f.seq",
}


def export(
    lake: Lake,
    kind: str,
    columns: Iterable[str],
    start: datetime,
    end: datetime,
    where: Mapping[str, object],
    out: Path,
    scope: Scope = EVERYTHING,
) -> int:
    """Write rows received in [start, end) to a file and return how many.

    Args:
        lake: open lake.
        kind: contacts, legs, events, reviews or mismatches.
        columns: names in the wanted order; none: all. where: group -> value or values, as in Query.
        start, end: aware; of the contact's received_at (of reviews: reviewed_at).
        out: FILE.csv, FILE.parquet or FILE.xlsx, replaced if it exists.
        scope: what the asker may see.

    Raises:
        UsageError: an unknown kind, column or ending, or more rows than a sheet holds.
        QueryError: an unknown filter.
    """
    if kind not in KINDS:
        raise UsageError(f"no export '{kind}'{nearest(kind, KINDS)}. Known: {', '.join(KINDS)}.")
    if out.suffix.lower() not in FORMATS:
        raise UsageError(f"{out.name}: the ending decides the format: {', '.join(FORMATS)}.")
    known = _known(kind)
    wanted = list(columns) or list(known)
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"{kind} have no column '{name}'{nearest(name, known)}. Known: {', '.join(known)}."
            )
    if kind == _MISMATCHES:
        frame = _mismatched(lake, Query(start, end, scope=scope), where).select(wanted)
    elif kind == _REVIEWS:
        query = Query(start, end, where=where, scope=scope)
        frame = reviews(lake, query, handed_in=True).sort("reviewed_at", "review_id").select(wanted)
    else:
        query = Query(start, end, where=where, as_of=END_OF_TIME, scope=scope)
        frame = _rows(lake, kind, wanted, query)
    write_frame(frame, out, lake.settings.zone)
    return len(frame)


def _mismatched(lake: Lake, query: Query, where: Mapping[str, object]) -> pl.DataFrame:
    """Return every row of the findings asked for, as things stand now."""
    chosen = where.get("finding", "all")
    names = (chosen,) if isinstance(chosen, str) else tuple(cast("Iterable[str]", chosen))
    asked = replace(query, where={k: v for k, v in where.items() if k != "finding"})
    return pl.concat(mismatches(lake, asked, name, limit=XLSX_ROWS).rows for name in names)


def _known(kind: str) -> tuple[str, ...]:
    if kind == _MISMATCHES:
        return _MISMATCH
    return tuple(TABLES[kind])


def _rows(lake: Lake, kind: str, wanted: list[str], query: Query) -> pl.DataFrame:
    names = ", ".join(f'f."{name}"' for name in wanted)
    first, last = query.local_days(lake.settings.tz)
    params: dict[str, object] = {
        "start": query.start,
        "end": query.end,
        "first_day": first,
        "last_day": last,
        "zone": lake.settings.zone,
    }
    check_groups(query, kind)
    # legs have lines and operators of their own; events are exported with their contacts, whole
    facts = "leg_facts" if kind == "legs" else "contact_facts"
    filtered = "contacts" if kind == "events" else kind
    where, more = conditions(query, facts, lake)
    sql = f"""
with
asked as (
    select *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at
    from lake.{filtered} where {_PERIOD}
),
found as (
    select f.* from asked as f {joins(where, is_leg=kind == "legs")} where {where}
)
select {names} from {_ROWS_OF[kind]} order by f.received_at, {_ORDER[kind]}"""
    return run(lake, sql, params | more)


def write_frame(frame: pl.DataFrame, out: Path, zone: str) -> None:
    """Write a frame to FILE.csv, FILE.parquet or FILE.xlsx; a list is a text but in Parquet.

    Times keep their offset: local ISO text in CSV, local time without it in a sheet.

    Raises:
        UsageError: more rows than a sheet holds.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    out.touch()  # Polars' own error of a path that cannot be written says no errno
    zoned = [n for n, t in frame.schema.items() if isinstance(t, pl.Datetime)]
    local = pl.col(zoned).dt.convert_time_zone(zone)
    lists = [n for n, t in frame.schema.items() if isinstance(t, pl.List)]
    if out.suffix.lower() == ".parquet":
        frame.write_parquet(out)
        return
    frame = frame.with_columns(pl.col(lists).cast(pl.List(pl.String)).list.join("; "))
    if out.suffix.lower() == ".csv":
        text = local.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
        frame.with_columns(text).write_csv(out)
    else:
        if len(frame) > XLSX_ROWS:
            raise UsageError(
                f"{len(frame)} rows do not fit into a sheet ({XLSX_ROWS}); "
                "choose a shorter period, or .csv or .parquet"
            )
        frame.with_columns(local.dt.replace_time_zone(None)).write_excel(out, autofit=False)
