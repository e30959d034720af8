"""Which row is the same row, and whether it says the same: two 64-bit hashes."""

import polars as pl

from pipelines.sources.canonical import IDENTITY, UTC_TIME
from pipelines.sources.scratch import scratch


def content_of(given: pl.DataFrame, typed: dict[str, pl.Series]) -> pl.Series:
    """Join a row's values to one string: typed ones by meaning, so 10:00+03:00 equals 07:00Z."""
    cells = []
    for column, values in typed.items():
        raw = given[column]
        if values.dtype == UTC_TIME:
            text = values.cast(pl.Int64).cast(pl.String)
        elif isinstance(values.dtype, pl.List):
            text = _json(values)
        else:
            text = values.cast(pl.String)
        if values.null_count() > raw.null_count() and raw.dtype == pl.String:
            text = text.fill_null(raw)
        # the name keeps an absent column and an empty one apart from a shifted value
        cells.append((column + "=" + text).alias(column))
    return (
        pl.DataFrame(cells)
        .select(pl.concat_str(pl.all(), separator="\x1f", ignore_nulls=True))
        .to_series()
    )


def _json(values: pl.Series) -> pl.Series:
    as_json = pl.col("m").list.eval(pl.element().struct.json_encode()).list.join("\x1e")
    return values.rename("m").to_frame().select(as_json).to_series()


def row_key_of(made: pl.DataFrame, dataset: str, prefix: str) -> pl.Series:
    """Hash dataset, source, id and leg; no identifier of a citizen is in it, so no secret."""
    parts = [pl.lit(dataset), pl.lit(prefix)]
    for column in IDENTITY[dataset]:
        value = pl.col(column)
        value = value.cast(pl.Int64) if made[column].dtype == UTC_TIME else value
        parts.append(value.cast(pl.String).fill_null(""))
    text = made.with_columns(pl.concat_str(parts, separator="\x1f").alias("text of key"))
    return hashed(text["text of key"], b"")


def hashed(text: pl.Series, key: bytes) -> pl.Series:
    """Hash strings to 64 bits, the same in every version of every library.

    Keyed where the content holds identifiers: a phone has too few digits for a plain hash.
    """
    with scratch() as con:
        con.register("texts", text.rename("t").to_frame())
        # hex digits only, written in: a bound value costs half as much again
        return con.sql(f"select md5_number_lower('{key.hex()}' || t) as h from texts").pl()["h"]
