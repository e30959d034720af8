"""What Asterisk's logs have in common: devices and members, which may name a person's phone."""

import polars as pl

from pipelines.cleaning.keys import keyed
from pipelines.errors import SourceError

# so many digits are a telephone in the network, not an extension of the exchange
_PHONE = r"\d{10,}"
NOBODY = ("", "NONE")


def members(names: pl.Series, key: bytes) -> pl.Series:
    """Return queue members and devices with the phones in them replaced by keys.

    A member may stand in the log as `Local/89161234567@from-queue/n`: an operator at home.

    Args:
        names: as the log writes them, nulls allowed. Never modified.
        key: the secret of identifiers.

    Returns:
        The same names; `NONE` and the empty name are null.
    """
    name = pl.col("name")
    frame = names.str.strip_chars().rename("name").to_frame()
    frame = frame.with_columns(pl.when(~name.is_in(NOBODY)).then(name))
    held = frame.filter(name.str.contains(_PHONE)).unique()
    if held.is_empty():
        return frame["name"].rename(names.name)
    keys = keyed(held["name"].str.extract(rf"({_PHONE})"), "phone", key)
    hidden = held.with_columns(
        hidden=pl.concat_str(
            name.str.extract(rf"^(.*?){_PHONE}").fill_null(""),
            pl.lit("tel-") + pl.Series("key", keys),
            name.str.extract(rf"{_PHONE}(.*)$").fill_null("").str.replace_all(_PHONE, ""),
        )
    )
    joined = frame.join(hidden, on="name", how="left", maintain_order="left")
    return joined.select(pl.coalesce("hidden", "name")).to_series().rename(names.name)


def demand(given: dict[str, str], frame: pl.DataFrame, file: str, wanted: str) -> None:
    """Refuse a table whose columns are not those of its log.

    Args:
        given: our name -> the file's own; empty where the columns do not fit.
        frame: a part of the file; nothing but row_no: there is no column to judge by.
        file, wanted: for the error.

    Raises:
        SourceError: with the columns wanted and found.
    """
    if not given and frame.width > 1:
        found = ", ".join(c for c in frame.columns if c != "row_no")
        raise SourceError(
            f"{file}: this log in a table has columns {wanted}. Found: {found}. Rename the columns."
        )


def with_columns_of(frame: pl.DataFrame, given: dict[str, str]) -> pl.DataFrame:
    """Add the columns a part of JSON Lines lacks: none of its objects has the key."""
    absent = [name for name in given.values() if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def devices(channels: pl.Series) -> pl.Series:
    """Return the device of each channel: `SIP/301-00000004` is one of `SIP/301`."""
    return channels.str.replace(r"-[0-9a-fA-F]{6,}(?:;\d)?$", "")
