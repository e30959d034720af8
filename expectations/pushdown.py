# ruff: noqa: ARG002  GX hands every argument over by name, used or not
"""Great Expectations pushed down to the DuckDB connection that holds the rows: no copy of them.

Importing Great Expectations costs seconds of CPU, so nothing imports this module at its top:
`expectations.validation` and `expectations.suites` do when they are asked.

Out of the box the SQL engine closes its connection before it fetches, which DuckDB does not
survive; ours keeps one. All rules of a suite are one scan: where the rows that break them are asked
for too, all expectations share the metric that lists them; where only their number is, each has an
aggregate metric, and the engine bundles aggregates of one table into one query.
"""

import functools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # before the import: it is read there

import duckdb
import great_expectations as gx
import polars as pl
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations import ExpectationSuite
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core.batch import Batch
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.metrics.metric_provider import (
    metric_partial,
    metric_value,
)
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.validator.validator import Validator
from sqlalchemy.pool import StaticPool

__all__ = [  # the parts of GX our suites are made of come from here: the setting above comes first
    "ExpectNoRowListed",
    "ExpectNoRowToBreakRule",
    "ExpectationSuite",
    "FailureSeverity",
    "UnexpectedRowsExpectation",
    "rows_found",
    "run",
]


class Borrowed(ConnectionWrapper):
    """A DuckDB connection lent to SQLAlchemy: whoever lent it closes it."""

    def close(self) -> None:
        """Leave the connection open."""


class OneConnectionEngine(SqlAlchemyExecutionEngine):
    """The SQL engine over one connection that stays open between queries."""

    con: duckdb.DuckDBPyConnection
    rows_query: str = ""  # SQL of `RowsBreakingRules`
    rows: pl.DataFrame = pl.DataFrame()  # what it found

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Hand out the same connection every time."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class RowsBreakingRule(TableMetricProvider):
    """How many rows of the batch make a condition true; null counts as false."""

    metric_name = "table.rows_breaking_rule"
    value_keys = ("condition",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805 the decorator makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        # cheaper than a filtered count, which cuts every column of the table for each rule
        count: Any = sa.literal_column(
            f"coalesce(count_if({metric_value_kwargs['condition']}), 0)"  # null of no rows
        )
        return count, metric_domain_kwargs, {}


class RowsBreakingRules(TableMetricProvider):
    """The rows that break any rule of a suite, and which: row_no, expectation.

    One scan for all rules, which the first expectation that asks makes; its SQL is the engine's.
    """

    metric_name = "table.rows_breaking_rules"
    value_keys = ()

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 the decorator makes it a class method
        execution_engine: OneConnectionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, int]:
        execution_engine.rows = execution_engine.con.sql(execution_engine.rows_query).pl()
        return dict(execution_engine.rows.group_by("expectation").len().iter_rows())


class ExpectNoRowToBreakRule(UnexpectedRowsExpectation):
    """No row makes `condition` true.

    `unexpected_rows_query` lists the rows that do, for people and for the quarantine; the count
    itself is a metric of one aggregate, so a whole suite is one scan of the table.
    """

    condition: str
    _made: Any = PrivateAttr(None)

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.rows_breaking_rule",)
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)

    @property
    def configuration(self) -> Any:
        """As GX makes it, once: it asks 28 times a validation, a third of what that takes."""
        if self._made is None:
            self._made = super().configuration
        return self._made

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        n_failed = self._n_failed(metrics)
        return {"success": n_failed == 0, "result": {"observed_value": n_failed}}

    def _n_failed(self, metrics: dict[str, Any]) -> int:
        return int(metrics["table.rows_breaking_rule"])


class ExpectNoRowListed(ExpectNoRowToBreakRule):
    """No row is listed under `rule`: as above, where the rows are asked for too."""

    rule: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.rows_breaking_rules",)
    success_keys: ClassVar[tuple[str, ...]] = ("rule",)

    def _n_failed(self, metrics: dict[str, Any]) -> int:
        return int(metrics["table.rows_breaking_rules"].get(self.rule, 0))


@functools.cache
def context() -> Any:
    """Return the process's one GX context; it lives in memory and leaves no files."""
    # this one module sets itself to INFO and tells of a docs folder that is not made
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return made


def run(con: duckdb.DuckDBPyConnection, table: str, suite: ExpectationSuite) -> list[Any]:
    """Validate a suite against a table of the in-memory database `con` is connected to.

    Args:
        con: a connection (cursor) of its own for this run: a transaction is opened on it.
        table: name of a committed table in schema main.
        suite: expectations over `{batch}`.

    Returns:
        GX's validation results, in the order of the suite.

    Raises:
        great_expectations.exceptions.GreatExpectationsError: a query could not run: a fault of a
            rule or of the staged table's columns, never of its rows.
    """
    return _run(con, table, suite)[0]


def rows_found(
    con: duckdb.DuckDBPyConnection, table: str, suite: ExpectationSuite, rows_query: str
) -> pl.DataFrame:
    """Validate a suite of `ExpectNoRowListed` as `run` does; return the rows its one scan listed.

    Args:
        rows_query: SQL of the rows that break any rule of the suite: row_no, expectation.
    """
    return _run(con, table, suite, rows_query)[1]


def _run(
    con: duckdb.DuckDBPyConnection, table: str, suite: ExpectationSuite, rows_query: str = ""
) -> tuple[list[Any], pl.DataFrame]:
    engine = sa.create_engine(
        "duckdb:///:memory:", creator=lambda: Borrowed(con), poolclass=StaticPool
    )
    execution = OneConnectionEngine(engine=engine)
    execution.con, execution.rows_query = con, rows_query
    try:
        # schema by name: with a lake attached `main` alone would be looked for in both
        data: Any = SqlAlchemyBatchData(
            execution_engine=execution,
            table_name=table,
            schema_name="main",
            create_temp_table=False,
        )
        validator = Validator(
            execution_engine=execution, batches=[Batch(data=data)], data_context=context()
        )
        found = validator.graph_validate(
            configurations=suite.expectation_configurations,
            runtime_configuration={"result_format": "BASIC", "catch_exceptions": False},
        )
        return found, execution.rows
    finally:
        if execution._connection is not None:  # the engine's own slot, see get_connection
            execution._connection.close()
            execution._connection = None
        engine.dispose()
