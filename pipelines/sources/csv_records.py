"""CSV with quotes that hold line ends, and with torn lines that must not take others with them.

A record normally ends where the quotes opened so far are closed. Where that reading gives a record
of a wrong number of fields, the part is read again line by line: a line whole in itself is a
record and closes whatever was open, so one stray quote damages its own line only.
"""

import re

import polars as pl

LONGEST_RECORD = 100  # lines; an open quote is waited for no longer
QUOTED = r'"[^"]*(?:""[^"]*)*"'


def records_of(lines: pl.DataFrame, width: int, delimiter: str, is_last: bool) -> pl.DataFrame:
    """Join lines to records: n (its first line), line, n_lines, n_quotes, is_whole, is_plain.

    At the end of a part that is not the last of its file a record may be left open.
    """
    lines = lines.with_columns(
        n_quotes=pl.col("line").str.count_matches('"', literal=True).cast(pl.Int64),
        n_lines=pl.lit(1, pl.Int64),
    )
    if not lines["n_quotes"].sum():
        return _judge(lines, width, delimiter)
    is_open = (pl.col("n_quotes").cum_sum() - pl.col("n_quotes")) % 2 == 1
    records = _judge(_joined(lines, is_open), width, delimiter)
    is_open_end = not is_last and may_grow(records)
    is_fine = records.select(pl.col("is_whole") | (pl.col("line") == "")).to_series()
    if is_fine.all() or (is_open_end and is_fine.head(-1).all()):
        return records
    # read again: a line whole in itself closes what was open before it
    lines = _judge(lines, width, delimiter)
    ends = pl.col("is_whole") | pl.col("is_whole").shift(1, fill_value=True)
    quotes = pl.when(pl.col("is_whole")).then(0).otherwise(pl.col("n_quotes"))
    lines = lines.with_columns(run=ends.cum_sum(), quotes=quotes)
    is_open = (pl.col("quotes").cum_sum().over("run") - pl.col("quotes")) % 2 == 1
    records = _judge(_joined(lines, is_open), width, delimiter)
    torn = records.filter(~pl.col("is_whole") & (pl.col("n_lines") > 1))
    if not is_last and may_grow(records):
        torn = torn.filter(pl.col("n") != records["n"][-1])
    if torn.is_empty():
        return records
    # a run that makes no record: each of its lines stands alone
    loose = lines.join_where(
        torn.select(first="n", count="n_lines"),
        pl.col("n") >= pl.col("first"),
        pl.col("n") < pl.col("first") + pl.col("count"),
    ).select(records.columns)
    return pl.concat([records.join(torn, on="n", how="anti"), loose]).sort("n")


def may_grow(records: pl.DataFrame) -> bool:
    """Tell whether the last record is whole, or its quote may be closed by lines to come."""
    if records.is_empty():
        return True
    last = records.row(-1, named=True)
    is_open = last["n_quotes"] % 2 == 1 and last["n_lines"] <= LONGEST_RECORD
    return bool(last["is_whole"] or is_open)


def _joined(lines: pl.DataFrame, is_open: pl.Expr) -> pl.DataFrame:
    return (
        lines.with_columns(record=(~is_open).cum_sum())
        .group_by("record", maintain_order=True)
        .agg(
            pl.col("n").first(),
            pl.col("line").str.join("\n"),
            pl.col("n_quotes").sum(),
            n_lines=pl.len().cast(pl.Int64),
        )
        .drop("record")
    )


def _judge(records: pl.DataFrame, width: int, delimiter: str) -> pl.DataFrame:
    """Say of each record whether it is whole, and whether it is plain (no stray quotes)."""
    mark, sep = "\x01", re.escape(delimiter)
    line = pl.col("line")
    quoted = line.str.replace_all(rf"(^|{sep}){QUOTED}", f"${{1}}{mark}")
    bare = pl.when(pl.col("n_quotes") > 0).then(quoted).otherwise(line)
    has_quote = bare.str.contains('"', literal=True)
    opens = bare.str.contains(rf'(?:^|{sep}|{mark})"')
    fits = bare.str.count_matches(delimiter, literal=True) == width - 1
    is_plain = ~has_quote & ~bare.str.contains(rf"{mark}[^{sep}]")
    return records.with_columns(
        is_whole=fits & ~opens & (~has_quote | (pl.col("n_lines") == 1)), is_plain=is_plain
    ).select("n", "line", "n_quotes", "n_lines", "is_whole", "is_plain")
