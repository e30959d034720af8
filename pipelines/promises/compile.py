"""Conditions and moments of promises as SQL over one row of `clock_facts`.

Values are bound; names of columns come from the vocabulary of reference data only.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipelines.reference.conditions import (
    AnyOf,
    Condition,
    Every,
    Field,
    Has,
    Not,
    Within,
)
from pipelines.reference.model import Moments, Promise


class Binder:
    """Collects the values of a statement: add() returns the name to write into the SQL."""

    def __init__(self, tz: ZoneInfo | None = None) -> None:
        self.params: dict[str, object] = {}
        self.tz = tz

    def add(self, value: object) -> str:
        """Bind a value."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"${name}"

    def midnight(self, day: date) -> datetime:
        """Return the instant a day of reference data begins, in the service's zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self.tz)

    def interval(self, seconds: int) -> str:
        """Bind a duration."""
        return f"to_microseconds({self.add(seconds * 1_000_000)}::bigint)"


def condition_sql(part: Condition, bind: Binder) -> str:
    """Return a two-valued SQL expression: an unknown field is false, never null."""
    match part:
        case Field():
            return _field(part, bind)
        case Has(moments=moments):
            return "(" + " or ".join(f"{m}_at is not null" for m in moments) + ")"
        case Within(moment=moment, of=of, limit_s=limit):
            return f"coalesce({moment}_at <= {of}_at + {bind.interval(limit)}, false)"
        case Not(part=inner):
            return f"not {condition_sql(inner, bind)}"
        case Every(parts=parts):
            return "(" + (" and ".join(condition_sql(p, bind) for p in parts) or "true") + ")"
        case AnyOf(parts=parts):
            return "(" + (" or ".join(condition_sql(p, bind) for p in parts) or "false") + ")"


def _field(part: Field, bind: Binder) -> str:
    name = f'"{part.name}"'
    if part.operator in ("known", "unknown"):
        return f"{name} is {'not ' if part.operator == 'known' else ''}null"
    if part.operator in ("in", "not in"):
        values = ", ".join(bind.add(v) for v in part.values)
        return f"coalesce({name} {part.operator} ({values}), false)"
    return f"coalesce({name} {part.operator} {bind.add(part.values[0])}, false)"


def moment_sql(moments: Moments, bind: Binder, since: str = "") -> str:
    """Return the moment that counts; `since` names the start limits are counted from."""
    columns = []
    for name in moments.names:
        column = f"{name}_at"
        if name in moments.limits_s:
            limit = bind.interval(moments.limits_s[name])
            column = f"case when {column} <= {since} + {limit} then {column} end"
        columns.append(column)
    if not columns:
        return "cast(null as timestamptz)"
    if len(columns) == 1:
        return columns[0]
    function = {"first": "coalesce", "earliest": "least", "latest": "greatest"}[moments.pick]
    return f"{function}({', '.join(columns)})"


def moments_used(promise: Promise) -> set[str]:
    """Return the names of every moment a promise reads."""
    found = {*promise.start.names, *promise.stop.names, *promise.unless, *promise.cancel_on}
    for part in (promise.applies, promise.holds):
        if part is not None:
            found |= _moments_of(part)
    return found


def fields_used(promise: Promise) -> set[str]:
    """Return the names of every field a promise reads."""
    found: set[str] = set()
    for part in (promise.applies, promise.holds):
        if part is not None:
            found |= _fields_of(part)
    return found


def _parts(part: Condition) -> tuple[Condition, ...]:
    match part:
        case Every(parts=parts) | AnyOf(parts=parts):
            return parts
        case Not(part=inner):
            return (inner,)
        case _:
            return ()


def _moments_of(part: Condition) -> set[str]:
    found = {name for inner in _parts(part) for name in _moments_of(inner)}
    match part:
        case Has(moments=moments):
            found |= set(moments)
        case Within(moment=moment, of=of):
            found |= {moment, of}
    return found


def _fields_of(part: Condition) -> set[str]:
    found = {name for inner in _parts(part) for name in _fields_of(inner)}
    return found | ({part.name} if isinstance(part, Field) else set())


def channels_of(part: Condition) -> tuple[str, ...]:
    """Return the channels a condition asks for; () where it asks for none."""
    match part:
        case Field(name="channel", operator="in", values=values):
            return tuple(str(v) for v in values)
        case Every(parts=parts):
            return next((found for p in parts if (found := channels_of(p))), ())
        case _:
            return ()
