"""Peak hours: which hours of the week are busy, from the weeks before.

They change once a week, so a connection keeps them for an hour: the live tick asks each second.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from pipelines.lake.connect import Lake
from pipelines.promises.texts import sql_text

KEEP_MINUTES = 60
_COLUMNS = (
    "line varchar, week date, weekday bigint, hour bigint, is_peak boolean, made_at timestamptz"
)
_ASKED = """
    select distinct c.line, date_trunc('week', c.received_date)::date as week
    from clock_contacts as c
    where c.is_asked and c.channel = 'phone' and c.is_staffed
"""


def peaks_of_days(lake: Lake, first: date, last: date) -> None:
    """Make clock_peaks of the lines and weeks that had staffed calls on these days."""
    asked = f"""
    select distinct c.line, date_trunc('week', c.received_date)::date as week
    from lake.contacts as c
    where c.received_date between date '{first}' and date '{last}'
        and c.channel = 'phone' and c.is_staffed
"""
    make_peaks(lake, {"zone": lake.settings.zone}, is_small=True, asked=asked)


def make_peaks(
    lake: Lake, params: Mapping[str, object], *, is_small: bool, asked: str = _ASKED
) -> None:
    """Make the temporary table clock_peaks: line, week, weekday, hour, is_peak.

    A week with less history than the setting has one row without weekday: not known.
    `asked`: a query of the lines and weeks wanted.
    """
    con, rules = lake.con, lake.reference.rules
    con.execute(f"create temp table if not exists clock_peaks ({_COLUMNS})")
    old = f"made_at < now() - interval {KEEP_MINUTES} minute" if is_small else "true"
    con.execute(f"delete from clock_peaks where {old}")
    con.execute(
        f"create or replace temp table clock_peaks_asked as select * from ({asked}) "
        f"where (line, week) not in (select (p.line, p.week) from clock_peaks as p)"
    )
    first, last = con.sql("select min(week), max(week) from clock_peaks_asked").fetchall()[0]
    if first is None:
        return
    span: dict[str, object] = {
        "zone": params["zone"],
        "peak_first_day": first - timedelta(weeks=rules.peak_weeks),
        "peak_end_day": last,
        "peak_days": rules.peak_weeks * 7,
        "peak_weeks_min": rules.peak_weeks_min,
        "peak_ratio": rules.peak_ratio,
    }
    con.execute(f"insert into clock_peaks by name {sql_text('clock_peaks')}", span)
    con.execute(
        """
        insert into clock_peaks by name
        select a.line, a.week, now() as made_at from clock_peaks_asked as a
        where (a.line, a.week) not in (select (p.line, p.week) from clock_peaks as p)
        """
    )
