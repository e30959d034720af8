"""Reference data as tables of the in-memory database: every cursor of the process sees them."""

import duckdb
import polars as pl

from pipelines.reference.model import Line, Reference
from pipelines.reference.open_time import calendar_frame, open_time

TEXT, WHOLE, FLAG = pl.String, pl.Int64, pl.Boolean


def attach(
    con: duckdb.DuckDBPyConnection, reference: Reference, zone: str = "Europe/Moscow"
) -> None:
    """Make (or make again) the ref_* tables in memory.main; `zone` is that of days and hours."""
    key = (id(reference), zone)
    if key not in _MADE:  # a process opens many lakes by the same few rules
        while len(_MADE) >= MOST_MADE:
            _MADE.pop(next(iter(_MADE)))
        _MADE[key] = (reference, tables(con, reference, zone))
    for name, frame in _MADE[key][1].items():
        con.register("ref_incoming", frame)
        con.execute(f"create or replace table memory.main.{name} as select * from ref_incoming")
        con.unregister("ref_incoming")


MOST_MADE = 8
# rules and zone -> the rules themselves, which keep their id, and their tables
_MADE: dict[tuple[int, str], tuple[Reference, dict[str, pl.DataFrame]]] = {}


def tables(
    con: duckdb.DuckDBPyConnection, reference: Reference, zone: str
) -> dict[str, pl.DataFrame]:
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
        "ref_calendar": calendar_frame(reference.days),
        "ref_promises": _frame(
            [
                (p.id, p.version, p.kind, *p.label, p.basis, p.goal, p.target_s)
                for p in reference.promises
            ],
            {"promise": TEXT, "promise_version": WHOLE, "kind": TEXT, "label_ru": TEXT,
             "label_en": TEXT, "basis": TEXT, "goal": pl.Float64, "target_s": WHOLE},
        ),
        "ref_settings": _settings(reference, zone),
        "ref_open_time": open_time(con, reference, zone),
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


def _settings(reference: Reference, zone: str) -> pl.DataFrame:
    values = {
        name: ";".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in vars(reference.rules).items()
    }
    return _frame([*values.items(), ("zone", zone)], {"name": TEXT, "value": TEXT})
