"""Ingest of an events log, with checks, clocks and marts, against DuckDB copying the same file."""

import shutil
import time
from pathlib import Path

import duckdb

from pipelines.ingest import ingest
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from tests.bench.measure import Measure, best_s

LEAST = 1 / 10  # of the plain copy's rate (design, "Scale and speed")

# A call a row: received, queued 1 s later, answered after a wait, ended. 5,000 calls a day.
EVENTS = """
    create table events as
    with calls as (
        select
            i,
            timestamptz '2026-01-05 05:00:00+00'
                + to_days((i // 5000)::integer) + to_seconds(i % 5000 * 8) as received_at,
            20 + i * 7919 % 180 as wait_s,
            120 + i * 104729 % 600 as talk_s
        from range($calls) as t (i)
    )
    select
        strftime(timezone('UTC', step.happened_at), '%Y-%m-%dT%H:%M:%SZ') as event_at,
        'calls:' || calls.i as contact_id,
        'phone' as channel,
        step.kind,
        case when calls.i % 5 = 0 then 'faults' else 'main' end as line,
        case when step.kind in ('answered', 'ended') then 'op' || calls.i % 40 end as operator_id
    from calls
    cross join lateral (values
        ('received', calls.received_at),
        ('queued', calls.received_at + to_seconds(1)),
        ('answered', calls.received_at + to_seconds(1 + calls.wait_s)),
        ('ended', calls.received_at + to_seconds(1 + calls.wait_s + calls.talk_s))
    ) as step (kind, happened_at)
    order by step.happened_at
"""

_NUMBER = "cast(split_part(contact_id, ':', 2) as integer)"


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on a log of `rows` events (a quarter as many calls)."""
    calls = rows // 4
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(EVENTS, {"calls": calls})
    few = f"copy (from events where {_NUMBER} < 100) to $file (format json)"
    con.execute(few, {"file": _path(work, "few")})
    _ours(work, "few", 100)  # a worker lives long: importing is not its speed
    found: list[Measure] = []
    for kind, options in (("json", "format json"), ("csv", "format csv, header")):
        con.execute(f"copy events to $file ({options})", {"file": _path(work, kind)})
        plain_s = best_s(lambda kind=kind: _plain(work, kind))
        ours_s = _ours(work, kind, calls)
        found += [
            Measure(f"DuckDB copies events.{kind}", f"{rows / plain_s:,.0f} rows/s"),
            Measure(f"ingest of events.{kind}", f"{rows / ours_s:,.0f} rows/s"),
            Measure(
                f"ingest of events.{kind} against the copy",
                f"1/{ours_s / plain_s:.1f}",
                f"at least 1/{1 / LEAST:.0f}",
                plain_s / ours_s >= LEAST,
            ),
        ]
    con.close()
    return found


def _path(work: Path, kind: str) -> str:
    suffix = "csv" if kind == "csv" else "jsonl"
    (work / kind).mkdir(exist_ok=True)
    return str(work / kind / f"events.{suffix}")


def _plain(work: Path, kind: str) -> None:
    target = work / "plain.duckdb"
    target.unlink(missing_ok=True)
    reader = "read_csv" if kind == "csv" else "read_json"
    with duckdb.connect(target) as con:
        con.execute(f"create table events as from {reader}($file)", {"file": _path(work, kind)})


def _ours(work: Path, kind: str, calls: int) -> float:
    """Ingest into a fresh lake; return the seconds, having counted what came in."""
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    lake = open_lake(Settings(home=home))
    started = time.perf_counter()
    list(ingest(lake, [Path(_path(work, kind))]))
    seconds = time.perf_counter() - started
    [(contacts, answered)] = lake.con.sql("""
        select (select count(*) from lake.contacts),
            (select count(*) from lake.legs where left_as = 'answered')
    """).fetchall()
    lake.close()
    if (contacts, answered) != (calls, calls):
        raise AssertionError(f"{calls} calls went in; {contacts} contacts, {answered} answered")
    return seconds
