"""A page's queries against pandas over the same Parquet, and PostgreSQL where one is named.

`BENCH_POSTGRES_URL` names a database (an SQLAlchemy address whose driver is installed) that the
bench may write a table `bench_legs` to. Figures are compared before times are.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import polars as pl
import sqlalchemy as sa

from pipelines.lake.connect import Lake, open_lake
from pipelines.marts.build import build
from pipelines.metrics import Query, sla, volume
from pipelines.settings import Settings
from tests.bench.measure import Measure, best_s, ms

PER_DAY = 5_000
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
MOST_S = 0.150  # all queries of a page, on two cores (design, "Scale and speed")
JUDGED_FROM = 10_000_000  # below it a page's cost is its fixed part, and pandas has little to read
TIMES_PANDAS, TIMES_POSTGRES = 50, 30
THRESHOLD_S = 180.0
Ask = Callable[[datetime, datetime], pd.DataFrame]

# one call a row, 0.2 s apart in the order of i; a tenth abandoned
_LEGS = """
    select
        'calls:' || i as contact_id,
        1 as leg,
        'calls' as source,
        'phone' as channel,
        ['main', 'faults', 'signature', 'privacy', 'business'][1 + (i % 5)::integer] as line,
        $first + to_days((i // 5000)::integer) + to_seconds(i % 5000 * 15) as received_at,
        received_at as queued_at,
        case when i % 10 > 0 then received_at + to_seconds(5 + i * 7919 % 400) end as answered_at,
        coalesce(answered_at, received_at + to_seconds(60))
            + to_seconds(i * 104729 % 600) as left_at,
        case when i % 10 > 0 then 'answered' else 'abandoned' end as left_as,
        'op' || i % 200 as operator_id,
        i * 104729 % 600 as talk_s,
        cast(received_at as date) as received_date
    from range($rows) as t (i)
"""
# the same figures as volume by line and SL-1 by line, from rows of legs
_SQL = """
    select line, count(*) as offered,
        sum(case when left_as = 'answered' then 1 else 0 end) as answered,
        avg(extract(epoch from answered_at - queued_at)) as wait_mean_s,
        percentile_cont(0.9) within group
            (order by extract(epoch from answered_at - queued_at)) as wait_p90_s
    from bench_legs
    where received_at >= :first and received_at < :last
    group by line order by line
"""


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on `rows` calls: a day by line, and all history by line."""
    lake = open_lake(Settings(home=work / "home", zone="UTC"))
    days = _fill(lake, rows, work)
    lake.widen()  # as a page does
    end = FIRST_DAY + timedelta(days=days)
    others: dict[str, tuple[Ask, int]] = {"pandas": (partial(_pandas, work), TIMES_PANDAS)}
    if url := os.environ.get("BENCH_POSTGRES_URL"):
        others["PostgreSQL"] = (partial(_ask, _postgres(url, work)), TIMES_POSTGRES)
    found: list[Measure] = []
    for name, first in (("a day", end - timedelta(days=1)), (f"{days} days", FIRST_DAY)):
        query = Query(first, end, by=("line",))
        ours = volume(lake, query)
        ours_s = best_s(partial(_page, lake, query), 5)
        shown = f"page of {name}, {rows:,} calls"
        found.append(Measure(shown, ms(ours_s), f"under {ms(MOST_S)}", ours_s < MOST_S))
        for who, (ask, times) in others.items():
            _same(ours, ask(first, end))
            theirs_s = best_s(partial(ask, first, end))
            found.append(Measure(f"{who}, {name}", ms(theirs_s)))
            found.append(_compared(f"{who}, {name}", theirs_s / ours_s, times, rows))
    lake.close()
    return found


def _compared(who: str, faster: float, times: int, rows: int) -> Measure:
    """Judge how many times faster a page is; the promise is made for JUDGED_FROM calls."""
    is_met = faster >= times if rows >= JUDGED_FROM else None
    target = f"at least {times} at {JUDGED_FROM:,}"
    return Measure(f"times faster than {who}", f"{faster:.1f}", target, is_met)


def _fill(lake: Lake, rows: int, work: Path) -> int:
    """Write the calls and their marts; return how many days they cover."""
    legs = lake.con.sql(_LEGS, params={"rows": rows, "first": FIRST_DAY})
    legs.to_parquet(str(work / "legs.parquet"))
    lake.con.register("bench_legs", lake.con.read_parquet(str(work / "legs.parquet")))
    lake.con.execute("insert into lake.legs by name select * from bench_legs")
    lake.con.execute("""
        insert into lake.contacts by name
        select contact_id, source, channel, line, received_at, received_date, true as is_staffed,
            'passport' as category, 'served' as outcome
        from bench_legs
    """)
    days = -(-rows // PER_DAY)
    with lake.transaction():
        build(lake, [(FIRST_DAY + timedelta(days=day)).date() for day in range(days)])
    return days


def _page(lake: Lake, query: Query) -> None:
    volume(lake, query)
    sla(lake, query, THRESHOLD_S, "SL-1")


def _pandas(work: Path, first: datetime, last: datetime) -> pd.DataFrame:
    """Read the columns the figures need and group them: what a script over the files does."""
    columns = ["line", "received_at", "queued_at", "answered_at", "left_as"]
    legs = pd.read_parquet(work / "legs.parquet", columns=columns)
    legs = legs[(legs["received_at"] >= first) & (legs["received_at"] < last)]
    wait_s = (legs["answered_at"] - legs["queued_at"]).dt.total_seconds()
    legs = legs.assign(wait_s=wait_s, is_answered=legs["left_as"].eq("answered"))
    by_line = legs.groupby("line")
    return pd.DataFrame(
        {
            "offered": by_line.size(),
            "answered": by_line["is_answered"].sum(),
            "wait_mean_s": by_line["wait_s"].mean(),
            "wait_p90_s": by_line["wait_s"].quantile(0.9),
            "within": legs[legs["wait_s"] <= THRESHOLD_S].groupby("line").size(),
        }
    ).reset_index()


def _postgres(url: str, work: Path) -> sa.Engine:
    """Load the same legs, indexed by time, once."""
    engine = sa.create_engine(url)
    pd.read_parquet(work / "legs.parquet").to_sql(
        "bench_legs", engine, if_exists="replace", index=False, chunksize=50_000
    )
    with engine.begin() as con:
        con.execute(sa.text("create index on bench_legs (received_at)"))
        con.execute(sa.text("analyze bench_legs"))
    return engine


def _ask(engine: sa.Engine, first: datetime, last: datetime) -> pd.DataFrame:
    with engine.connect() as con:
        return pd.read_sql(sa.text(_SQL), con, params={"first": first, "last": last})


def _same(ours: pl.DataFrame, theirs: pd.DataFrame) -> None:
    """Hold the counts and means to each other: a fast wrong figure is no figure."""
    left = ours.sort("line").select("line", "offered", "answered")
    right = pl.DataFrame(
        {name: theirs.sort_values("line")[name].tolist() for name in left.columns}
    ).cast(left.schema)
    means = pl.Series(theirs.sort_values("line")["wait_mean_s"].tolist())
    gap = (ours.sort("line")["wait_mean_s"] - means).abs().max()
    if not left.equals(right) or not isinstance(gap, float) or gap > 1e-6:
        raise AssertionError(f"figures differ: {left} and {right}, means by {gap}")
