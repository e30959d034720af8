"""Reference data as tables of the in-memory database: every cursor of the process sees them.

The working-day calendar is the package `holidays` (official transfers included) with the
overrides of calendar.yml put over it.
"""

from datetime import date, timedelta
from functools import lru_cache

import duckdb
import polars as pl

from pipelines.errors import ReferenceDataError
from pipelines.reference.model import Line, Reference

TEXT, WHOLE, FLAG = pl.String, pl.Int64, pl.Boolean


def attach(
    con: duckdb.DuckDBPyConnection, reference: Reference, zone: str = "Europe/Moscow"
) -> None:
    """Make (or make again) the ref_* tables in memory.main; `zone` is that of days and hours."""
    for name, frame in tables(reference).items():
        con.register("ref_incoming", frame)
        con.execute(f"create or replace table memory.main.{name} as select * from ref_incoming")
        con.unregister("ref_incoming")
    con.execute(_OPEN_TIME, {"zone": zone})


# open intervals of the calendars (working days; staffed hours of lines not staffed always), and how
# many open microseconds of that calendar lie before each; intervals that touch are kept apart
_OPEN_TIME = """
create or replace table memory.main.ref_open_time as
with
spans as (
    select
        'working_days' as calendar,
        '' as line,
        timezone($zone, c.day::timestamp) as opens_at,
        timezone($zone, c.day::timestamp + interval 1 day) as closes_at
    from memory.main.ref_calendar as c
    where c.is_working
    union all
    select
        'staffed' as calendar,
        h.line,
        timezone($zone, c.day::timestamp + to_seconds(h.opens_s)) as opens_at,
        timezone($zone, c.day::timestamp + to_seconds(h.closes_s)) as closes_at
    from memory.main.ref_calendar as c
    inner join memory.main.ref_line_hours as h on isodow(c.day) = h.weekday
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


def tables(reference: Reference) -> dict[str, pl.DataFrame]:
    """Return the tables: name to frame; see docs/architecture.md for their columns."""
    lines = list(reference.lines.values())
    return {
        "ref_lines": _frame(
            [(x.id, *x.label, x.skill, x.is_always) for x in lines],
            {"line": TEXT, "label_ru": TEXT, "label_en": TEXT, "skill": TEXT, "is_always": FLAG},
        ),
        "ref_line_hours": _frame(
            [(x.id, *hours) for x in lines for hours in x.hours],
            {"line": TEXT, "weekday": WHOLE, "opens_s": WHOLE, "closes_s": WHOLE},
        ),
        "ref_numbers": _frame(
            [(digits(n), x.id) for x in lines for n in x.numbers], {"digits": TEXT, "line": TEXT}
        ),
        "ref_queues": _frame(
            [(q, x.id) for x in lines for q in dict.fromkeys((x.id, *x.queues))],
            {"queue": TEXT, "line": TEXT},
        ),
        "ref_routes": _frame(
            list(_routes(lines).values()),
            {"route": TEXT, "line": TEXT, "skill": TEXT},
        ),
        "ref_categories": _frame(
            [
                (c.id, c.class_id, *c.label, reference.classes[c.class_id].skill)
                for c in reference.categories.values()
            ],
            {"category": TEXT, "class": TEXT, "label_ru": TEXT, "label_en": TEXT, "skill": TEXT},
        ),
        "ref_menu": _frame(
            [(m.id, m.priority) for m in reference.menu.values()],
            {"menu_choice": TEXT, "priority": WHOLE},
        ),
        "ref_regions": _frame(
            sorted(_region_names(reference)), {"name": TEXT, "region": TEXT, "zone": TEXT}
        ),
        "ref_calendar": _calendar(reference),
        "ref_promises": _frame(
            [
                (p.id, p.version, p.kind, *p.label, p.basis, p.goal, p.target_s)
                for p in reference.promises
            ],
            {"promise": TEXT, "promise_version": WHOLE, "kind": TEXT, "label_ru": TEXT,
             "label_en": TEXT, "basis": TEXT, "goal": pl.Float64, "target_s": WHOLE},
        ),
        "ref_settings": _settings(reference),
    }  # fmt: skip


def digits(number: str) -> str:
    """Return a number as its last 10 digits; short numbers whole.

    >>> digits("8-800-555-35-35")
    '8005553535'
    >>> digits("112")
    '112'
    """
    return "".join(c for c in number if c.isdigit())[-10:]


def _frame(rows: list[tuple[object, ...]], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _routes(lines: list[Line]) -> dict[str, tuple[object, ...]]:
    """What a call may be sent to: line, queue or number; a name of two lines is the first one's."""
    routes: dict[str, tuple[object, ...]] = {}
    for x in lines:
        for route in (x.id, *x.queues, *map(digits, x.numbers)):
            routes.setdefault(route, (route, x.id, x.skill))
    return routes


def _region_names(reference: Reference) -> set[tuple[object, ...]]:
    return {
        (name.casefold(), r.id, r.zone)
        for r in reference.regions.values()
        for name in (r.id, *r.label, *r.aliases)
    }


def _calendar(reference: Reference) -> pl.DataFrame:
    days = _working_days(reference.calendar_country, *reference.calendar_years)
    rows = [(day, reference.calendar_overrides.get(day, is_working)) for day, is_working in days]
    return pl.DataFrame(rows, schema={"day": pl.Date, "is_working": FLAG}, orient="row")


@lru_cache(maxsize=4)
def _working_days(country: str, from_year: int, to_year: int) -> tuple[tuple[date, bool], ...]:
    import holidays

    try:
        calendar = holidays.country_holidays(country, years=range(from_year, to_year + 1))
    except NotImplementedError as error:
        raise ReferenceDataError(f"calendar.yml: no calendar of country '{country}'") from error
    first, last = date(from_year, 1, 1), date(to_year, 12, 31)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return tuple((day, calendar.is_working_day(day)) for day in days)


def _settings(reference: Reference) -> pl.DataFrame:
    values = {
        name: ";".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in vars(reference.rules).items()
    }
    return _frame(list(values.items()), {"name": TEXT, "value": TEXT})
