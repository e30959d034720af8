"""From a file to the lake: read, protect, check, conform, commit. One file, one transaction.

Every row of a file ends as accepted, updated, duplicate or quarantined; the ledger row is written
with the data, so a file is never half in and a repeated one changes nothing.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipelines.errors import SourceError, UsageError, nearest
from pipelines.lake.connect import Lake
from pipelines.settle import settle
from pipelines.sources import Context, detect, read
from pipelines.stage import FileResult, Stage

OnProgress = Callable[[str, int, int], None]  # what is done now, done, of total


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Expand folders to the files in them, by name; hidden files and notes (.md) are left out.

    Raises:
        UsageError: a path does not exist, or a folder has no files.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))
            )
            if not inside:
                raise UsageError(f"{path}: the folder has no files to ingest")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"{path}: no such file or folder")
    return found


def _is_hidden(path: Path) -> bool:
    return path.suffix == ".md" or any(part.startswith((".", "_")) for part in path.parts)


def ingest(
    lake: Lake,
    paths: Iterable[Path],
    source: str | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> Iterator[FileResult]:
    """Ingest files one after the other, then settle the marts of the days they touched.

    Args:
        lake: open for writing, its writer lock held by the caller.
        paths: files or folders.
        source: adapter or profile to read all of them with; None: decided by content.

    Yields:
        A FileResult a file, as soon as it is committed; one with an error where the file's log is
        not clear or it cannot be read at all: nothing of it is in, the others are.

    Raises:
        UsageError: a path does not exist, or there is no such source.
    """
    context = Context.of(lake.settings)
    check_source(source, context)
    files = files_of(paths)
    for i, path in enumerate(files):
        on_progress(path.name, i, len(files))
        yield attempt(lake, path, context, source)
    on_progress("", len(files), len(files))
    settle(lake, on_progress)


def check_source(source: str | None, context: Context) -> None:
    """Raise UsageError where no adapter or profile has the name."""
    if source is not None and source not in context.known:
        raise UsageError(
            f"no source '{source}'{nearest(source, context.known)}. "
            f"Known: {', '.join(context.known)}."
        )


def attempt(lake: Lake, path: Path, context: Context, source: str | None) -> FileResult:
    """Ingest one whole file; what is wrong with the file as a whole is its result's error."""
    try:
        return ingest_file(lake, path, context, source or detect(path, context))
    except SourceError as error:
        return FileResult(path.name, source or "", error=str(error))


def ingest_file(lake: Lake, path: Path, context: Context, chosen: str) -> FileResult:
    """Ingest one whole file; see `ingest`."""
    started = time.perf_counter()
    sha256 = _sha256(path)
    if known := lake.frame(
        "select read, source from lake.files "
        "where sha256 = $sha and source = $source and not is_tail",
        {"sha": sha256, "source": chosen},
    ).rows():
        read_before = known[0][0]
        return FileResult(
            path.name,
            chosen,
            read=read_before,
            duplicate=read_before,
            is_known=True,
            seconds=round(time.perf_counter() - started, 3),
        )
    stage = Stage(lake, path.name, quick=False)
    for staged in read(path, chosen, context):
        stage.add(staged)
    whole = {"sha256": sha256, "size": path.stat().st_size, "is_tail": False}
    return stage.finish(chosen, started, whole)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
