"""Where a figure's rows come from: marts of settled days, rows of all others, in one relation.

A row of the lake has the shape of a mart row of one leg (or contact), so a metric is one SELECT
over the union. Marts answer a day when it lies whole inside the period, is settled, is not dirty,
nothing of it moved after `as_of`, and every group and filter asked for is held by the mart.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import duckdb
import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts.relations import row_params, used, with_facts
from pipelines.marts.settled import Marks, read_marks
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.query import TIME_GROUPS, Query, day_start

P = ParamSpec("P")
T = TypeVar("T")

_LEG = {"line", "channel", "source", "skill"}
_CATEGORY = {"category", "class"}
_DAYS = {"day", "week", "month", "quarter", "weekday"}
# what a mart can group and filter by (class and skill follow from category and line)
MART_GROUPS = {
    "mart_legs_15min": _LEG | TIME_GROUPS,
    "mart_waits_15min": _LEG | TIME_GROUPS,
    "mart_contacts_15min": _LEG | _CATEGORY | {"feedback_type"} | TIME_GROUPS,
    "mart_topics_day": _LEG | _CATEGORY | _DAYS,
    "mart_kept_day": _LEG | _CATEGORY | _DAYS,
    "mart_promises_day": {"promise", "regime"} | _LEG | _CATEGORY | _DAYS,
}


@dataclass(frozen=True)
class Plan:
    """Which local days of a question are answered by marts, and which by rows."""

    mart_days: tuple[date, ...]
    row_days: tuple[date, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """All of them."""
        return tuple(sorted(self.mart_days + self.row_days))


def days_of(lake: Lake, query: Query) -> list[date]:
    """Return the local days the period touches up to its moment, from the oldest contact on."""
    tz = lake.settings.tz
    last_moment = min(query.end - timedelta(microseconds=1), moment(query))
    first, last = query.start.astimezone(tz).date(), last_moment.astimezone(tz).date()
    if (last - first).days > 366:  # an open-ended period: its empty years cost nothing
        oldest = lake.con.sql("select min(received_date) from lake.contacts").fetchall()[0][0]
        first = max(first, oldest) if oldest else last
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def marks(lake: Lake) -> Marks:
    """Return the marks of all days: asked for once in a question (see `one_snapshot`)."""
    kept = known_marks(lake)
    if kept is None:
        kept = read_marks(lake)
        know_marks(lake, kept)
    return kept


def known_marks(lake: Lake) -> Marks | None:
    """Return the marks if this question has asked for them."""
    return _KEPT.get().get(id(lake.con))


def know_marks(lake: Lake, kept: Marks | None) -> None:
    """Keep the marks for this question: of the version of the lake it sees."""
    if id(lake.con) in _KEPT.get():
        _KEPT.get()[id(lake.con)] = kept


def settled_days(lake: Lake, query: Query) -> frozenset[date]:
    """Return the days of a question that marts may answer: whole, settled by its moment, clean."""
    whole = _whole(days_of(lake, query), query, lake)
    return marks(lake).clean(moment(query)) & frozenset(whole)


def plan(lake: Lake, query: Query, mart: str, settled: frozenset[date]) -> Plan:
    """Split the days of a question between a mart and the rows."""
    days = days_of(lake, query)
    asked = set(query.by) | set(query.where) | set(query.scope.groups)
    if not asked <= MART_GROUPS[mart]:
        return Plan((), tuple(days))
    return Plan(tuple(d for d in days if d in settled), tuple(d for d in days if d not in settled))


def _whole(days: list[date], query: Query, lake: Lake) -> list[date]:
    tz = lake.settings.tz
    if not days:
        return []
    head = 0 if day_start(days[0], tz) >= query.start else 1
    tail = len(days) if day_start(days[-1] + timedelta(days=1), tz) <= query.end else len(days) - 1
    return days[head:tail]


def union_sql(
    query: Query,
    lake: Lake,
    facts: str,
    mart: str,
    measures: tuple[str, ...],
    planned: Plan,
    only: str = "true",
    relation: str = "",
) -> tuple[str, dict[str, object]]:
    """Return SQL of `answer` (groups and `measures`, from marts and rows) and its values.

    The text begins with `with` and ends after the relation `answer`. `only` is a condition of ours
    on rows f of both; `relation` stands for the rows of the facts, with what contacts are grouped
    by among its columns.
    """
    told = "contact_facts" if relation else facts
    groups = {name: EXPRESSIONS[told][name] for name in query.by}
    where, params = conditions(query, told, lake)
    where += f" and {only}"
    columns = ", ".join(
        [f'{sql} as "{name}"' for name, sql in groups.items()] + [f"f.{m}" for m in measures]
    )
    rows_of = row_params(
        planned.row_days, query.start, query.end, moment(query), lake.settings.short_abandon_s
    )
    is_leg = told == "leg_facts"
    needs = columns + " " + where
    read = f"{relation or facts} as f {joins(needs, is_leg=is_leg)}"
    rows = f"select {columns} from {read} where {where}"
    sql = f"{with_facts(facts, rows_of)},\nanswer as (\n{rows}\n"
    if planned.mart_days:
        sql += (
            f"union all\nselect {columns} from lake.{mart} as f "
            f"{joins(needs, is_leg=False)} where {where} "
            f"and {in_days('f.received_date', planned.mart_days)}\n"
        )
    params |= rows_of
    params["zone"] = lake.settings.zone
    return sql + ")", params


def run(lake: Lake, sql: str, params: dict[str, object]) -> pl.DataFrame:
    """Run a statement with the values it names; times come out in UTC whatever the session."""
    frame = lake.frame(sql, used(sql, params))
    zoned = [n for n, t in frame.schema.items() if isinstance(t, pl.Datetime) and t.time_zone]
    return frame.with_columns(pl.col(zoned).dt.convert_time_zone("UTC"))


# of the question being answered: what is known of its days, by the connection it asks
_KEPT: ContextVar[dict[int, Marks | None]] = ContextVar("kept", default={})  # noqa: B039 never written to


def one_snapshot(answer: Callable[P, T]) -> Callable[P, T]:
    """Let all reads of a metric see one version of the lake (and pay for looking it up once).

    The metric's first argument is the lake; within a transaction of the caller, that one is used.
    """

    @wraps(answer)
    def within(*args: P.args, **kwargs: P.kwargs) -> T:
        con = cast(Lake, args[0]).con
        if id(con) in _KEPT.get():  # a metric asks another
            return answer(*args, **kwargs)
        token = _KEPT.set({**_KEPT.get(), id(con): None})
        try:
            return _in_one(con, lambda: answer(*args, **kwargs))
        finally:
            _KEPT.reset(token)

    return within


def _in_one(con: duckdb.DuckDBPyConnection, answer: Callable[[], T]) -> T:
    if _in_transaction(con):
        return answer()
    con.execute("begin")
    try:
        result = answer()
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
    return result


def _in_transaction(con: duckdb.DuckDBPyConnection) -> bool:
    # two statements share an id only inside one transaction; asking by `begin` would abort it
    first, second = (con.execute("select txid_current()").fetchall() for _ in range(2))
    return first == second


def period(lake: Lake, query: Query) -> dict[str, object]:
    """Return what SQL binds of a question's period: start, end, as_of, first and last local day."""
    first, last = query.local_days(lake.settings.tz)
    return {
        "first": first,
        "last": last,
        "start": query.start,
        "end": query.end,
        "as_of": moment(query),
    }


def moment(query: Query) -> datetime:
    """Return the question's moment, which Query.at has filled in."""
    if query.as_of is None:
        raise QueryError("the question has no moment; call query.at(lake)")
    return query.as_of
