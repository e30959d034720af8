"""Parquet: columns as they are, in batches."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import SourceError
from pipelines.sources.raw import Raw
from pipelines.sources.staged import no_unreadable

BATCH_ROWS = 50_000


def names(path: Path) -> list[str]:
    """Return the column names of a Parquet file.

    Raises:
        SourceError: it is damaged.
    """
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path) from error


def rows(path: Path) -> Iterator[Raw]:
    """Yield the rows of a Parquet file; `row_no` from 1."""
    done, size = 0, path.stat().st_size
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                frame = pl.DataFrame(pa.Table.from_batches([batch]))
                row_no = pl.int_range(done + 1, done + len(frame) + 1, dtype=pl.Int64)
                done += len(frame)
                frame = frame.with_columns(row_no=row_no)
                yield Raw(frame, no_unreadable(), len(frame), size, done)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> SourceError:
    return SourceError(f"{path}: damaged Parquet, it cannot be read. Nothing was written.")
