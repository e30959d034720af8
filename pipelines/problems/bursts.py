"""Bursts of contacts: hourly counts against the same hours of the weeks before. See docs/metrics.

Three kinds of series and one detector: contacts of a category, contacts of a line and what was
chosen in its menu, and contacts lost in a line's queue; of the last two nobody has to have said
what it is about. One alarm per problem: a holiday or a dead exchange moves every category, so what
is common to all series of a kind is taken out of them and shown once, as '*', and an episode that
is the shadow of another is its part (parts.sql).
"""

import contextlib
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days

KINDS = ("category", "line", "abandoned")
ALL = "*"  # the total volume
ALARM_Z = 3.3  # one or two false alarms a week over twenty categories (docs/metrics.md)
OTHER_Z = 4.5  # of lines and lost contacts: at 3.3 they doubled the false alarms (docs/metrics.md)
WARN_Z = 2.8
LEAST_EXCESS = 5  # contacts: fewer is nothing to act on
# 24 references may reach back half a year in January, 28 days of dispersion stand before that
LOOK_BACK = timedelta(days=140)
# what a look judges: 28 days of dispersion, a day of the longest window, a week of what goes on
JUDGED = timedelta(days=36)
# 0.4 false alarms a week over 35 categories in simulation (docs/metrics.md)
GROWTH_SLACK = 0.5  # standard deviations a day that are no growth
GROWTH_LIMIT = 5.0
GROWTH_DAYS = 84  # days of the sum that are told
_CAME = """
create or replace temp table burst_came as
select
    category, line, menu_choice, received_date as day,
    to_timestamp(epoch_us(received_at) // 3600000000 * 3600) as received_at, count(*) as n
from lake.contacts
where received_at >= $first and received_at < $last
group by all
"""
# kind -> its series an hour; a line alone is what chose nothing in a menu
_SERIES = {
    "category": "(select category, received_at, n from burst_came)",
    "line": """(
        select line || chr(31) || coalesce(menu_choice, '') as category, received_at, n
        from burst_came
    )""",
    "abandoned": """(
        select
            line as category,
            to_timestamp(epoch_us(received_at) // 3600000000 * 3600) as received_at,
            count(distinct contact_id) as n
        from lake.legs
        where left_as = 'abandoned' and line is not null
            and received_at >= $first and received_at < $last
        group by all
    )""",
}
DAYS_OF_ROWS = """(
    select received_date as day from lake.contacts
    where received_at >= $first and received_at < $last
)"""
TAIL_H = 24  # hours after a category's last contact in which a window still holds it

# the last digits of a sum depend on the order of its rows
_EPISODE = (
    "burst_id, kind, category, line, menu_choice, started_at, ended_at, contacts, window_h,"
    " part_of, round(excess, 6), round(peak_z, 6)"
)
_DIFFERS = f"""
with stored as (select * from lake.bursts where started_at >= $since)

select exists(
    (select {_EPISODE} from burst_found except select {_EPISODE} from stored)
    union all (select {_EPISODE} from stored except select {_EPISODE} from burst_found)
)
"""

_SQL = {
    name: (files("pipelines.problems") / f"{name}.sql").read_text("utf-8")
    for name in ("baseline", "signals", "episodes", "parts", "recurring", "growth")
}


def refresh(lake: Lake, since: datetime | None = None) -> int:
    """Find the episodes that begin at or after `since` again and replace those stored.

    Args:
        lake: open for writing; the caller owns the transaction.
        since: aware; None: the whole history.

    Returns:
        How many episodes there are; nothing is written where they are those stored.
    """
    _signals(lake, since)
    begin = since or datetime(1, 1, 1, tzinfo=UTC)
    lake.con.execute(
        f"create or replace temp table burst_episodes as {_SQL['episodes']}",
        {"last": _hour(lake.now()), "since": begin},
    )
    lake.con.execute(
        f"create or replace temp table burst_found as {_SQL['parts']}", {"since": begin}
    )
    differs = lake.con.execute(_DIFFERS, {"since": begin}).fetchall()[0][0]
    if differs:
        lake.con.execute("delete from lake.bursts where started_at >= $since", {"since": begin})
        lake.con.execute("insert into lake.bursts by name select * from burst_found")
    return int(lake.con.sql("select count(*) from burst_found").fetchall()[0][0])


def signals(lake: Lake, since: datetime) -> pl.DataFrame:
    """Return every hour from `since` on that warns or alarms, the newest first.

    Returns:
        One row per series and hour: kind (of KINDS), name (of the series; '*' = all together),
        hour_at (UTC), n, expected (contacts, common shock taken out), z (the largest of its
        windows), window_h (its hours), state (alarm, warn).
    """
    _signals(lake, since)
    return lake.frame(
        "select kind, name, hour_at, n, expected, z, coalesce(alarm_h, warn_h) as window_h,"
        " case when alarm_h is null then 'warn' else 'alarm' end as state from burst_signals"
        " where warn_h is not null and hour_at >= $since order by hour_no desc, z desc",
        {"since": since},
    )


# the slots of the week between $start and $last
ASKED_SLOTS = """(like_weekday, hour_of_day) in (
        select (like_weekday, hour_of_day) from keyed where hour_at >= $start and hour_at < $last
    )"""


def usual_sql(contacts: str, days: str = DAYS_OF_ROWS, slots: str = "true") -> str:
    """Return the SQL of what is usual, from $first to $last.

    Args:
        contacts: a relation (category, received_at, n); days: one of the days with any contact
            (day), whatever `contacts` leaves out.
        slots: which weekdays and hours are asked about (ASKED_SLOTS), where not all of them are.
    """
    text = _SQL["baseline"].replace("from CONTACTS", f"from {contacts}")
    return text.replace("from DAYS", f"from {days}").replace("where SLOTS", f"where {slots}")


def recurring(
    lake: Lake, at: datetime | None = None, settled: Collection[date] = ()
) -> pl.DataFrame:
    """Return the categories of the 28 days to a moment (None: now), most excess contacts first.

    Args:
        lake: open lake.
        at: the moment.
        settled: days that lake.mart_contacts_15min tells the truth of.

    Returns:
        category, contacts, baseline (from the 8 weeks before; null with under 20 days of them),
        excess, ratio, z, alarmed_days (of 28), is_recurring: alarms on 3 days or more, or a
        ratio above 1.25 with z above 4.
    """
    now = at or lake.now()
    today = now.astimezone(lake.settings.tz).date()
    with _counted(lake, today - timedelta(days=83), today, now, settled) as counts:
        sql = _SQL["recurring"].replace("from COUNTS", f"from {counts}")
        return lake.frame(sql, {"now": now, "today": today, "zone": lake.settings.zone})


def growth(lake: Lake, at: datetime | None = None, settled: Collection[date] = ()) -> pl.DataFrame:
    """Return the daily CUSUM of every category up to the last full day before a moment.

    Args:
        lake: open lake.
        at: the moment; None: now.
        settled: days that lake.mart_contacts_15min tells the truth of.

    Returns:
        One row a category and day of the last GROWTH_DAYS: category, day, n, expected, z, s (above
        GROWTH_LIMIT: it grows), started_on, alarmed_on (first day of this run above the limit;
        null: none), excess (contacts since started_on less the expected).
    """
    now = at or lake.now()
    today = now.astimezone(lake.settings.tz).date()
    with _counted(lake, today - LOOK_BACK, today - timedelta(days=1), now, settled) as counts:
        grown = _SQL["growth"].replace("from COUNTS", f"from {counts}")
        return lake.frame(
            f"select * from ({grown}) where day >= $since order by category, day",
            {
                "since": today - timedelta(days=GROWTH_DAYS),
                "slack": GROWTH_SLACK,
                "alarm_s": GROWTH_LIMIT,
            },
        )


@contextlib.contextmanager
def _counted(
    lake: Lake, first: date, last: date, now: datetime, settled: Collection[date]
) -> Iterator[str]:
    """Count contacts a category and day up to a moment; yields the name of a relation of them.

    Of settled days before the moment's own they come from their mart. A statement of its own: with
    the sizes of what it reads known, the one that compares them takes half of the time.
    """
    every = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    today = now.astimezone(lake.settings.tz).date()
    of_mart = {day for day in every & set(settled) if day < today}
    counts = f"""
        select category, received_date as day, count(*) as n from lake.contacts
        where {in_days("received_date", sorted(every - of_mart))} and received_at <= $now
        group by all"""
    if of_mart:
        counts += f"""
        union all
        select category, received_date as day, sum(n_contacts)::bigint as n
        from lake.mart_contacts_15min
        where {in_days("received_date", sorted(of_mart))}
        group by all"""
    lake.con.register("counted_days", lake.frame(counts, {"now": now}))
    try:
        yield "counted_days"
    finally:
        lake.con.unregister("counted_days")


def _signals(lake: Lake, since: datetime | None) -> None:
    """Make burst_signals of all hours, the running one too: its alarms only can be trusted yet."""
    now = lake.now()
    running = _hour(now)
    first = since - LOOK_BACK if since else datetime(1, 1, 1, tzinfo=UTC)
    period = {
        "first": _hour(first),
        "last": running if now == running else running + timedelta(hours=1),
    }
    lake.con.execute(_CAME, period)
    kinds = " union all ".join(
        f"select '{kind}' as kind, category as name, * exclude (category)"
        f" from ({usual_sql(series, '(select day from burst_came)')}) where hour_at >= $judged"
        for kind, series in _SERIES.items()
    )
    lake.con.execute(
        f"create or replace temp table burst_baseline as {kinds}",
        period
        | {
            "zone": lake.settings.zone,
            "tail_h": TAIL_H,
            "judged": _hour(since - JUDGED) if since else period["first"],
        },
    )
    lake.con.execute(
        f"create or replace temp table burst_signals as {_SQL['signals']}",
        {
            "alarm_z": ALARM_Z,
            "other_z": OTHER_Z,
            "warn_z": WARN_Z,
            "least_excess": LEAST_EXCESS,
            "running_no": int(running.timestamp()) // 3600,
            "part": (now - running) / timedelta(hours=1),
        },
    )


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
