"""Keep lake.operator_scores, operator_help, operator_contrasts: trailing days, last full month.

And the reading of the base period of the scale (operator_base and its strata), made once; and
lake.coaching_effects, of actions whose days have not all come.
"""

from datetime import date, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.operators.base import TABLES as BASE_TABLES
from pipelines.operators.effects import measure
from pipelines.operators.score import WRITTEN, score_and_more
from pipelines.operators.weights import read_weights


def refresh(lake: Lake) -> int:
    """Replace the rows of both periods that end now; the caller owns the transaction.

    Rows of older periods stay as they were published, but for earlier trailing windows: they
    differ from today's by a day each and would pile up.

    Returns:
        How many rows were written.

    Raises:
        ReferenceDataError: score.yml is missing or lacks a field.
    """
    today = lake.now().astimezone(lake.settings.tz).date()
    days = read_weights(lake.settings.reference, today).period_days
    for table in WRITTEN:
        lake.con.execute(
            f"delete from lake.{table} where period_end - period_start = $days"
            " and not (day(period_start) = 1 and day(period_end) = 1)",
            {"days": days},
        )
    measure(lake)
    return sum(replace(lake, start, end) for start, end in periods(today, days))


def score_history(lake: Lake, first: date, last: date) -> int:
    """Score the full months of these days that have no score yet: of logs that came afterwards.

    Scores already published stay; the caller owns the transaction. Returns rows written.
    """
    today = lake.now().astimezone(lake.settings.tz).date()
    written, start = 0, first.replace(day=1)
    while start <= last:
        end = (start + timedelta(days=31)).replace(day=1)
        if end <= today and not lake.has(
            "lake.operator_scores where period_start = $start and period_end = $end",
            {"start": start, "end": end},
        ):
            written += replace(lake, start, end)
        start = end
    return written


def periods(today: date, days: int) -> list[tuple[date, date]]:
    """Return (start, end exclusive) of the last full month, and of the trailing days with today.

    The month first: it may be the base period of the other.

    >>> [(str(a), str(b)) for a, b in periods(date(2026, 11, 22), 28)]
    [('2026-10-01', '2026-11-01'), ('2026-10-26', '2026-11-23')]
    """
    tomorrow = today + timedelta(days=1)
    month = today.replace(day=1)
    return [
        ((month - timedelta(days=1)).replace(day=1), month),
        (tomorrow - timedelta(days=days), tomorrow),
    ]


def replace(lake: Lake, start: date, end: date) -> int:
    """Replace what is stored of one period; return how many operators it has."""
    made = score_and_more(lake, start, end)
    for table in WRITTEN:
        lake.con.execute(
            f"delete from lake.{table} where period_start = $start and period_end = $end",
            {"start": start, "end": end},
        )
    for table in BASE_TABLES:
        if len(made[table]):
            lake.con.execute(
                f"delete from lake.{table} where base_start = $start and base_end = $end",
                dict(zip(("start", "end"), made[table].row(0)[:2], strict=True)),
            )
    for table, rows in made.items():
        _put(lake, table, rows)
    if len(made[BASE_TABLES[0]]):
        # scores published before their period became the base are on its scale too
        lake.con.execute(
            "update lake.operator_scores set base_start = period_start, base_end = period_end"
            " where period_start = $start and period_end = $end and base_start is null",
            dict(zip(("start", "end"), made[BASE_TABLES[0]].row(0)[:2], strict=True)),
        )
    return len(made["operator_scores"])


def _put(lake: Lake, table: str, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    columns = ", ".join(TABLES[table])
    lake.con.register("scored_rows", rows.to_arrow())
    lake.con.execute(f"insert into lake.{table} ({columns}) select {columns} from scored_rows")
    lake.con.unregister("scored_rows")
