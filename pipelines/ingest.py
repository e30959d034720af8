"""From a file to the lake: read, protect, check, conform, commit.

Every row of a file ends as accepted, updated, duplicate or quarantined. The ledger row is written
with the data, so no row is half in, a repeated file changes nothing, and one whose ingest was cut
off goes on where it stood. A large file is several transactions: memory does not grow with it.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from expectations import warm
from pipelines.ahead import ahead
from pipelines.cleaning.mask import shown
from pipelines.errors import SourceError, UsageError, nearest
from pipelines.lake.connect import Lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.settle import settle
from pipelines.sources import Context, Staged, companions, detect, is_growable, read, table_of
from pipelines.stage import FULL, FileResult, Stage, account_of

OnProgress = Callable[[str, int, int], None]  # what is done now, done, of total
# larger files that come in one part are not read while the one before is in work: memory
BEGUN_BYTES = 48 << 20
SLOW_BYTES = 1 << 20  # reading takes longer than to import what checks the rows
HEAD_BYTES = 4096  # a tailed file is known by its beginning


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
    beside: Path | None = None,
    again: bool = False,
) -> Iterator[FileResult]:
    """Ingest files one after the other, then settle the marts of the days they touched.

    Args:
        lake: open for writing, its writer lock held by the caller.
        paths: files or folders.
        source: adapter or profile to read all of them with; None: decided by content.
        beside: the table a profile joins to each of them; None: found beside it.
        again: read files that are in the lake already once more, as after a change of their
            profile; rows that say the same are duplicates, others updates.

    Yields:
        A FileResult a file, as soon as it is committed; one with an error where the file's log is
        not clear or it cannot be read at all: nothing of it is in, the others are.

    Raises:
        UsageError: a path does not exist, or there is no such source.
        LakeError: the key of identifiers is not the one the lake was made with.
    """
    context = replace(Context.of(lake.settings), beside=beside, again=again)
    hold_to_key(lake, context.key)
    check_source(source, context)
    files = sources_of(paths, source, context)
    coming = None
    for i, (path, chosen) in enumerate(files):
        name = shown(path.name)
        on_progress(name, i, len(files))
        begun, coming = coming, None
        if i + 1 < len(files):
            coming = _begin(lake, *files[i + 1], context)
        told = partial(_rows_in, on_progress, name, i, len(files))
        yield attempt(lake, path, context, chosen, told, begun=begun)
    on_progress("", len(files), len(files))
    settle(lake, on_progress)


@dataclass(frozen=True)
class Begun:
    """A file whose first part is read while the file before is still worked on."""

    sha256: str
    parts: Iterator[Staged]


def _begin(lake: Lake, path: Path, chosen: str | SourceError, context: Context) -> Begun | None:
    """Begin to read a file; None where it is in the lake, or something is wrong: told in its turn.

    One file alone keeps one core busy, reading or writing; two of them both.
    """
    if isinstance(chosen, SourceError):
        return None
    try:
        if path.stat().st_size > BEGUN_BYTES and not is_growable(path):
            return None
        sha256 = _hash_of(path, chosen, context)
        known = _known(lake, sha256, chosen, context)
        if known and not known["is_partial"]:
            return None
        return Begun(sha256, ahead(read(path, chosen, context)))
    except (SourceError, OSError):
        return None


def _rows_in(on_progress: OnProgress, name: str, i: int, n: int, rows: int) -> None:
    on_progress(f"{name}: {rows:,}", i, n)


def check_source(source: str | None, context: Context) -> None:
    """Raise UsageError where no adapter or profile has the name."""
    if source is not None and source not in context.known:
        raise UsageError(
            f"no source '{source}'{nearest(source, context.known)}. "
            f"Known: {', '.join(context.known)}."
        )


def sources_of(
    paths: Iterable[Path], source: str | None, context: Context
) -> list[tuple[Path, str | SourceError]]:
    """Return the files to ingest, each with its source, or with why it has none.

    Tables that others join are left to them.
    """
    profiles = context.profiles
    of_source = [profiles[source]] if source in profiles else []
    may_join = of_source if source else list(profiles.values())
    found: list[tuple[Path, str | SourceError]] = []
    joined: list[tuple[Path, str]] = []
    for path in files_of(paths):
        if table := table_of(path, may_join):
            joined.append((path, table.name))
        else:
            found.append((path, source or _source_of(path, context)))
    used = {
        companion
        for path, one in found
        if isinstance(one, str)
        for companion in companions(path, profiles.get(one), context.beside)
    }
    lone = [
        (path, SourceError(
            f"{path.name}: its rows belong to a table of {table_name}, which is not here. "
            f"Ingest that table: this file is read with it, from the same folder or --with."
        ))
        for path, table_name in joined
        if path not in used
    ]  # fmt: skip
    return [*found, *lone]


def _source_of(path: Path, context: Context) -> str | SourceError:
    try:
        return detect(path, context)
    except SourceError as error:
        return error


def attempt(
    lake: Lake,
    path: Path,
    context: Context,
    chosen: str | SourceError,
    on_commit: Callable[[int], None] = lambda _: None,
    look: Callable[[Staged], None] = lambda _: None,
    begun: Begun | None = None,
) -> FileResult:
    """Ingest one whole file; what is wrong with the file as a whole is its result's error."""
    try:
        if isinstance(chosen, SourceError):
            raise chosen
        return ingest_file(lake, path, context, chosen, on_commit, look, begun)
    except SourceError as error:
        source = "" if isinstance(chosen, SourceError) else chosen
        return FileResult(shown(path.name), source, error=shown(str(error)))


def ingest_file(
    lake: Lake,
    path: Path,
    context: Context,
    chosen: str,
    on_commit: Callable[[int], None] = lambda _: None,
    look: Callable[[Staged], None] = lambda _: None,
    begun: Begun | None = None,
) -> FileResult:
    """Ingest one whole file, some hundred thousand rows a transaction; see `ingest`.

    The ledger says with each of them how many rows are in: a file whose ingest was cut off goes on
    there when it is given again. `on_commit` hears the number of rows that are in, `look` is shown
    every part before it is checked; `begun`: the file is being read already.
    """
    started = time.perf_counter()
    sha256 = begun.sha256 if begun else _hash_of(path, chosen, context)
    known = _known(lake, sha256, chosen, context)
    if known and not known["is_partial"]:
        return FileResult(
            shown(path.name),
            chosen,
            read=known["read"],
            duplicate=known["read"],
            is_known=True,
            note=_held_of(lake, known["file_id"], path),
            seconds=round(time.perf_counter() - started, 3),
        )
    name = shown(path.name)
    done = account_of(known, name, chosen) if known else FileResult(name, chosen)
    file_id = known["file_id"] if known else uuid.uuid4().hex[:16]
    size = path.stat().st_size
    ledger = {"sha256": sha256, "size": size, "is_tail": False}
    stage = Stage(lake, name, quick=False, file_id=file_id)
    to_skip = done.read
    parts = begun.parts if begun else ahead(read(path, chosen, context))
    if size > SLOW_BYTES:
        warm()
    for staged in parts:
        if to_skip >= staged.n_read and to_skip:
            to_skip -= staged.n_read
            continue
        if stage.weight >= FULL:
            done = stage.finish(chosen, started, ledger | {"is_partial": True}, done)
            on_commit(done.read)
            stage = Stage(lake, name, quick=False, file_id=file_id)
        look(staged)
        stage.add(staged)
    return stage.finish(chosen, started, ledger | {"is_partial": False}, done)


def _known(lake: Lake, sha256: str, source: str, context: Context) -> dict[str, Any] | None:
    if context.again:
        return None
    found = lake.frame(
        "select file_id, coalesce(is_partial, false) as is_partial, "
        "read, accepted, updated, duplicate, quarantined from lake.files "
        "where sha256 = $sha and source = $source and not is_tail",
        {"sha": sha256, "source": source},
    )
    return found.row(0, named=True) if len(found) else None


def _held_of(lake: Lake, file_id: str, path: Path) -> str:
    """Say how to try the rows of a known file again: a changed profile alone lets none of them in.

    Returns an empty text where it has none in quarantine.
    """
    held = lake.con.execute(
        "select count(*) from lake.quarantine where file_id = $id and status = 'held'",
        {"id": file_id},
    ).fetchall()[0][0]
    name = shown(path.name)
    return (
        f"{held} rows held: `liniya quarantine retry --from {name}` reads them again"
        if held
        else ""
    )


def _hash_of(path: Path, chosen: str, context: Context) -> str:
    return content_hash(path, *companions(path, context.profiles.get(chosen), context.beside))


def content_hash(path: Path, *joined: Path) -> str:
    """Return what tells a file, and the tables joined with it, from another version of them."""
    with path.open("rb") as file:
        own = hashlib.file_digest(file, "sha256").hexdigest()
    if not joined:
        return own
    return hashlib.sha256("".join([own, *map(content_hash, joined)]).encode()).hexdigest()


def first_hash(path: Path, size: int) -> str:
    """Return what `content_hash` of a file was when it had so many bytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (data := file.read(min(size, 1 << 20))):
            found.update(data)
            size -= len(data)
    return found.hexdigest()


def head_hash(path: Path, upto: int) -> str:
    """Return what tells a growing file from another: a hash of its first bytes, 4 kB at most."""
    with path.open("rb") as file:
        return hashlib.sha256(file.read(min(upto, HEAD_BYTES))).hexdigest()
