"""JSON Lines: one object a line. DuckDB parses, since it says of each line whether it is JSON."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sources.json_paths import is_key, json_path, key_path
from pipelines.sources.raw import Raw, decode, lines_of, parts, settled
from pipelines.sources.scratch import scratch
from pipelines.sources.staged import UNREADABLE

SAMPLE = 200  # lines whose keys are those of the log
# an object of strings without escapes, whole numbers, true, false and null
_PAIR = (
    r'"[^"\\\x00-\x1f]+":[ \t]*(?:"[^"\\\x00-\x1f]*"|-?[1-9][0-9]{0,17}|0|true|false|null)[ \t]*'
)
FLAT = rf"^[ \t]*\{{[ \t]*(?:{_PAIR},[ \t]*)*{_PAIR}\}}[ \t\r]*$"
MOST_KEYS = 1024  # one log has some tens; damaged ones a new key a line


@dataclass(frozen=True)
class Wanted:
    """Which values of an object become columns: keys that are so, or nested ones by path."""

    is_wanted: Callable[[str], bool] = lambda _: True
    paths: tuple[str, ...] = ()


ALL = Wanted()


def rows(
    path: Path,
    start: int = 0,
    whole: bool = True,
    first_row: int = 1,
    wanted: Wanted = ALL,
    encoding: str = "",
    size: int = 0,
) -> Iterator[Raw]:
    """Yield the objects of a JSON Lines file: a String column per wanted key seen in the part.

    Nested values stay JSON text. A key given as null is absent. A line that is not one JSON
    object is `unreadable`. `row_no` is the number of the line.
    """
    done, codec = first_row - 1, settled(path, encoding)
    with scratch() as con:
        for part in parts(path, start, whole, size, encoding):
            lines = lines_of(decode(part.data, codec))
            n_lines = len(lines)
            lines = lines.filter(pl.col("line").str.strip_chars() != "").select(
                row_no=pl.col("n").cast(pl.Int64) + done + 1, line="line"
            )
            done += n_lines
            yield objects(con, lines, wanted, part.end, done)


def objects(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame, wanted: Wanted, position: int, n_lines: int
) -> Raw:
    """Read lines (row_no, line) as objects."""
    n_read, flat = len(lines), pl.DataFrame(schema={"row_no": pl.Int64})
    flat_keys: list[str] = []
    if not wanted.paths:
        flat, lines, flat_keys = read_flat(con, lines)
    good, torn = split_objects(con, lines, "the line is not a JSON object")
    keys = sorted({*seen_keys(con, good), *flat_keys})
    paths = {key: [key_path(key)] for key in keys if wanted.is_wanted(key)}
    paths |= {path: [key_path(path), json_path(path)] for path in wanted.paths}
    paths = dict(list(paths.items())[:MOST_KEYS])
    nested = values_at(con, good, paths) if len(good) else good.select("row_no")
    known = flat.select("row_no", *(name for name in paths if name in flat.columns))
    return Raw(
        pl.concat([known, nested], how="diagonal").sort("row_no") if len(nested) else known,
        torn,
        n_read,
        position,
        n_lines,
        tuple(key for key in keys if key not in paths)[:MOST_KEYS],
    )


def read_flat(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Read the lines that hold plain values only, many times faster than any JSON.

    A line is read here only where both parsers say the same: no escapes, no fractions, no nesting,
    and every key one of those seen in the first lines.

    Returns:
        row_no and a String column a key; the lines that are left; the keys.
    """
    is_flat = lines["line"].str.contains(FLAT)
    plain = lines.filter(is_flat)
    keys = seen_keys(con, plain.head(SAMPLE))
    if not keys:
        return lines.select("row_no").clear(), lines, []
    text = plain["line"].str.join("\n").item()
    values = pl.read_ndjson(io.BytesIO(text.encode()), schema=dict.fromkeys(keys, pl.String))
    n_told = pl.sum_horizontal(pl.col(key).is_not_null() for key in keys)
    is_whole = plain["line"].str.count_matches('":', literal=True) == values.select(
        n_told
    ).to_series() + plain["line"].str.count_matches(r'":\s*null')
    values = values.insert_column(0, plain["row_no"])
    left = pl.concat([lines.filter(~is_flat), plain.filter(~is_whole)]).sort("row_no")
    return values.filter(is_whole), left, keys


def split_objects(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame, reason: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines (row_no, line) that are JSON objects from those that are not (UNREADABLE)."""
    if lines.is_empty():
        return lines, pl.DataFrame(schema=UNREADABLE)
    con.register("lines", lines)
    is_object = con.sql(
        "select case when json_valid(line) then json_type(line) = 'OBJECT' else false end as ok"
        " from lines"
    ).pl()["ok"]
    con.unregister("lines")
    torn = lines.filter(~is_object).select("row_no", reason=pl.lit(reason), row="line")
    return lines.filter(is_object), torn.cast(pl.Schema(UNREADABLE))


def seen_keys(con: duckdb.DuckDBPyConnection, good: pl.DataFrame) -> list[str]:
    """Return the keys of the objects, in order, but for those nobody could ask for."""
    if good.is_empty():
        return []
    con.register("good", good)
    # a damaged file may have a new key a line: those met often come first
    sql = f"""
        select k from (select unnest(json_keys(line)) as k from good)
        group by k order by count(*) desc, k limit {16 * MOST_KEYS}
    """
    keys = [r[0] for r in con.sql(sql).fetchall()]
    con.unregister("good")
    return sorted(key for key in keys if key != "row_no" and is_key(key))


def values_at(
    con: duckdb.DuckDBPyConnection, good: pl.DataFrame, paths: dict[str, list[str]]
) -> pl.DataFrame:
    """Return `row_no` and a String column for each name: the first of its JSONPaths that is."""
    if good.is_empty() or not paths:
        return good.select("row_no")
    con.register("good", good)
    asked = [path for several in paths.values() for path in several]
    cells = con.sql("select json_extract_string(line, $1) as cells from good", params=[asked])
    found = cells.pl()["cells"].list.to_struct(fields=[str(i) for i in range(len(asked))])
    con.unregister("good")
    frame, made, at = found.struct.unnest(), {}, 0
    for name, several in paths.items():
        made[name] = pl.coalesce(str(at + i) for i in range(len(several)))
        at += len(several)
    return frame.select(value.alias(name) for name, value in made.items()).insert_column(
        0, good["row_no"]
    )


def structs(values: pl.Series, shape: str) -> pl.Series:
    """Read JSON text by a DuckDB JSON structure; null where it is not of that shape."""
    with scratch() as con:
        con.register("texts", values.cast(pl.String).rename("t").to_frame())
        return (
            con.sql(
                "select case when json_valid(t) then from_json(t, $1) end as s from texts",
                params=[shape],
            )
            .pl()["s"]
            .rename(values.name)
        )
