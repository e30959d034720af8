"""The state of a clock: SQL and the plain reading of promises.md agree at every moment."""

from datetime import UTC, datetime, timedelta
from itertools import product

import duckdb
import polars as pl

from pipelines.promises import STATES, state, state_sql

T0 = datetime(2026, 11, 20, 10, tzinfo=UTC)


def minutes(n: int | None) -> datetime | None:
    return None if n is None else T0 + timedelta(minutes=n)


def test_sql_and_python_give_the_same_state_for_every_order_of_moments() -> None:
    rows = [
        {
            "kind": kind, "started_at": T0, "due_at": minutes(due), "stopped_at": minutes(stop),
            "stop_kind": stop_kind if stop is not None else None, "as_of": minutes(as_of),
            "since_at": minutes(since), "until_at": minutes(until),
        }
        for kind, due, stop, stop_kind, as_of, (since, until) in product(
            ("clock", "share", "mean", "reading"), (None, 5), (None, 0, 4, 5, 6),
            ("stopped", "gave_up", "failed"), (-1, 0, 4, 5, 6, 60),
            ((None, None), (None, 5), (5, None), (4, 6)),
        )
    ]  # fmt: skip
    schema = {
        n: pl.Datetime("us", "UTC")
        for n in ("started_at", "due_at", "stopped_at", "as_of", "since_at", "until_at")
    }
    frame = pl.DataFrame(rows, schema_overrides=schema)
    with duckdb.connect() as con:
        con.register("clocks", frame)
        got = con.sql(f"select {state_sql('clocks.as_of')} as state from clocks").pl()
    wanted = [state(**row) for row in rows]
    assert got["state"].to_list() == wanted
    assert set(wanted) == {*STATES, None}


def test_the_words_of_the_design() -> None:
    at = {n: T0 + timedelta(minutes=n) for n in range(-1, 100)}

    def read(stop: int | None, stop_kind: str | None, as_of: int) -> str | None:
        stopped = at[stop] if stop is not None else None
        return state("clock", at[0], at[5], stopped, stop_kind, at[as_of])

    assert read(5, "stopped", 90) == "met"  # exactly at due
    assert read(6, "stopped", 90) == "breached"
    assert read(6, "stopped", 5) == "running"  # what comes later does not exist yet
    assert read(None, None, 6) == "overdue"
    assert read(4, "gave_up", 90) == "cancelled"
    assert read(6, "gave_up", 90) == "breached"
    assert read(4, "failed", 90) == "breached"
    assert read(5, "stopped", -1) is None


def test_a_share_lost_early_is_counted_only_when_it_is_ripe_like_one_that_is_kept() -> None:
    lost, ripe = T0 + timedelta(days=2), T0 + timedelta(days=7)
    young, old = T0 + timedelta(days=7), T0 + timedelta(days=7, seconds=1)
    assert state("share", T0, ripe, lost, "failed", young) == "running"
    assert state("share", T0, ripe, lost, "failed", old) == "breached"
