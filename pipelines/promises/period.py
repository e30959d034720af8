"""The days and moments of one question about promises."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days

MOST_DAYS = 1100  # of a statement that names each; an open-ended period names none
IN_PERIOD = """
    f.received_date between $first_day and $last_day
    and f.received_at >= $start
    and f.received_at < $until
"""

# clocks with what queries ask of their contacts; other readings of promises are left out
CLOCK_ROWS = """
    select
        k.*, c.source, c.line, c.channel,
        nullif(coalesce(k.judged_category, c.category), '') as category,
        c.region, c.operator_id, c.is_staffed, c.received_at
    from lake.clocks as k
    inner join lake.contacts as c
        on k.contact_id = c.contact_id and k.received_date = c.received_date
    where k.kind <> 'reading'
"""


class Period:
    """The days and moments of one question."""

    def __init__(
        self,
        lake: Lake,
        start: datetime,
        end: datetime,
        as_of: datetime,
        mart_days: Collection[date] = (),
    ) -> None:
        """Args: mart_days: days in it that lake.mart_promises_day answers."""
        self.lake, self.start, self.end, self.as_of = lake, start, end, as_of
        self.mart_days = mart_days

    def day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return moment.astimezone(self.lake.settings.tz).date()

    def of_rows(self, column: str) -> str:
        """Return SQL true on the days of the period the mart does not answer."""
        first, last = self.days()
        if (last - first).days > MOST_DAYS:
            return f"not ({in_days(column, sorted(self.mart_days))})"
        every = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        return in_days(column, sorted(every - set(self.mart_days)))

    def params(self) -> dict[str, object]:
        """Return the values every question binds."""
        first, last = self.days()
        return {
            "start": self.start,
            "until": self.end,
            "as_of": self.as_of,
            "zone": self.lake.settings.zone,
            "first_day": first,
            "last_day": last,
        }

    def days(self) -> tuple[date, date]:
        """Return the first and the last day; a period that ends at midnight ends the day before."""
        end = max(min(self.end, self.as_of), self.start + timedelta(microseconds=1))
        return self.day(self.start), self.day(end - timedelta(microseconds=1))

    def frame(self, sql: str, *more: Mapping[str, object]) -> pl.DataFrame:
        """Run a query with the period's values and more; unused ones are left out."""
        params = self.params()
        for part in more:
            params |= part
        return self.lake.frame(sql, {k: v for k, v in params.items() if f"${k}" in sql})
