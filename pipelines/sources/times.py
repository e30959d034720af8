"""Times of logs become UTC instants: ISO 8601 with an offset, or naive in the service's zone.

Local times that a clock change repeats are read as the first of the two; those it skips are read
with the offset before the change (02:30 in the gap is 03:30), as Python's fold=0 does.
"""

from datetime import timedelta

import polars as pl

from pipelines.sources.canonical import UTC_TIME
from pipelines.sources.times_written import WRITTEN, as_iso, year_first_as_iso

_NAIVE = pl.Datetime("us")
_REST = r"^([.,]\d{1,9})?\s?(?:([Zz]|UTC|GMT)|([+-])(\d{2}):?(\d{2})?)?$"
_LOOSE = (
    r"^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2})?((?:[.,]\d{1,9})?\s?"
    r"(?:[Zz]|UTC|[+-]\d{2}:?(?:\d{2})?)?))?$"
)

# 10:05, T10, an epoch; in forms of a profile also 20260302 1005 and 02.03.2026 10-05
_HAS_TIME = r"\d:\d|[Tt]\d{2}|^\d{9,}|^\d{8}\D\d{4}|\d{4} \d{1,2}\D\d{2}$"

FORMATS = ("iso", "epoch_s", "epoch_ms", *WRITTEN)


def read_times(
    values: pl.Series, zone: str, formats: tuple[str, ...] = (), is_due: bool = False
) -> pl.Series:
    """Return the UTC instants of a column; null where the value is null or cannot be read.

    Args:
        values: strings, dates, or datetimes with or without a zone. Never modified.
        zone: IANA zone of naive values.
        formats: tried one after the other instead of ISO 8601 (profiles): names of FORMATS,
            `epoch_s`, `epoch_ms`, or strptime formats.
        is_due: a day without a time of day means its last second: a deadline lasts its day.

    >>> local_and_utc = pl.Series(["2026-03-02 10:00", "2026-03-02T10:00:00Z"])
    >>> read_times(local_and_utc, "Europe/Moscow").dt.hour().to_list()
    [7, 10]
    """
    dtype = values.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return values.dt.convert_time_zone("UTC").cast(UTC_TIME)
    if isinstance(dtype, pl.Datetime):
        return localise(_ended(values.cast(_NAIVE), _no_time(values), is_due), zone)
    if dtype == pl.Date:
        return localise(_ended(values.cast(_NAIVE), values.is_not_null(), is_due), zone)
    text = values.cast(pl.String, strict=False)
    read = _formatted(text, zone, formats) if formats else _iso(text, zone)
    if not is_due:
        return read
    # what a day alone says is moved in local time: days of a clock change are not 24 hours long
    is_day = ~text.str.contains(_HAS_TIME).fill_null(True)
    if not is_day.any():
        return read
    local = read.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return read.zip_with(~is_day, localise(_ended(local, is_day, is_due=True), zone))


def _no_time(values: pl.Series) -> pl.Series:
    """Tell the days of a column that holds days only; one time of day makes midnights times too."""
    is_midnight = values.cast(_NAIVE) == values.dt.date().cast(_NAIVE)
    is_days = bool(is_midnight.fill_null(True).all())
    return is_midnight.fill_null(False) if is_days else is_midnight.is_null() & False


def _ended(naive: pl.Series, is_day: pl.Series, is_due: bool) -> pl.Series:
    """Return the last second of the days that are days only."""
    if not is_due or not is_day.any():
        return naive
    return naive.zip_with(~is_day, naive + timedelta(days=1, seconds=-1))


def _iso(text: pl.Series, zone: str) -> pl.Series:
    exact = text.str.slice(0, 19)
    base = exact.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    if base.null_count() > text.null_count():
        spaced = exact.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        base = base.fill_null(spaced)
    read = _with_rest(base, text.str.slice(19), zone)
    left = read.is_null() & text.is_not_null()
    return read.zip_with(~left, _loose(text.set(~left, None), zone)) if left.any() else read


def localise(naive: pl.Series, zone: str) -> pl.Series:
    """Return naive local times of a zone as UTC instants."""
    hour = pl.duration(hours=1)
    value = pl.col("t")
    local = value.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    skipped = (value - hour).dt.replace_time_zone(
        zone, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC") + hour
    utc = local.dt.convert_time_zone("UTC")
    frame = naive.rename("t").to_frame()
    read = frame.select(utc).to_series()
    if read.null_count() > naive.null_count():
        read = frame.select(utc.fill_null(skipped)).to_series()
    return read.cast(UTC_TIME).rename(naive.name)


def _with_rest(base: pl.Series, rest: pl.Series, zone: str) -> pl.Series:
    """Add what follows the seconds: a fraction, an offset. Few distinct ones, so judged once."""
    distinct = _read_rest(rest.drop_nulls().unique())
    if distinct["is_plain"].all():
        return localise(base, zone)
    frame = pl.DataFrame({"base": base, "rest": rest}).join(
        distinct, on="rest", how="left", maintain_order="left"
    )
    moment = pl.col("base") + pl.duration(microseconds="micros")
    utc = (moment - pl.duration(minutes="offset")).dt.replace_time_zone("UTC").cast(UTC_TIME)
    frame = frame.select(naive=pl.when("is_naive").then(moment), utc=utc)
    if frame["utc"].null_count() == base.null_count():
        return frame["utc"]
    return frame["utc"].fill_null(localise(frame["naive"], zone))


def _read_rest(rest: pl.Series) -> pl.DataFrame:
    """Read what may follow the seconds: micros, offset in minutes (null: none, or unreadable)."""
    part = {n: pl.col("rest").str.extract(_REST, n) for n in range(1, 6)}
    hours, minutes = part[4].cast(pl.Int64), part[5].cast(pl.Int64).fill_null(0)
    sign = pl.when(part[3] == "-").then(-1).otherwise(1)
    is_sane = (hours <= 15) & (minutes < 60)
    is_read = pl.col("rest").str.contains(_REST)
    fraction = part[1].str.slice(1).str.pad_end(6, "0").str.slice(0, 6)
    return (
        rest.rename("rest")
        .to_frame()
        .select(
            "rest",
            micros=fraction.cast(pl.Int64).fill_null(0),
            offset=pl.when(part[2].is_not_null())
            .then(0)
            .when(is_sane)
            .then(sign * (hours * 60 + minutes)),
            is_naive=is_read & hours.is_null() & part[2].is_null(),
            is_plain=pl.col("rest") == "",
        )
    )


def _loose(text: pl.Series, zone: str) -> pl.Series:
    """Read the rarer forms: no seconds, no time of day, spaces around, a lower-case t."""
    parts = pl.DataFrame({"s": text.str.strip_chars()}).select(
        day=pl.col("s").str.extract(_LOOSE, 1),
        minute=pl.col("s").str.extract(_LOOSE, 2).fill_null("00:00"),
        second=pl.col("s").str.extract(_LOOSE, 3).fill_null(":00"),
        rest=pl.col("s").str.extract(_LOOSE, 4).fill_null(""),
    )
    base = parts.select(pl.concat_str("day", pl.lit("T"), "minute", "second")).to_series()
    moment = base.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    read = _with_rest(moment, parts["rest"], zone)
    left = read.is_null() & text.is_not_null()
    return read.zip_with(~left, _looser(text.set(~left, None), zone)) if left.any() else read


def _looser(text: pl.Series, zone: str) -> pl.Series:
    """Read the rarest: slashes or dots after the year, AM and PM, one digit where two are usual."""
    exact = year_first_as_iso(text)
    base = exact.str.slice(0, 19)
    moment = base.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    return _with_rest(moment, exact.str.slice(19), zone)


def _formatted(text: pl.Series, zone: str, formats: tuple[str, ...]) -> pl.Series:
    read = pl.Series(text.name, [None] * len(text), dtype=UTC_TIME)
    for form in formats:
        if form in ("epoch_s", "epoch_ms"):
            scale = 1_000_000 if form == "epoch_s" else 1_000
            number = text.cast(pl.Float64, strict=False)
            found = (number.set(~number.is_finite(), None) * scale).cast(pl.Int64, strict=False)
            moment = found.cast(UTC_TIME)
        elif form == "iso":
            moment = _iso(text, zone)
        elif form in WRITTEN:
            moment = _iso(as_iso(text, *WRITTEN[form]), zone)
        elif "%z" in form or "%:z" in form or "%#z" in form:
            moment = text.str.to_datetime(form, strict=False, time_zone="UTC").cast(UTC_TIME)
        else:
            moment = localise(text.str.to_datetime(form, strict=False, time_unit="us"), zone)
        read = read.fill_null(moment)
    return read
