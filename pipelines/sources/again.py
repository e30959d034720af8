"""Held rows as a staged frame again: the quarantine keeps them as JSON of the staged row."""

import json
from typing import Any

import polars as pl

from pipelines.sources.canonical import frame_schema
from pipelines.sources.scratch import scratch
from pipelines.sources.staged import Staged, no_unreadable


def staged_from_json(held: pl.DataFrame, source: str, dataset: str) -> Staged:
    """Return rows of the quarantine as they were staged: typed, keyed and masked already.

    Args:
        held: one row a held row: `row_no`, and `row`, the JSON of its staged row.
        source: the source it came by. dataset: its dataset.
    """
    schema = frame_schema(dataset)
    shape = json.dumps({name: _duckdb(dtype) for name, dtype in schema.items()})
    with scratch() as con:
        con.register("held", held.select("row"))
        # a line of several rows is held as a list of them
        read = con.sql(
            "select unnest(from_json("
            "if(starts_with(row, '['), row, '[' || row || ']'), $1)) as r from held",
            params=[f"[{shape}]"],
        ).pl()
    frame = read["r"].struct.unnest()
    frame = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    return Staged(source, dataset, frame, no_unreadable(), frozenset(), len(held))


def _duckdb(dtype: Any) -> object:
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        return [{field.name: _duckdb(field.dtype) for field in dtype.inner.fields}]
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMPTZ"
    names: dict[type[pl.DataType], str] = {
        pl.String: "VARCHAR",
        pl.Float64: "DOUBLE",
        pl.Int64: "BIGINT",
        pl.UInt64: "UBIGINT",
        pl.Boolean: "BOOLEAN",
        pl.Date: "DATE",
    }
    return names[type(dtype)]
