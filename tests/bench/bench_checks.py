"""The checks of staged calls: the full suite on many rows, the combined one on a tick's few."""

from pathlib import Path

import duckdb

from expectations import validate
from pipelines.sources.staged import empty_frame
from tests.bench.measure import Measure, best_s, ms

TICK_ROWS = 50

_CALLS = """
    insert into staged by name
    select
        i + 1 as row_no,
        'calls:' || i as contact_id,
        cast(i as varchar) as call_id,
        timestamptz '2026-01-01 00:00:00+00' + to_seconds(i) as received_at,
        received_at + to_seconds(5) as queued_at,
        received_at + to_seconds(35) as answered_at,
        case when i % 1000 = 7 then received_at else answered_at + to_seconds(300) end as ended_at,
        'phone' as channel,
        case when i % 100 = 0 then 'unheard of' else 'passport' end as category,
        'served' as outcome,
        4.0 as rating
    from range($rows) as t (i)
"""


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on `rows` staged calls, one in a thousand impossible."""
    con = duckdb.connect()
    con.execute("create table ref_categories as select 'passport' as category")
    columns = empty_frame("calls").columns
    con.register("shape", empty_frame("calls"))

    def fill(n: int) -> None:
        con.execute("create or replace table staged as select * from shape")
        con.execute(_CALLS, {"rows": n})

    fill(TICK_ROWS)
    validate(con, "staged", "calls", columns)  # imports Great Expectations
    tick_s = best_s(lambda: validate(con, "staged", "calls", columns, quick=True), 5)
    fill(rows)
    n_rules = len(validate(con, "staged", "calls", columns).results)
    full_s = best_s(lambda: validate(con, "staged", "calls", columns))
    con.close()
    return [
        Measure(f"{n_rules} expectations on {rows:,} staged calls", ms(full_s)),
        Measure(f"one combined expectation on a tick of {TICK_ROWS}", ms(tick_s)),
    ]
