"""The two sides of `bench_rival`: our checks, and pandas with Great Expectations on a frame.

Each side's checks are taken three times and the shortest counts: what else runs on the machine, and
what a first call makes, is neither's speed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from expectations import validate
from pipelines.lake.connect import Lake
from pipelines.sources import Context, read
from pipelines.stage import FULL
from tests.bench.measure import best_s

TIMES = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Took:
    """Seconds of reading and of checking, and how many rows broke each expectation."""

    read_s: float
    check_s: float
    broken: dict[str, int]


def timed(act: Callable[[], T], times: int = 1) -> tuple[T, float]:
    """Return what an act returns, and the seconds of the shortest of several runs."""
    found: list[T] = []
    seconds = best_s(lambda: found.append(act()), times)
    return found[-1], seconds


def ours(lake: Lake, path: Path, dataset: str, columns: Collection[str] = ()) -> Took:
    """Stage the whole file, then check it at once, as an ingest does of FULL rows.

    Args:
        columns: rules about other columns are not applied; none: all of the staged table's.
    """
    staged, read_s = timed(lambda: _stage(lake, path, dataset))
    columns = columns or staged
    validate(lake.con, "staged", dataset, columns)  # a worker lives long: imports are not its speed
    with lake.sized(FULL):
        found, check_s = timed(lambda: validate(lake.con, "staged", dataset, columns), TIMES)
    return Took(read_s, check_s, {one["expectation"]: one["n_failed"] for one in found.results})


def _stage(lake: Lake, path: Path, dataset: str) -> list[str]:
    """Read the file into the table `staged`; return its columns."""
    context = Context.of(lake.settings)
    for part, staged in enumerate(read(path, dataset, context)):
        lake.con.register("incoming", staged.frame)
        how = "insert into staged by name" if part else "create or replace table staged as"
        lake.con.execute(f"{how} select * from incoming")
        lake.con.unregister("incoming")
    return [row[0] for row in lake.con.sql("describe staged").fetchall()]


class Suite:
    """Built-in expectations over the columns of a frame they ask for, each under a name.

    Other columns are not handed over: Great Expectations copies all it has for each pair of two.
    """

    def __init__(self, frame: pd.DataFrame, expectations: dict[str, Any]) -> None:
        import great_expectations as gx

        self.names = list(expectations)
        self.suite = gx.ExpectationSuite("rival", expectations=list(expectations.values()))
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("rival").add_dataframe_asset("log")
        batches = asset.add_batch_definition_whole_dataframe("all")
        self.batch = batches.get_batch({"dataframe": frame[_asked(expectations)]})

    def broken(self) -> dict[str, int]:
        """Count the rows that break each expectation; all of them are asked for."""
        found = self.batch.validate(self.suite, result_format={"result_format": "COMPLETE"})
        counts = [one.result.get("unexpected_count", 0) for one in found.results]
        return dict(zip(self.names, counts, strict=True))


def _asked(expectations: dict[str, Any]) -> list[str]:
    names = ("column", "column_A", "column_B")
    asked = [getattr(one, name, None) for one in expectations.values() for name in names]
    return [column for column in dict.fromkeys(asked) if column]
