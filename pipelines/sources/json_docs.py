"""JSON documents: one array of objects, or objects that hold a list of them (`data.payload`).

DuckDB streams the elements, so memory does not grow with the file. A document is whole or refused:
where one element is torn, nobody knows where the next begins.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.json_paths import json_path
from pipelines.sources.json_rows import ALL, Wanted, objects
from pipelines.sources.raw import LONGEST_LINE, Raw, head, is_growable, recode, settled
from pipelines.sources.scratch import scratch

ELEMENTS = 12_500  # a part


def rows(path: Path, wanted: Wanted = ALL, records: str = "", encoding: str = "") -> Iterator[Raw]:
    """Yield the objects of a document as `json_rows.rows` does; `row_no` counts them from 1.

    Args:
        path: UTF-8 or any encoding of a text, plain or gzip.
        wanted: keys and paths that become columns.
        records: path of the list inside of each object; empty: the document is an array.

    Raises:
        SourceError: it is not one whole JSON document of that shape.
    """
    size, done = path.stat().st_size, 0
    with scratch() as con:
        for lines in elements(path, records, encoding):
            done += len(lines)
            yield objects(con, lines, wanted, size, done)


def elements(path: Path, records: str = "", encoding: str = "") -> Iterator[pl.DataFrame]:
    """Yield the elements of a document, some at a time: row_no, line (JSON text)."""
    done = 0
    with _as_utf8(path, encoding) as file, scratch() as con:
        form = "array" if head(file)[:64].lstrip().startswith(b"[") else "unstructured"
        source = (
            f"select json from read_json_objects($path, format = '{form}', "
            f"maximum_object_size = {LONGEST_LINE}, compression = 'uncompressed')"
        )
        params = {"path": str(file)}
        if records:
            source = (
                "select unnest(from_json(json_extract(json, $records), '[\"JSON\"]')) as json"
                f" from ({source})"
            )
            params["records"] = json_path(records)
        try:
            found = con.sql(source, params=params).to_arrow_reader(ELEMENTS)
            for batch in found:
                texts = pl.Series("line", batch.column(0), dtype=pl.String).fill_null("null")
                row_no = pl.int_range(done + 1, done + len(texts) + 1, dtype=pl.Int64, eager=True)
                done += len(texts)
                yield pl.DataFrame({"row_no": row_no, "line": texts})
        except duckdb.Error:
            raise SourceError(
                f"{path.name}: damaged JSON after element {done}: it is cut off, is not one "
                f"array of objects, or an object is larger than {LONGEST_LINE >> 20} MB. "
                f"Nothing was written. Export it again, best as JSON Lines (one object a line)."
            ) from None  # the cause may quote the file


@contextlib.contextmanager
def _as_utf8(path: Path, encoding: str) -> Iterator[Path]:
    """Give a name DuckDB takes for no pattern, of the file itself or of a copy in UTF-8."""
    codec = settled(path, encoding)
    with tempfile.TemporaryDirectory(prefix="liniya-") as folder:
        document = Path(folder) / "document.json"
        if is_growable(path, encoding) and codec in ("", "utf-8"):
            document.symlink_to(path.resolve())
        else:
            recode(path, document, encoding, codec)
        yield document
