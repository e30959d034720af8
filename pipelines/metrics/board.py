"""The live board: one dict of plain figures a moment and scope, in under 150 ms.

Every table of the lake is read once, bounded by received_date, into a temporary table; the figures
are made from those. Its contract stands in docs/architecture.md, "Board".
"""

from datetime import datetime
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.board_debt import debt
from pipelines.metrics.board_flow import recovery, wait_s
from pipelines.metrics.board_intervals import intervals, spark
from pipelines.metrics.board_lines import Moment, line_figures, lines, total
from pipelines.metrics.board_open import chats, due_counts, open_bursts
from pipelines.metrics.board_people import moves, operators, ready_by_line
from pipelines.metrics.board_rows import events, read, take
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.incidents import running
from pipelines.metrics.query import EVERYTHING, Scope
from pipelines.metrics.sla import DEFAULT_VARIANT


@one_snapshot
def board(lake: Lake, as_of: datetime | None = None, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """Return the figures of the live board at a moment; see docs/architecture.md for every key.

    Args:
        lake: open lake (reading is enough).
        as_of: aware; None is now. scope: what the looker may see.
    """
    at = as_of or lake.now()
    moment = Moment(lake, at)
    midnight = moment.midnight
    take(lake, moment)
    read(lake, moment, scope)
    usual = Usual(lake, at, scope, events(lake, moment))
    due = due_counts(lake, at, midnight, scope, with_marts=usual.has_marts)
    figures = line_figures(lake, moment)
    people = operators(lake, at, scope)
    ready = ready_by_line(lake)
    rows = [
        row | {"expected_wait_s": wait_s(figures, row["line"], ready.get(row["line"], 0))}
        for row in lines(lake, figures, moment, usual)
    ]
    return {
        "as_of": at,
        "started_today_at": midnight,
        "threshold_s": moment.within_s,
        "formula": DEFAULT_VARIANT,
        "goal": moment.goal,
        "lines": rows,
        "total": total(figures, moment, usual),
        **due,
        **debt(lake, midnight),
        "operators": people,
        "moves": moves(lake, rows, figures, at, knows_shift=people is not None),
        "chats": chats(lake),
        "incidents": running(lake, at, scope),
        "bursts": open_bursts(lake, at, midnight, scope),
        "recovery": recovery(figures, rows, moment, usual),
        "intervals": intervals(lake, at),
        "spark": spark(lake, at, usual),
        "sources": usual.sources(),
    }
