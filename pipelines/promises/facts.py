"""The table `clock_facts`: of each contact what clocks are made of, and whose base it is in.

Conditions of all promises are evaluated where the facts are made, each once and what they share
once: what they ask of (texts mostly) is not kept, and a promise reads its contacts by one flag.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.lake.connect import Lake
from pipelines.promises.compile import Binder, condition_sql, moment_sql
from pipelines.promises.gather import Gathered, make_table
from pipelines.promises.texts import sql_text
from pipelines.promises.ways import hears_category
from pipelines.reference.model import Promise

# of clock_facts.sql, beside the moments clocks start and stop at
_KEPT = (
    "contact_id", "received_date", "received_at", "is_asked", "line", "case_number", "case_unit",
    "category", "category_now", "category_from_at", "category_to_at", "left_at", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A promise, and the columns of clock_facts that say which contacts it speaks of."""

    promise: Promise
    rule: int  # its number here

    @property
    def in_base(self) -> str:
        """Column: the contact is in the promise's base."""
        return f"in_base_{self.rule}"

    @property
    def does_hold(self) -> str:
        """Column: the contact has the property the promise asks; true where it asks none."""
        return f"does_hold_{self.rule}" if self.promise.holds else "true"


def make_facts(lake: Lake, gathered: Gathered, promises: Sequence[Promise]) -> list[Judged]:
    """Make the temporary table clock_facts; return the promises that apply to any contact.

    One that applies to none would cost its plan.
    """
    bind = Binder()
    judged, columns = [], dict.fromkeys(_KEPT)
    for n, promise in enumerate(promises):
        if not (sources := gathered.knowing(promise)):
            continue
        one = Judged(promise, n)
        judged.append(one)
        columns |= dict.fromkeys(_columns(promise))
        some = () if sources == list(gathered.sources) else sources
        columns[f"{_base(promise, bind, some)} as {one.in_base}"] = None
        if promise.holds:
            columns[f"{condition_sql(promise.holds, bind)} as {one.does_hold}"] = None
    sql = f"select {', '.join(columns)} from ({sql_text('clock_facts')}) as f"
    make_table(lake, "clock_facts", sql, {**gathered.params, **bind.params})
    if not judged:
        return []
    is_any = ", ".join(f"bool_or(f.{one.in_base})" for one in judged)
    found = lake.con.sql(f"select {is_any} from clock_facts as f").fetchall()[0]
    return [one for one, is_some in zip(judged, found, strict=True) if is_some]


def _columns(promise: Promise) -> list[str]:
    """The columns its clocks are made of."""
    names = (*promise.start.names, *promise.stop.names, *promise.unless, *promise.cancel_on)
    return [*(f"{name}_at" for name in names), *([promise.due_field] if promise.due_field else [])]


def _base(promise: Promise, bind: Binder, sources: Sequence[str]) -> str:
    """The base: sources that can know (none named: all), and the row's own condition."""
    where = [condition_sql(promise.applies, bind)]
    if sources:
        where.append(f"list_contains({bind.add(list(sources))}::varchar[], f.source)")
    # others only complete a case
    if promise.subject != "case":
        where.append("f.is_asked")
    if not hears_category(promise):
        where.append("f.is_last_category")
    if promise.subject != "exchange":
        where.append(f"{moment_sql(promise.start, bind)} is not null")
    return " and ".join(where)
