"""Take held rows through the checks again, after a change of rules, reference data or a profile.

Where the file is at hand (in the inbox, or named) its held lines are read from it again, by the
profile of today: torn lines and unreadable values can be mended so. Else what was staged of them is
checked again. Every row stays one row of its file's account: from held to accepted, never twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingest import content_hash, files_of, first_hash, head_hash
from pipelines.lake.connect import Lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.settle import settle
from pipelines.sources import Context, Staged, companions, read, staged_from_json
from pipelines.stage import COUNTS, FileResult, Stage, account_of

OnProgress = Callable[[str, int, int], None]
TORN = "readable_row"

HELD = """
    select
        quarantine_id, source, dataset, file, file_id, row_no, row, expectations, quarantined_at
    from lake.quarantine
    where status = 'held' and ($source is null or source = $source)
    order by file_id, dataset, row_no
"""

# a later file brought these rows: what is in the lake is newer than the row held back
NEWER = """
    select distinct known.row_key
    from lake.source_rows as known inner join lake.files as files on known.file_id = files.file_id
    where known.source = $source and known.file_id <> $file_id
        and known.row_key in (select keys.row_key from keys) and files.ingested_at > $held_at
"""


def retry(
    lake: Lake, source: str | None, paths: Iterable[Path], on_progress: OnProgress
) -> list[dict[str, Any]]:
    """Take held rows through the checks again.

    Args:
        lake: open for writing, its writer lock held by the caller.
        source: of this source only; None: all.
        paths: files the rows came from, or folders of them, besides the inbox. A file is known by
            its content, whatever its name.
        on_progress: hears of each file.

    Returns:
        One object a file with rows that could be tried: source, file, read_again (from the file
        itself), tried = accepted + duplicate + held.

    Raises:
        UsageError: a path does not exist.
        LakeError: the key of identifiers is not the one the lake was made with.
    """
    context = Context.of(lake.settings)
    hold_to_key(lake, context.key)
    given = files_of(paths) + _inbox(lake)
    held = lake.frame(HELD, {"source": source})
    groups = held.partition_by("source", "file_id", maintain_order=True)
    found = []
    for i, group in enumerate(groups):
        on_progress("retry", i, len(groups))
        if tried := _retry_file(lake, context, group, given):
            found.append(tried)
    settle(lake, on_progress)
    return found


def _inbox(lake: Lake) -> list[Path]:
    return sorted(path for path in lake.settings.inbox_dir.rglob("*") if path.is_file())


def _retry_file(
    lake: Lake, context: Context, group: pl.DataFrame, given: list[Path]
) -> dict[str, Any] | None:
    """Try the held rows of one file; None where none of them can be tried."""
    source, file, file_id = group.select("source", "file", "file_id").row(0)
    row = _ledger(lake, file_id)
    path = _find(row, source, context, given)
    parts = (
        list(_from_file(path, source, context, group))
        if path
        else list(_from_rows(lake, source, group))
    )
    seen = pl.concat([_row_nos(part) for part in parts]) if parts else pl.Series(dtype=pl.Int64)
    again = group.filter(pl.col("row_no").is_in(seen.implode()))
    if again.is_empty():
        return None
    stage = Stage(lake, file, quick=False, file_id=file_id)
    stage.again = again.select("quarantine_id", "quarantined_at")
    superseded = 0
    for part in parts:
        kept = _without_newer(lake, part, file_id, again["quarantined_at"].max())
        superseded += part.n_read - kept.n_read
        stage.add(kept)
    stage.read += superseded
    stage.counts["duplicate"] += superseded
    before = _account_before(row, file, source, len(again))
    result = stage.finish(source, time.perf_counter(), row, before)
    return {
        "source": source,
        "file": file,
        "read_again": path is not None,
        "tried": len(again),
        "accepted": result.accepted + result.updated - before.accepted - before.updated,
        "duplicate": result.duplicate - before.duplicate,
        "held": result.quarantined - before.quarantined,
    }


def _ledger(lake: Lake, file_id: str) -> dict[str, Any]:
    found = lake.frame("select * from lake.files where file_id = $id", {"id": file_id})
    return found.row(0, named=True)


def _account_before(row: dict[str, Any], file: str, source: str, n: int) -> FileResult:
    """Take the rows out of their file's account and its ledger row: `finish` adds them again."""
    account = account_of(row, file, source)
    for name in COUNTS:
        del row[name]
    return replace(account, read=account.read - n, quarantined=account.quarantined - n)


def _find(row: dict[str, Any], source: str, context: Context, given: Iterable[Path]) -> Path | None:
    """Return the file a ledger row speaks of, by its content; one that has grown is it too."""
    for path in given:
        if row["is_tail"]:
            if path.stat().st_size >= row["position"] and (
                head_hash(path, row["position"]) == row["sha256"]
            ):
                return path
            continue
        joined = companions(path, context.profiles.get(source), context.beside)
        size = path.stat().st_size
        if size == row["size"] and content_hash(path, *joined) == row["sha256"]:
            return path
        # grown since: the line that was torn at its end may be whole
        if size > row["size"] and not joined and first_hash(path, row["size"]) == row["sha256"]:
            return path
    return None


def _from_file(path: Path, source: str, context: Context, group: pl.DataFrame) -> Iterator[Staged]:
    """Read a file again and keep the lines that are held."""
    wanted = group["row_no"].implode()
    for part in read(path, source, context):
        kept = replace(
            part,
            frame=part.frame.filter(pl.col("row_no").is_in(wanted)),
            unreadable=part.unreadable.filter(pl.col("row_no").is_in(wanted)),
            ignored=part.ignored.filter(pl.col("row_no").is_in(wanted)),
            note="",
        )
        kept = replace(kept, n_read=_row_nos(kept).n_unique())
        if kept.n_read:
            yield kept


def _from_rows(lake: Lake, source: str, group: pl.DataFrame) -> Iterator[Staged]:
    """Return what was staged of the rows; a torn line has nothing that could be tried."""
    rows = group.filter(pl.col("expectations") != TORN)
    known = lake.con.sql("select source, item from lake.source_provides").fetchall()
    # what the source is known to say: a few rows must not make it look poorer
    provides = frozenset((name, item) for name, item in known if name == source)
    for part in rows.partition_by("dataset", maintain_order=True):
        staged = staged_from_json(part, source, part["dataset"][0])
        yield replace(staged, provides=provides)


def _row_nos(part: Staged) -> pl.Series:
    parts = (part.frame, part.unreadable, part.ignored)
    return pl.concat([one["row_no"].cast(pl.Int64) for one in parts])


def _without_newer(lake: Lake, part: Staged, file_id: str, held_at: Any) -> Staged:
    """Leave out rows of which a later file has brought a version: they are settled."""
    lake.con.register("keys", part.frame.select("row_key"))
    newer = lake.frame(NEWER, {"source": part.source, "file_id": file_id, "held_at": held_at})
    lake.con.unregister("keys")
    kept = part.frame.filter(~pl.col("row_key").is_in(newer["row_key"].implode()))
    gone = part.frame["row_no"].n_unique() - kept["row_no"].n_unique()
    return replace(part, frame=kept, n_read=part.n_read - gone)
