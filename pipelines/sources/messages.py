"""Messages of a chat: a JSON array (or a Parquet list) of structs becomes typed, masked structs."""

import polars as pl

from pipelines.cleaning.ids import hide_ids
from pipelines.cleaning.mask import Keep, mask
from pipelines.cleaning.name_rules import How
from pipelines.sources.canonical import MESSAGE, MESSAGES
from pipelines.sources.json_rows import structs
from pipelines.sources.times import read_times

_SHAPE = (
    '[{"sent_at":"VARCHAR","at":"VARCHAR","sender":"VARCHAR","operator_id":"VARCHAR",'
    '"text":"VARCHAR","attachments":"JSON","sets_waiting":"VARCHAR"}]'
)
_TRUE = ("true", "1", "yes", "да")


def read_messages(values: pl.Series, zone: str) -> pl.Series:
    """Read a column of message lists; null where it is no list, or a message has no time.

    Texts are kept raw: `mask_messages` comes after the content of the row was hashed.
    """
    lists = values if isinstance(values.dtype, pl.List) else structs(values, _SHAPE)
    frame = pl.DataFrame({"m": lists}).with_row_index("i")
    if not isinstance(lists.dtype, pl.List) or not isinstance(lists.dtype.inner, pl.Struct):
        return pl.Series(values.name, [None] * len(values), dtype=MESSAGES)
    one = (
        frame.filter(pl.col("m").list.len() > 0)
        .explode("m")
        .filter(pl.col("m").is_not_null())
        .unnest("m")
    )
    one = one.with_columns(
        pl.lit(None, pl.String).alias(c) for c in (*MESSAGE, "at") if c not in one.columns
    )
    text = [pl.col(c).cast(pl.String) for c in ("sender", "operator_id", "text", "sets_waiting")]
    sent = one["sent_at"] if one["sent_at"].null_count() < len(one) else one["at"]
    sent = (
        sent
        if sent.null_count() == 0 or sent.dtype != one["at"].dtype
        else sent.fill_null(one["at"])
    )
    one = one.with_columns(*text, _n_attached(one["attachments"])).with_columns(
        sent_at=read_times(sent, zone),
        sets_waiting=pl.col("sets_waiting").str.to_lowercase().is_in(_TRUE),
    )
    read = _packed(one)
    joined = frame.select("i", n="m").join(read, on="i", how="left", maintain_order="left")
    is_empty = pl.col("n").list.len() == 0
    made = (
        pl.when(is_empty)
        .then(pl.lit([], MESSAGES))
        .otherwise(pl.when(pl.col("is_timed")).then(pl.col("m")))
    )
    return joined.select(made.alias(values.name)).to_series()


def mask_messages(values: pl.Series, key: bytes, keep: Keep) -> pl.Series:
    """Mask the texts of a column of typed message lists, and senders who are called by a name."""
    frame = values.rename("m").to_frame().with_row_index("i")
    one = frame.filter(pl.col("m").list.len() > 0).explode("m").unnest("m")
    if one.is_empty():
        return values
    read = _packed(
        one.with_columns(
            mask(one["text"], keep),
            mask(one["sender"], keep),
            hide_ids(one["operator_id"], key, keep, How.PROSE),
        )
    )
    joined = frame.join(read.select("i", masked="m"), on="i", how="left", maintain_order="left")
    return joined.select(pl.coalesce("masked", "m")).to_series().rename(values.name)


def _packed(one: pl.DataFrame) -> pl.DataFrame:
    """Put messages back into one list a chat: i, m, is_timed (every message has a time)."""
    return one.group_by("i", maintain_order=True).agg(
        m=pl.struct(pl.col(c).cast(t) for c, t in MESSAGE.items()),
        is_timed=pl.col("sent_at").is_not_null().all(),
    )


def _n_attached(values: pl.Series) -> pl.Series:
    """Count attachments: the length of a list, a number as it is, any other value one."""
    if isinstance(values.dtype, pl.List):
        return values.list.len().cast(pl.Int64)
    text = values.cast(pl.String).str.strip_chars()
    number = text.str.strip_chars('"').cast(pl.Int64, strict=False)
    # a JSON list has one more element than it has commas outside of its strings
    bare = text.str.replace_all(r'"(?:[^"\\]|\\.)*"|\{[^{}]*\}', "x")
    frame = pl.DataFrame({"text": text, "number": number, "bare": bare})
    n_items = pl.col("bare").str.count_matches(",", literal=True).cast(pl.Int64) + 1
    count = (
        pl.when(pl.col("text").is_in(["null", "false", "", '""', "[]"]))
        .then(0)
        .when(pl.col("text").str.starts_with("["))
        .then(n_items)
        .otherwise(pl.coalesce("number", pl.lit(1)))
    )
    is_given = pl.col("text").is_not_null()
    return frame.select(pl.when(is_given).then(count).alias("attachments")).to_series()
