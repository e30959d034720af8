"""What is usual for today so far: the same weekday of up to eight weeks before, from the marts.

A holiday is compared with Sundays, a working Saturday with Fridays; holidays are no reference. With
fewer than four such days with data nothing is usual. How the days weigh, and how far such a
forecast of an hour was off lately: `forecast.py`.
"""

import time
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock
from typing import Any

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.settled import has_marts
from pipelines.metrics.facts import marks, run
from pipelines.metrics.forecast import DAYS, LEAST_DAYS, ORIGINS, expected, wape
from pipelines.metrics.query import Scope, day_start

QUARTER_S = 900

_DAYS = """
with
kind as (
    select case
        when isodow(day) <= 5 and not is_working then 7
        when isodow(day) > 5 and is_working then 5
        else isodow(day)
    end as weekday
    from ref_calendar where day = $today
)
select c.day from ref_calendar as c
where c.day between $today - 168 and $today - 1
    and isodow(c.day) = coalesce((select weekday from kind), isodow($today::date))
    and (isodow(c.day) <= 5) = c.is_working
order by c.day desc limit $days
"""

_SLOT = {
    "received_date": pl.Date(),
    "interval_at": pl.Datetime("us", "UTC"),
    "line": pl.String(),
    "source": pl.String(),
    "channel": pl.String(),
    "n": pl.Float64(),
    "second": pl.Float64(),
}
REMEMBER_S = 300.0  # a day rebuilt with the same last moment is seen again after so long


@dataclass(frozen=True)
class _Seen:
    """What was read of the reference days: their quarters, and the hours of the days before too."""

    at: float
    volume: pl.DataFrame  # columns of _SLOT, of up to DAYS days
    offered: pl.DataFrame  # the same of legs
    hours: pl.DataFrame  # received_date, hour, line, n: ORIGINS days more, to see what was forecast
    off: dict[object, float | None] = field(default_factory=dict)  # lines -> error of the forecast


_memory: dict[object, _Seen] = {}


def usual_days(lake: Lake, today: date, most: int = DAYS) -> list[date]:
    """Return up to eight days before a day that it is compared with, the latest first."""
    params: dict[str, object] = {"today": today, "days": most}
    return [row[0] for row in lake.con.execute(_DAYS, params).fetchall()]


class Usual:
    """The reference days of one moment: counts a line, source and quarter of the local day."""

    def __init__(self, lake: Lake, at: datetime, scope: Scope, newest: dict[str, datetime]) -> None:
        """Read the marts of the reference days; without marts nothing is usual.

        newest: source -> its newest event since yesterday.
        """
        self._scope = scope
        self._at = at
        self._rules = lake.reference.rules
        self._tz = lake.settings.tz
        self._today = at.astimezone(self._tz).date()
        days = usual_days(lake, self._today, DAYS + ORIGINS)
        self._seen, is_settled = _remembered(lake, days)
        self._volume, self._offered = self._seen.volume, self._seen.offered
        self.has_marts = is_settled or has_marts(lake)
        self._days = self._volume.get_column("received_date").unique().sort(descending=True)
        self._midnight = day_start(self._today, self._tz)
        self._sources = self._freshness(newest)
        self._silent = {row["source"]: row["silent_since"] for row in self._sources}

    def may_see(self, line: str) -> bool:
        """Say whether the scope holds a line."""
        return self._scope.lines is None or line in self._scope.lines

    def of_line(self, line: str | None, newest: datetime | None) -> dict[str, Any]:
        """Return expected volumes of a line (None: all in scope) and since when nothing comes.

        newest: its newest contact today. A line that owes as many contacts as a slot needs is
        stale when the sources that usually bring most of it are silent too, and silent when they
        speak. All lines together are stale by those people queue in, and never silent.
        """
        rows, now = self._of(self._volume, line), self._second(self._at)
        hour = now // 3600 * 3600
        owed = self._mean(rows, max(self._second(newest), 0) if newest else 0, now)
        stale = silent = None
        if line is None:
            stale = self._stale(rows.filter(pl.col("channel") != "portal"))
        elif owed is not None and owed >= self._rules.slot_expected:
            stale = self._stale(rows)
            silent = None if stale else (newest or self._midnight)
        return {
            "expected_volume": self._mean(rows, 0, now),
            "expected_hour_volume": self._mean(rows, hour, hour + 3600),
            "expected_hour_until_now": self._mean(rows, hour, now),
            "forecast_wape": self._off(line),
            "stale_since": stale,
            "silent_since": silent,
        }

    def legs(self, line: str, first: datetime, last: datetime) -> float | None:
        """Return the usual legs offered on a line between two moments of the local day."""
        rows = self._of(self._offered, line).filter(pl.col("channel") != "portal")
        return self._mean(rows, max(self._second(first), 0), self._second(last))

    def offered(self, start: datetime) -> float | None:
        """Return the usual legs offered in the 15 minutes from `start`."""
        second = self._second(start)
        if second < 0:
            return None
        return self._mean(self._of(self._offered, None), second, second + QUARTER_S)

    def _stale(self, rows: pl.DataFrame) -> datetime | None:
        """Return since when the sources of most of these contacts are silent; None: they speak."""
        brought = dict(rows.group_by("source").agg(pl.col("n").sum()).drop_nulls().iter_rows())
        quiet = {name: since for name in brought if (since := self._silent.get(name))}
        is_most = sum(brought[name] for name in quiet) * 2 > sum(brought.values())
        return min(quiet.values()) if is_most else None

    def sources(self) -> list[dict[str, Any]]:
        """Return how fresh each source is and since when it is silent."""
        return self._sources

    def _freshness(self, newest: dict[str, datetime]) -> list[dict[str, Any]]:
        """A source is silent when it owes as many contacts as a slot needs.

        Sources with no event since yesterday are known from the reference days; their newest_at is
        the quarter of their last contact there.
        """
        out = []
        names = sorted({*newest, *self._volume.get_column("source").drop_nulls()})
        for name in names:
            rows = self._volume.filter(pl.col("source") == name)
            last = rows.get_column("interval_at").max()
            at = newest.get(name) or (last if isinstance(last, datetime) else self._at)
            owed = self._mean(rows, max(self._second(at), 0), self._second(self._at))
            silent = owed is not None and owed >= self._rules.slot_expected
            out.append(
                {
                    "source": name,
                    "newest_at": at,
                    "is_silent": silent,
                    "silent_since": at if silent else None,
                }
            )
        return out

    def _second(self, moment: datetime) -> float:
        """Return the second of today by the clock on the wall; below 0 before today."""
        wall = moment.astimezone(self._tz).replace(tzinfo=None)
        return (wall - datetime.combine(self._today, clock.min)).total_seconds()

    def _of(self, rows: pl.DataFrame, line: str | None) -> pl.DataFrame:
        """Keep the rows of one line, or of all lines in scope."""
        lines = self._scope.lines
        if line is not None:
            return rows.filter(pl.col("line") == line)
        return rows if lines is None else rows.filter(pl.col("line").is_in(list(lines)))

    def _mean(self, rows: pl.DataFrame, first_s: float, last_s: float) -> float | None:
        """Return what is expected between two seconds of the day, by the reference days."""
        if len(self._days) < LEAST_DAYS or self._is_personal:
            return None
        part = (
            (pl.min_horizontal(pl.col("second") + QUARTER_S, pl.lit(last_s)))
            - pl.max_horizontal(pl.col("second"), pl.lit(first_s))
        ).clip(0) / QUARTER_S
        found = dict(rows.group_by("received_date").agg((pl.col("n") * part).sum()).iter_rows())
        return float(expected(np.array([[found.get(day, 0.0)] for day in self._days]))[0])

    def _off(self, line: str | None) -> float | None:
        """Return by what share the forecasts of an hour of the last such days were off (WAPE)."""
        if self._is_personal:
            return None
        asked = (line, self._scope.lines)
        if asked not in self._seen.off:
            rows = self._of(self._seen.hours, line)
            # a row a day, the latest first; days that brought nothing on this line count, too
            days = self._seen.hours.select("received_date").unique()
            grid = days.join(pl.DataFrame({"hour": range(24)}), how="cross")
            counts = (
                grid.join(rows, on=["received_date", "hour"], how="left")
                .group_by("received_date", "hour").agg(pl.col("n").sum())
                .sort("received_date", "hour", descending=[True, False])
            )  # fmt: skip
            self._seen.off[asked] = wape(counts["n"].to_numpy().reshape(-1, 24))
        return self._seen.off[asked]

    @property
    def _is_personal(self) -> bool:
        """Marts hold no operators, so nothing is usual of a team or a person."""
        return self._scope.teams is not None or self._scope.operator is not None


def _remembered(lake: Lake, days: list[date]) -> tuple[_Seen, bool]:
    """Read the marts of the reference days, or remember them: old days hardly ever change.

    And whether any of these days is settled: then there are marts, which need not be asked for.
    """
    known = marks(lake).settled
    settled = tuple((day, known[day]) for day in days if day in known)
    key = (str(lake.settings.home), settled)
    seen = _memory.get(key)
    if seen and time.monotonic() - seen.at < REMEMBER_S:
        return seen, bool(settled)
    empty = pl.DataFrame(schema=_SLOT)
    volume = _slots(lake, "mart_contacts_15min", "n_contacts", days) if settled else empty
    usual = days[:DAYS]
    offered = _slots(lake, "mart_legs_15min", "n_offered", usual) if settled else empty
    seen = _Seen(
        time.monotonic(),
        volume.filter(pl.col("received_date").is_in(usual)),
        offered,
        volume.group_by(
            "received_date", (pl.col("second") // 3600).cast(pl.Int64).alias("hour"), "line"
        ).agg(pl.col("n").sum()),
    )
    while len(_memory) >= 4:
        _memory.pop(next(iter(_memory)), None)
    _memory[key] = seen
    return seen, bool(settled)


def _slots(lake: Lake, mart: str, measure: str, days: list[date]) -> pl.DataFrame:
    found = run(
        lake,
        f"select received_date, interval_at, line, source, channel, sum({measure})::double as n "
        f"from lake.{mart} where received_date between $first and $last "
        "and list_contains($days::date[], received_date) "
        "group by received_date, interval_at, line, source, channel",
        {"first": min(days), "last": max(days), "days": days},
    )
    wall = pl.col("interval_at").dt.convert_time_zone(lake.settings.zone).dt
    second = wall.hour().cast(pl.Float64) * 3600 + wall.minute().cast(pl.Float64) * 60
    return found.with_columns(second=second)
