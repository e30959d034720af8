"""`read`: a file becomes staged frames, whatever its format and source."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_rows, shown
from pipelines.errors import SourceError, nearest
from pipelines.sources import cdr, csv_rows, json_rows, parquet_rows, queue_log, queue_table
from pipelines.sources.canonical import ALIASES, COLUMNS, ID, REQUIRED, known_columns
from pipelines.sources.context import CANONICAL, Context
from pipelines.sources.detect import PARQUET, column_names, file_format
from pipelines.sources.events_log import complete_ids, events_provide, split_states
from pipelines.sources.profile import Profile
from pipelines.sources.profile_rows import by_profile, profile_provides
from pipelines.sources.provides import provided
from pipelines.sources.raw import Raw
from pipelines.sources.staged import Staged, empty_frame, no_unreadable
from pipelines.sources.typed import stage

TABLES = (PARQUET, "csv", "jsonl")  # forms that name their columns


@dataclass(frozen=True)
class _Tail:
    """From where to read: a byte, whether the file is whole, the number of the line there."""

    start: int
    whole: bool
    first_row: int


def read(
    path: Path,
    source: str,
    context: Context,
    start: int = 0,
    whole: bool = True,
    first_row: int = 1,
) -> Iterator[Staged]:
    """Read a file of a known source in parts of bounded size; at least one part comes.

    Args:
        path: CSV, JSON Lines, Parquet (gzip of the first two too), or a log of Asterisk's in its
            own form (gzip too).
        source: a name of `context.known`.
        context: from `Context.of`.
        start: byte to read on from (tailed files): the `position` of the part read last.
        whole: False reads complete lines only, for a file that is still being written.
        first_row: number of the line at `start`: `n_lines + 1` of the part read last.

    Raises:
        SourceError: the file cannot be read, or lacks a required column. Rows never raise: what
            cannot be read of them is in `bad_fields` or `unreadable`.
    """
    tail = _Tail(start, whole, first_row)
    if source == "queue_log":
        dataset, found = "events", _queue_log(path, context, tail)
    elif source == cdr.SOURCE:
        dataset, found = "cdr", _cdr(path, context, tail)
    elif source in CANONICAL:
        dataset, found = source, _canonical(path, source, context, tail)
    elif profile := context.profiles.get(source):
        dataset, found = profile.dataset, _profiled(path, profile, context, tail)
    else:
        raise SourceError(
            f"no source '{source}'{nearest(source, context.known)}. "
            f"Known: {', '.join(context.known)}."
        )
    n_parts, last = 0, start
    for staged in found:
        if staged.n_read or staged.position > last:
            n_parts, last = n_parts + 1, staged.position
            yield staged
    if not n_parts:
        frame, none = empty_frame(dataset), no_unreadable()
        yield Staged(source, dataset, frame, none, frozenset(), 0, "", start, first_row - 1)


def _raw(
    path: Path, form: str, tail: _Tail, delimiter: str = "", encoding: str = ""
) -> Iterator[Raw]:
    if form == PARQUET:
        return parquet_rows.rows(path)
    if form == "jsonl":
        return json_rows.rows(path, tail.start, tail.whole, tail.first_row)
    return csv_rows.rows(path, tail.start, tail.whole, tail.first_row, delimiter, encoding)


def _queue_log(path: Path, context: Context, tail: _Tail) -> Iterator[Staged]:
    form = file_format(path)
    if form in TABLES and queue_table.columns(column_names(path, form)):
        return queue_table.read(_raw(path, form, tail), context, path.name)
    return queue_log.read(path, context, tail.start, tail.whole, tail.first_row)


def _cdr(path: Path, context: Context, tail: _Tail) -> Iterator[Staged]:
    form = file_format(path)
    if form in TABLES and cdr.columns(column_names(path, form)):
        return cdr.read_table(_raw(path, form, tail), context, path.name)
    return cdr.read_master(path, context, tail.start, tail.whole, tail.first_row)


def _canonical(path: Path, source: str, context: Context, tail: _Tail) -> Iterator[Staged]:
    form = file_format(path)
    for raw in _raw(path, form, tail) if form != "empty" else ():
        frame, extra = _canonical_names(raw.frame, source)
        # a JSON object without the key is a row with a missing value, not another file
        if form != "jsonl":
            _demand_columns(path, source, frame)
        note = shown(f"unknown columns: {', '.join(extra)}") if extra else ""
        if source == "events":
            yield from _events(frame, raw, context, note)
            continue
        if source == "journal":
            frame = complete_ids(frame, context.prefixes, "journal")
        present = [c for c in COLUMNS[source] if c in frame.columns]
        items = (
            frozenset((source, item) for item in provided(source, present))
            if len(frame)
            else frozenset()
        )
        yield _staged(
            source,
            source,
            stage(frame, source, source, context.zone, context.key, keep=context.keep),
            raw,
            items,
            note,
        )


def _events(frame: pl.DataFrame, raw: Raw, context: Context, note: str) -> Iterator[Staged]:
    states, frame = split_states(frame)
    frame = complete_ids(frame, context.prefixes, "events")
    staged = stage(frame, "events", "events", context.zone, context.key, keep=context.keep)
    n_states = len(states)
    yield _staged(
        "events", "events", staged, raw, events_provide(staged), note, raw.n_read - n_states
    )
    if n_states:
        made = stage(states, "operators", "events", context.zone, context.key, keep=context.keep)
        own = Raw(states, no_unreadable(), n_states, raw.position, raw.n_lines)
        yield _staged("events", "operators", made, own, frozenset(), "")


def _profiled(path: Path, profile: Profile, context: Context, tail: _Tail) -> Iterator[Staged]:
    zone = profile.zone or context.zone
    for raw in _raw(path, profile.format, tail, profile.delimiter, profile.encoding):
        frame = by_profile(raw.frame, profile, path.name)
        if profile.dataset == "events":
            frame = complete_ids(frame, context.prefixes, profile.name)
        formats, keep = profile.time_formats, context.keep
        made = stage(frame, profile.dataset, profile.name, zone, context.key, formats, keep)
        yield _staged(profile.name, profile.dataset, made, raw, profile_provides(profile), "")


def _canonical_names(frame: pl.DataFrame, dataset: str) -> tuple[pl.DataFrame, list[str]]:
    """Rename to canonical names (case does not matter); return also the columns nobody knows."""
    known, aliases = known_columns(dataset), ALIASES.get(dataset, {})
    names: dict[str, str] = {}
    for column in frame.columns:
        name = column.strip().lower()
        if name in known and name not in names.values():
            names[column] = name
    extra = sorted(c for c in frame.columns if c not in names and c != "row_no")
    renamed = frame.select("row_no", *(pl.col(c).alias(n) for c, n in names.items()))
    for alias, name in aliases.items():
        if alias in renamed.columns:
            own = [name] if name in renamed.columns else []
            renamed = renamed.with_columns(pl.coalesce(*own, alias).alias(name)).drop(alias)
    if dataset == "feedback" and "case_number" in renamed.columns:
        by_case = pl.col("case_number").cast(pl.String)
        if ID[dataset] in renamed.columns:
            by_case = pl.coalesce(pl.col(ID[dataset]).cast(pl.String), by_case)
        renamed = renamed.with_columns(by_case.alias(ID[dataset]))
    return renamed, extra


def _demand_columns(path: Path, dataset: str, frame: pl.DataFrame) -> None:
    missing = [c for c in REQUIRED[dataset] if c not in frame.columns]
    if missing:
        found = ", ".join(c for c in frame.columns if c != "row_no") or "none of its columns"
        raise SourceError(
            f"{path.name}: no column {', '.join(missing)}, which the {dataset} log needs. "
            f"Found: {found}. "
            f"Rename the column, or write a profile in data/sources (docs/sources.md)."
        )


def _staged(
    source: str,
    dataset: str,
    frame: pl.DataFrame,
    raw: Raw,
    provides: frozenset[tuple[str, str]],
    note: str,
    n_read: int | None = None,
) -> Staged:
    unreadable = raw.unreadable
    if len(unreadable):
        unreadable = unreadable.with_columns(mask_rows(unreadable["row"]))
    count = raw.n_read if n_read is None else n_read
    return Staged(
        source, dataset, frame, unreadable, provides, count, note, raw.position, raw.n_lines
    )
