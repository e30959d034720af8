"""Numbers and durations as logs write them: `1.5`, `1 234,5`, `00:02:30`."""

import polars as pl

# unit of a duration -> its seconds; those with colons are clocks, by their parts
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
CLOCKS = {"hh:mm:ss": (3600, 60, 1), "hh:mm": (3600, 60), "mm:ss": (60, 1)}
# 2:30:00, 6-01:08:11, 6.01:08:11, 1 day, 2:30:00
_CLOCK = (
    r"^\s*(-?)(?:(\d+)(?:[-.]|\s*(?:days?|d|д\w*\.?),?\s*|\s+))?"
    r"(\d+):(\d{1,2})(?::(\d{1,2}(?:[.,]\d*)?))?\s*$"
)
_THOUSANDS = r"[\s\u00a0\u202f']"


def read_numbers(values: pl.Series, unit: str = "", decimal: str = "") -> pl.Series:
    """Return a column as Float64; null where it is null, or no finite number.

    Args:
        values: strings, numbers, flags or durations. Never modified.
        unit: a name of UNITS or CLOCKS: the result is seconds. Without one `h:mm:ss` is a clock
            too, and all else is taken as it is.
        decimal: "," or "."; without one both are, since logs part no thousands by them.

    >>> read_numbers(pl.Series(["1.5", "1 234,5", "0:02:30", "nan", "x"])).to_list()
    [1.5, 1234.5, 150.0, None, None]
    >>> read_numbers(pl.Series(["1.234,5"]), decimal=",").to_list()
    [1234.5]
    >>> read_numbers(pl.Series(["02:30", "1:02:30", "1 day, 0:00:01"]), unit="mm:ss").to_list()
    [150.0, 3750.0, 86401.0]
    """
    if values.dtype == pl.Duration:
        return values.dt.total_microseconds().cast(pl.Float64) / 1e6
    if values.dtype != pl.String:
        number = _finite(values.cast(pl.Float64, strict=False))
        return number * UNITS[unit] if unit in UNITS else number
    clock = _clock(values, unit)
    return clock.fill_null(_finite(_decimal(values, decimal)) * UNITS.get(unit, 1.0))


def _decimal(values: pl.Series, decimal: str) -> pl.Series:
    text = values.str.to_lowercase().str.replace_all(_THOUSANDS, "")
    if decimal:
        text = text.str.replace_all("." if decimal == "," else ",", "", literal=True)
    text = text.str.replace(",", ".", literal=True).replace({"true": "1", "false": "0"})
    # "nan", "inf" and 1e400 are no measurements
    text = text.set(~text.str.contains(r"^[+-]?[\d.]").fill_null(True), None)
    return text.cast(pl.Float64, strict=False)


def _clock(values: pl.Series, unit: str) -> pl.Series:
    """Read clocks: three parts are hours first, two as the unit says."""
    none = pl.Series(values.name, [None] * len(values), dtype=pl.Float64)
    if not values.str.contains(":", literal=True).any():
        return none
    part = {n: pl.col("v").str.extract(_CLOCK, n) for n in range(1, 6)}
    days, first, second, third = (
        part[n].str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        for n in (2, 3, 4, 5)
    )
    sign = pl.when(part[1] == "-").then(-1.0).otherwise(1.0)
    whole = sign * (days.fill_null(0) * 86400 + first * 3600 + second * 60 + third)
    short = CLOCKS[unit] if unit in ("hh:mm", "mm:ss") else None
    two = sign * (first * short[0] + second * short[1]) if short else pl.lit(None, pl.Float64)
    is_sane = (second < 60) & (third.fill_null(0) < 60)
    made = pl.when(is_sane).then(pl.when(third.is_not_null()).then(whole).otherwise(two))
    return values.rename("v").to_frame().select(made.alias(values.name)).to_series()


def _finite(number: pl.Series) -> pl.Series:
    return number.set(~number.is_finite().fill_null(True), None)
