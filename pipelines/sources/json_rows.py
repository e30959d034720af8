"""JSON Lines: one object a line. DuckDB parses, since it says of each line whether it is JSON."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sources.raw import Raw, decode, lines_of, parts
from pipelines.sources.staged import UNREADABLE


def rows(
    path: Path, start: int = 0, whole: bool = True, first_row: int = 1, size: int = 0
) -> Iterator[Raw]:
    """Yield the objects of a JSON Lines file: a String column per key seen in the part.

    Nested values stay JSON text. A key given as null is absent. A line that is not one JSON
    object is `unreadable`. `row_no` is the number of the line.
    """
    done = first_row - 1
    with duckdb.connect() as con:
        for part in parts(path, start, whole, size):
            lines = lines_of(decode(part.data))
            n_lines = len(lines)
            lines = lines.filter(pl.col("line").str.strip_chars() != "").select(
                row_no=pl.col("n").cast(pl.Int64) + done + 1, line="line"
            )
            done += n_lines
            frame, torn = _parse(con, lines)
            yield Raw(frame, torn, len(lines), part.end, done)


def _parse(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    con.register("lines", lines)
    is_object = con.sql(
        "select case when json_valid(line) then json_type(line) = 'OBJECT' else false end as ok"
        " from lines"
    ).pl()["ok"]
    good = lines.filter(is_object)
    torn = lines.filter(~is_object).select(
        "row_no", reason=pl.lit("the line is not a JSON object"), row="line"
    )
    frame = good.select("row_no")
    if not good.is_empty():
        con.register("good", good)
        keys = [
            r[0]
            for r in con.sql(
                "select distinct unnest(json_keys(line)) as k from good order by k"
            ).fetchall()
        ]
        # '$."key"' takes any key but one with a quote or a backslash, which no log of ours has
        names = [k for k in keys if k != "row_no" and '"' not in k and "\\" not in k]
        paths = [f'$."{name}"' for name in names]
        cells = con.sql("select json_extract_string(line, $1) as cells from good", params=[paths])
        if names:
            values = cells.pl()["cells"].list.to_struct(fields=names).struct.unnest()
            frame = frame.hstack(values)
    return frame, torn.cast(pl.Schema(UNREADABLE))


def structs(values: pl.Series, shape: str) -> pl.Series:
    """Read JSON text by a DuckDB JSON structure; null where it is not of that shape."""
    with duckdb.connect() as con:
        con.register("texts", values.cast(pl.String).rename("t").to_frame())
        return (
            con.sql(
                "select case when json_valid(t) then from_json(t, $1) end as s from texts",
                params=[shape],
            )
            .pl()["s"]
            .rename(values.name)
        )
