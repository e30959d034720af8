"""Working days and open time as tables: `ref_calendar`, `ref_open_time`.

Working days are those of the package `holidays` (official transfers included; it was right on all
days of 2024-2026) with the overrides of calendar.yml put over them.
"""

from datetime import date, timedelta
from functools import lru_cache

import duckdb
import polars as pl

from pipelines.errors import ReferenceDataError
from pipelines.reference.model import Calendar, Days, Reference

SCHEMA = {
    "calendar": pl.String, "line": pl.String, "zone": pl.String, "day": pl.Date,
    "opens_s": pl.Int64, "closes_s": pl.Int64,
}  # fmt: skip

# open intervals and how many open microseconds of the calendar lie before each; intervals that
# touch are kept apart
_OPEN_TIME = """
with
spans as (
    select
        w.calendar,
        w.line,
        timezone(w.zone, w.day::timestamp + to_seconds(w.opens_s)) as opens_at,
        timezone(w.zone, w.day::timestamp + to_seconds(w.closes_s)) as closes_at
    from ref_windows as w
),
lengths as (
    select
        s.*,
        epoch_us(s.closes_at) - epoch_us(s.opens_at) as length_us
    from spans as s
)
select
    l.*,
    coalesce(sum(l.length_us) over (
        partition by l.calendar, l.line order by l.opens_at
        rows between unbounded preceding and 1 preceding
    ), 0)::bigint as before_us
from lengths as l
order by l.calendar, l.line, l.opens_at
"""


def open_time(con: duckdb.DuckDBPyConnection, reference: Reference, zone: str) -> pl.DataFrame:
    """Return ref_open_time: calendar, line ('' for all), opens_at, closes_at, length_us, before_us.

    Calendars of promises.yml, and `staffed`: the hours of each line not staffed always.
    """
    frames = [
        *(_windows(c, c.zone or zone) for c in reference.calendars.values()),
        _staffed(reference, zone),
    ]
    con.register("ref_windows", pl.concat(frames))
    made = con.sql(_OPEN_TIME).pl()
    con.unregister("ref_windows")
    return made


def calendar_frame(days: Days) -> pl.DataFrame:
    """Return `day, is_working` of every day of the years, overrides put over."""
    frame = _working_days(days.country, days.subdivision, *days.years)
    over = pl.DataFrame(
        [(day, off.is_working) for day, off in days.overrides.items()],
        schema={"day": pl.Date, "over": pl.Boolean},
        orient="row",
    )
    joined = frame.join(over, on="day", how="left", maintain_order="left")
    return joined.select("day", is_working=pl.coalesce("over", "is_working"))


def _windows(calendar: Calendar, zone: str) -> pl.DataFrame:
    days = calendar_frame(calendar.days)
    is_open = pl.col("is_working") if calendar.kind == "working" else pl.lit(True)
    days = days.filter(is_open).with_columns(weekday=pl.col("day").dt.weekday().cast(pl.Int64))
    usual = pl.DataFrame(
        list(_of_every_weekday(calendar)),
        schema={"weekday": pl.Int64, "opens_s": pl.Int64, "closes_s": pl.Int64},
        orient="row",
    )
    special = {day: off.hours for day, off in calendar.days.overrides.items() if off.hours}
    found = days.join(usual, on="weekday").filter(~pl.col("day").is_in(list(special)))
    own = pl.DataFrame(
        [(day, opens, closes) for day, hours in special.items() for opens, closes in hours],
        schema={"day": pl.Date, "opens_s": pl.Int64, "closes_s": pl.Int64},
        orient="row",
    ).join(days, on="day", how="semi")
    columns = ("day", "opens_s", "closes_s")
    return _named(pl.concat([found.select(columns), own.select(columns)]), calendar.id, "", zone)


def _of_every_weekday(calendar: Calendar) -> list[tuple[int, int, int]]:
    # a working day of a weekday without windows is a moved one: it has those of the first
    known = {day for day, _, _ in calendar.windows}
    first = min(known)
    moved = [
        (day, opens, closes)
        for day in set(range(1, 8)) - known
        if calendar.kind == "working"
        for own, opens, closes in calendar.windows
        if own == first
    ]
    return [*calendar.windows, *moved]


def _staffed(reference: Reference, zone: str) -> pl.DataFrame:
    days = calendar_frame(reference.days).select(
        "day", weekday=pl.col("day").dt.weekday().cast(pl.Int64)
    )
    frames = [pl.DataFrame(schema=SCHEMA)]
    for line in reference.lines.values():
        hours = pl.DataFrame(
            list(line.hours),
            schema={"weekday": pl.Int64, "opens_s": pl.Int64, "closes_s": pl.Int64},
            orient="row",
        )
        frames.append(_named(days.join(hours, on="weekday"), "staffed", line.id, zone))
    return pl.concat(frames)


def _named(frame: pl.DataFrame, calendar: str, line: str, zone: str) -> pl.DataFrame:
    return frame.with_columns(
        calendar=pl.lit(calendar), line=pl.lit(line), zone=pl.lit(zone)
    ).select(list(SCHEMA))


@lru_cache(maxsize=8)
def _working_days(country: str, subdivision: str, from_year: int, to_year: int) -> pl.DataFrame:
    import holidays

    try:
        calendar = holidays.country_holidays(
            country, subdiv=subdivision or None, years=range(from_year, to_year + 1)
        )
    except NotImplementedError as error:
        raise ReferenceDataError(
            f"calendar.yml: no calendar of country '{country}'"
            + (f", subdivision '{subdivision}'" if subdivision else "")
        ) from error
    first, last = date(from_year, 1, 1), date(to_year, 12, 31)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    rows = [(day, calendar.is_working_day(day)) for day in days]
    return pl.DataFrame(rows, schema={"day": pl.Date, "is_working": pl.Boolean}, orient="row")
