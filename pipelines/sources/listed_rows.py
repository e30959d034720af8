"""Rows of a list as a profile reads them: events (each row in every way it is taken), messages."""

import polars as pl

from pipelines.sources.canonical import HAPPENED, MESSAGE
from pipelines.sources.json_paths import json_path
from pipelines.sources.profile import Listed, Taken
from pipelines.sources.profile_rows import filled, fits, meant, value_of
from pipelines.sources.scratch import scratch
from pipelines.sources.times import read_times
from pipelines.sources.typed import as_text

FIELDS_OF = {"events": HAPPENED, "messages": MESSAGE}
TIME_OF = {"events": "event_at", "messages": "sent_at"}


def fallback_column(name: str) -> str:
    """Return the column that holds what a field falls back on; no file has such a name."""
    return f"\x00{name}"


def rows_inside(frame: pl.DataFrame, listed: Listed) -> pl.DataFrame:
    """Return the elements of the list in each row: row_no and a column a path that is read."""
    paths = [json_path(path) for path in listed.reads]
    with scratch() as con:
        con.register("rows", frame.select("row_no", j=as_text(frame[listed.inside])))
        sql = """
            select row_no, json_extract_string(item, $1) as cells from (
                select row_no, unnest(from_json(j, '["JSON"]')) as item from rows
                where json_valid(j) and json_type(j) = 'ARRAY'
            )
        """
        found = con.sql(sql, params=[paths]).pl()
    cells = found["cells"].list.to_struct(fields=list(listed.reads)).struct.unnest()
    return cells.insert_column(0, found["row_no"])


def _fields(
    rows: pl.DataFrame, listed: Listed, zone: str, formats: tuple[str, ...]
) -> pl.DataFrame:
    """Return row_no and the fields the list names, the time read."""
    when, kept = TIME_OF[listed.name], [rows["row_no"]]
    for name, cell in listed.columns.items():
        formats = listed.time_formats or formats
        value = value_of(rows, cell, zone, formats, is_time=name == when)
        if name in listed.values:
            value = meant(value, listed.values[name])
        if name == when:
            value = read_times(filled(value), zone, formats)
        kept.append(value.rename(name))
    frame = pl.DataFrame(kept).with_columns(
        pl.lit(value).alias(name) for name, value in listed.constants.items()
    )
    for name in listed.fallback:
        other = rows[fallback_column(name)].alias(name)
        other = read_times(filled(other), zone, formats) if name == when else as_text(other)
        frame = frame.with_columns(
            frame[name].fill_null(other) if name in frame.columns else other.rename(name)
        )
    return frame


def messages_of(
    rows: pl.DataFrame, listed: Listed, zone: str, formats: tuple[str, ...]
) -> pl.DataFrame:
    """Return row_no and the fields of messages."""
    one = _fields(rows, listed, zone, formats)
    text = [
        pl.col(c).cast(pl.String, strict=False)
        for c in ("sender", "operator_id", "text")
        if c in one.columns
    ]
    absent = [pl.lit(None, t).alias(c) for c, t in MESSAGE.items() if c not in one.columns]
    return one.with_columns(*text, *absent)


def events_of(rows: pl.DataFrame, listed: Listed, zone: str) -> pl.DataFrame:
    """Return row_no and the fields of events: of each way a row is taken, and of kinds it names."""
    base = _fields(rows, listed, zone, ())
    base = base.with_columns(
        pl.lit(None, t).alias(c) for c, t in HAPPENED.items() if c not in base.columns
    )
    named = base.filter(pl.col("kind").is_not_null() & pl.col("event_at").is_not_null())
    made = [named, *(_taken(rows, base, taken, zone) for taken in listed.take)]
    shape = ["row_no", *HAPPENED]
    text = [pl.col(c).cast(pl.String, strict=False) for c in HAPPENED if c != "event_at"]
    return pl.concat([one.select(shape).with_columns(*text) for one in made])


def _taken(rows: pl.DataFrame, base: pl.DataFrame, taken: Taken, zone: str) -> pl.DataFrame:
    made = base.with_columns(pl.lit(taken.kind).alias("kind"))
    if taken.operator_id:
        made = made.with_columns(value_of(rows, taken.operator_id, zone).rename("operator_id"))
    keep = fits(rows, taken.where) & base["event_at"].is_not_null()
    if taken.value:
        value = value_of(rows, taken.value, zone)
        if taken.time_formats:
            moment = read_times(filled(value), zone, taken.time_formats, is_due=True)
            value = moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        if taken.time_formats or taken.value.match:
            keep &= value.is_not_null()
        made = made.with_columns(as_text(value).rename("value"))
    if taken.constant:
        made = made.with_columns(value=pl.lit(taken.constant))
    made = made.filter(keep)
    if taken.which == "all":
        return made
    made = made.sort("row_no", "event_at", maintain_order=True)
    place = pl.int_range(pl.len()).over("row_no")
    is_it = {"first": place == 0, "later": place > 0, "last": place == pl.len().over("row_no") - 1}
    return made.filter(is_it[taken.which])
