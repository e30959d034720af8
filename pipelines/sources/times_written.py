"""Dates as people write them, day or month first, become ISO 8601."""

import polars as pl

_CLOCK = (
    r"(?:[\sTt,]+(\d{1,2}):(\d{2})(?::(\d{2})([.,]\d{1,9})?)?(?:\s?([AaPp])\.?[Mm]\.?)?"
    r"\s?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_DAY_MONTH = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})" + _CLOCK
_YEAR_FIRST = r"^(\d{4})[./-](\d{1,2})[./-](\d{1,2})" + _CLOCK
# name -> which group of _DAY_MONTH is the day, which the month
WRITTEN = {"day_first": (1, 2), "month_first": (2, 1)}


def as_iso(text: pl.Series, day: int, month: int) -> pl.Series:
    """Return dates and times as ISO 8601; null where they are not written so.

    Args:
        text: `2.3.2026 9:05`, `02/03/26`, `02/03/2026 09:05:00 PM`. Never modified.
        day, month: which of the first two numbers is which.

    >>> as_iso(pl.Series(["2.3.2026 9:05", "12/31/26 1:00 pm", "31.12.26"]), 1, 2).to_list()
    ['2026-03-02T09:05:00', '2026-31-12T13:00:00', '2026-12-31T00:00:00']
    """
    return _as_iso(text, _DAY_MONTH, (3, month, day))


def year_first_as_iso(text: pl.Series) -> pl.Series:
    """Return dates and times that begin with the year as ISO 8601 to the second, as `as_iso`.

    >>> year_first_as_iso(pl.Series(["2026/3/2 9:05+00", "2026-03-02"])).to_list()
    ['2026-03-02T09:05:00+00', '2026-03-02T00:00:00']
    """
    return _as_iso(text, _YEAR_FIRST, (1, 2, 3))


def _as_iso(text: pl.Series, pattern: str, places: tuple[int, int, int]) -> pl.Series:
    part = {n: pl.col("s").str.extract(pattern, n) for n in range(1, 10)}
    year, month, day = (part[n] for n in places)
    full = pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year)
    half, given = part[8].str.to_lowercase(), part[4].cast(pl.Int64).fill_null(0)
    hour = pl.when(half == "p").then(given % 12 + 12).when(half == "a").then(given % 12)
    date = pl.concat_str(full, month.str.zfill(2), day.str.zfill(2), separator="-")
    clock = pl.concat_str(
        hour.otherwise(given).cast(pl.String).str.zfill(2),
        part[5].fill_null("00"),
        part[6].fill_null("00"),
        separator=":",
    )
    rest = (part[7].fill_null(""), part[9].fill_null(""))
    frame = text.str.strip_chars().rename("s").to_frame()
    return frame.select(pl.concat_str(date, pl.lit("T"), clock, *rest).alias(text.name)).to_series()
