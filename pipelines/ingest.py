"""From a file to the lake: read, protect, check, conform, commit. One file, one transaction.

Every row of a file ends as accepted, updated, duplicate or quarantined; the ledger row is written
with the data, so a file is never half in and a repeated one changes nothing.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pipelines.errors import SourceError
from pipelines.lake.connect import Lake
from pipelines.settle import settle
from pipelines.sources import Context, Staged, companions, detect, read, table_of
from pipelines.stage import FileResult, Stage

OnProgress = Callable[[str, int, int], None]  # what is done now, done, of total


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Expand folders to the files in them, by name; hidden files and notes (.md) are left out.

    Raises:
        SourceError: a path does not exist, or a folder has no files.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))
            )
            if not inside:
                raise SourceError(f"{path}: the folder has no files to ingest")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise SourceError(f"{path}: no such file or folder")
    return found


def _is_hidden(path: Path) -> bool:
    return path.suffix == ".md" or any(part.startswith((".", "_")) for part in path.parts)


def ingest(
    lake: Lake,
    paths: Iterable[Path],
    source: str | None = None,
    on_progress: OnProgress = lambda *_: None,
    beside: Path | None = None,
) -> Iterator[FileResult]:
    """Ingest files one after the other, then settle the marts of the days they touched.

    Args:
        lake: open for writing, its writer lock held by the caller.
        paths: files or folders.
        source: adapter or profile to read all of them with; None: decided by content.
        beside: the table a profile joins to each of them; None: found beside it.

    Yields:
        A FileResult a file, as soon as it is committed.

    Raises:
        SourceError: a file whose log is not clear (nothing was written), or that cannot be read at
            all (the files before it are in).
    """
    context = replace(Context.of(lake.settings), beside=beside)
    # an unknown file is told before anything is written
    files = sources_of(paths, source, context)
    for i, (path, chosen) in enumerate(files):
        on_progress(path.name, i, len(files))
        yield ingest_file(lake, path, context, chosen)
    on_progress("", len(files), len(files))
    settle(lake, on_progress)


def sources_of(
    paths: Iterable[Path], source: str | None, context: Context
) -> list[tuple[Path, str]]:
    """Return the files to ingest, each with its source; tables that others join are left to them.

    Raises:
        SourceError: a file whose log is not clear, or one that only belongs to a table not here.
    """
    profiles = context.profiles
    of_source = [profiles[source]] if source in profiles else []
    may_join = of_source if source else list(profiles.values())
    found: list[tuple[Path, str]] = []
    joined: list[tuple[Path, str]] = []
    for path in files_of(paths):
        if table := table_of(path, may_join):
            joined.append((path, table.name))
        else:
            found.append((path, source or detect(path, context)))
    used = {p for path, one in found for p in companions(path, profiles.get(one), context.beside)}
    for path, table_name in joined:
        if path not in used:
            raise SourceError(
                f"{path.name}: its rows belong to a table of {table_name}, which is not here. "
                f"Ingest that table: this file is read with it, from the same folder or --with."
            )
    return found


def ingest_file(
    lake: Lake,
    path: Path,
    context: Context,
    chosen: str,
    look: Callable[[Staged], None] = lambda _: None,
) -> FileResult:
    """Ingest one whole file; see `ingest`. `look` is shown every part before it is checked."""
    started = time.perf_counter()
    joined = companions(path, context.profiles.get(chosen), context.beside)
    sha256 = _sha256(path, *joined)
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
        look(staged)
        stage.add(staged)
    whole = {"sha256": sha256, "size": path.stat().st_size, "is_tail": False}
    return stage.finish(chosen, started, whole)


def _sha256(path: Path, *joined: Path) -> str:
    """Return what tells a file, and the tables joined with it, from another version of them."""
    with path.open("rb") as file:
        own = hashlib.file_digest(file, "sha256").hexdigest()
    if not joined:
        return own
    return hashlib.sha256("".join([own, *map(_sha256, joined)]).encode()).hexdigest()
