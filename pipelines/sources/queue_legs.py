"""Which stay in a queue a line of the queue_log belongs to: legs of a callid, across parts.

The reader goes through a file in parts, a tail in ticks, so the stays opened earlier are carried
along; when nothing is remembered (the worker was restarted) they are read again from the part of
the file just before.
"""

from pathlib import Path

import polars as pl

from pipelines.sources.canonical import UTC_TIME
from pipelines.sources.identity import hashed
from pipelines.sources.raw import decode, lines_of

LOOK_BACK_BYTES = 8 << 20  # some 100,000 lines, hours of a busy centre
KEPT_S = 24 * 3600  # a call that entered a queue longer ago is over

STAYS: dict[str, pl.DataType] = {
    "callid": pl.String(),
    "queue": pl.String(),
    "row_key": pl.UInt64(),
    "event_at": UTC_TIME,
    "leg": pl.Int64(),
}


def open_stays(
    path: Path, start: int, remembered: tuple[int, pl.DataFrame] | None, key: bytes
) -> pl.DataFrame:
    """Return the stays begun before `start`: remembered, or read from the bytes before it."""
    if start == 0:
        return pl.DataFrame(schema=STAYS)
    if remembered and remembered[0] == start:
        return remembered[1]
    with path.open("rb") as file:
        file.seek(max(0, start - LOOK_BACK_BYTES))
        data = file.read(start - file.tell())
    entered = lines_of(decode(data)).filter(
        pl.col("line").str.contains(r"^\d{9,10}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|ENTERQUEUE\|")
    )
    fields = pl.col("line").str.strip_chars().str.splitn("|", 4)
    rows = entered.select(
        row_no="n",
        callid=fields.struct[1],
        queue=fields.struct[2],
        event=pl.lit("ENTERQUEUE"),
        row_key=hashed(entered["line"].str.strip_chars(), key),
        event_at=(fields.struct[0].cast(pl.Float64) * 1_000_000).cast(pl.Int64).cast(UTC_TIME),
    )
    return add_legs(rows, pl.DataFrame(schema=STAYS))[1]


def add_legs(rows: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the stays of every callid and give each row the stay it belongs to.

    Args:
        rows: row_no, callid, queue, event, event_at, row_key. before: stays of earlier parts.

    Returns:
        The rows with `leg` (null: the call entered no queue we saw) and `is_first` (an ENTERQUEUE
        that opens leg 1); and all stays young enough to be met again. A line repeated to the
        letter opens no second stay.
    """
    entered = (
        rows.filter(
            (pl.col("event") == "ENTERQUEUE")
            & ~pl.col("row_key").is_in(before["row_key"].implode())
        )
        .sort("event_at", "row_no")
        .unique("row_key", keep="first", maintain_order=True)
    )
    n_before = before.group_by("callid").agg(n_before=pl.col("leg").max())
    opened = (
        entered.join(n_before, on="callid", how="left", maintain_order="left")
        .with_columns(
            leg=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("callid")
            + pl.col("n_before").fill_null(0)
        )
        .select(list(STAYS))
    )
    stays = pl.concat([before, opened])
    rows = _belonging(rows, stays).with_columns(is_first=pl.col("leg") == 1)
    newest = stays["event_at"].max()
    if newest is not None:
        stays = stays.filter(pl.col("event_at") >= newest - pl.duration(seconds=KEPT_S))
    return rows, stays


def _belonging(rows: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Add `leg`: an entry its own; another line the k-th stay of its callid in its queue."""
    place = ["callid", "queue"]
    own = stays.select("row_key", own="leg").unique("row_key")
    ordered = stays.sort("event_at", "leg", maintain_order=True).with_columns(
        k=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(place)
    )
    earlier = ordered.filter(~pl.col("row_key").is_in(rows["row_key"].implode()))
    n_earlier = earlier.group_by(place).agg(n_earlier=pl.len().cast(pl.Int64))
    new_keys = ordered.select("row_key", is_new=pl.lit(True)).unique("row_key")
    numbered = (
        rows.join(own, on="row_key", how="left", maintain_order="left")
        .join(n_earlier, on=place, how="left", maintain_order="left")
        .join(new_keys, on="row_key", how="left", maintain_order="left")
        .sort("event_at", "row_no")
        .with_columns(
            opens=(pl.col("is_new") & pl.col("row_key").is_first_distinct()).fill_null(False)
        )
        .with_columns(
            # at least 1: a line of the entry's own second may stand before it
            k=(
                pl.col("opens").cast(pl.Int64).cum_sum().over(place)
                + pl.col("n_earlier").fill_null(0)
            ).clip(1)
        )
        .join(ordered.select(*place, "k", leg="leg"), on=[*place, "k"], how="left")
        .with_columns(leg=pl.coalesce("own", "leg"))
    )
    # a line that names no queue, or one the call did not enter, belongs to the latest stay
    latest = ordered.group_by("callid").agg(latest=pl.col("leg").max())
    return (
        numbered.join(latest, on="callid", how="left")
        .with_columns(leg=pl.coalesce("leg", "latest"))
        .drop("own", "n_earlier", "is_new", "opens", "k", "latest")
        .sort("row_no")
    )
