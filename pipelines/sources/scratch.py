"""DuckDB beside Polars while a log is read: JSON, and hashes it makes faster."""

import contextlib
import os
from collections.abc import Iterator
from functools import cache

import duckdb


@contextlib.contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection whose tables and settings are its own; safe in any thread.

    All share one in-memory database of the process: to make one for each costs 20 ms.
    """
    try:
        con = _connection()
    except duckdb.Error:  # an error inside DuckDB closes the whole database: make another
        _database.cache_clear()
        con = _connection()
    try:
        yield con
    finally:
        con.close()


def _connection() -> duckdb.DuckDBPyConnection:
    con = _database(os.getpid()).cursor()
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    return con


@cache
def _database(pid: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001 a fork needs one of its own
    return duckdb.connect()
