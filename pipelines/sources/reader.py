"""`read`: a file becomes staged frames, whatever its format and source."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.ahead import several_ahead
from pipelines.cleaning.mask import mask_rows, shown
from pipelines.errors import SourceError, nearest
from pipelines.sources import cdr, chatwoot, queue_log, queue_table
from pipelines.sources.canonical import COLUMNS, known_columns
from pipelines.sources.canonical_names import canonical_names, demand_columns
from pipelines.sources.context import CANONICAL, Context
from pipelines.sources.csv_layout import Layout
from pipelines.sources.events_log import (
    complete_ids,
    events_provide,
    split_states,
    states_read_from,
)
from pipelines.sources.formats import (
    CDR,
    CSV,
    EMPTY,
    NESTED,
    QUEUE_LOG,
    TABLES,
    XLSX,
    Tail,
    Way,
    file_format,
    is_large,
    raw_rows,
)
from pipelines.sources.formats import names as names_in
from pipelines.sources.json_paths import first_key
from pipelines.sources.json_rows import Wanted
from pipelines.sources.profile import Profile
from pipelines.sources.profile_lists import open_lists, profile_provides
from pipelines.sources.profile_rows import as_spelt, by_profile, way_of, with_columns_of
from pipelines.sources.provides import provided
from pipelines.sources.raw import Raw
from pipelines.sources.staged import Staged, empty_frame, no_unreadable
from pipelines.sources.typed import Forms, stage

_MOST_NAMED = 30  # unknown columns in a note


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
        path: CSV, JSON, Parquet, a workbook (gzip of the first two too), or a log of Asterisk's in
            its own form (gzip too).
        source: a name of `context.known`.
        context: from `Context.of`.
        start: byte to read on from (tailed files): the `position` of the part read last.
        whole: False reads complete lines only, for a file that is still being written.
        first_row: number of the line at `start`: `n_lines + 1` of the part read last.

    Raises:
        SourceError: the file cannot be read, or lacks a required column. Rows never raise: what
            cannot be read of them is in `bad_fields` or `unreadable`.
    """
    tail = Tail(start, whole, first_row)
    if source == "queue_log":
        dataset, found = "events", _queue_log(path, context, tail)
    elif source == cdr.SOURCE:
        dataset, found = "cdr", _cdr(path, context, tail)
    elif source == "chatwoot":
        dataset, found = "events", chatwoot.read(path, context, tail)
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


def _queue_log(path: Path, context: Context, tail: Tail) -> Iterator[Staged]:
    form = file_format(path)
    if form in TABLES and queue_table.columns(names_in(path, form)):
        return queue_table.read(raw_rows(path, Way(form), tail), context, path.name)
    if form == CSV and (places := queue_table.places(path)):
        way = Way(form, Layout(header=0))
        return queue_table.read(raw_rows(path, way, tail), context, path.name, places)
    return queue_log.read(path, context, tail.start, tail.whole, tail.first_row)


def _cdr(path: Path, context: Context, tail: Tail) -> Iterator[Staged]:
    form = file_format(path)
    if form in TABLES and cdr.columns(names_in(path, form)):
        return cdr.read_table(raw_rows(path, Way(form), tail), context, path.name)
    return cdr.read_master(path, context, tail.start, tail.whole, tail.first_row)


def _canonical(path: Path, source: str, context: Context, tail: Tail) -> Iterator[Staged]:
    form = file_format(path)
    known = known_columns(source)
    way = Way(form, wanted=Wanted(lambda key: key.strip().lower() in known))
    raws = raw_rows(path, way, tail) if form not in (EMPTY, QUEUE_LOG, CDR) else iter(())
    of_part = partial(_of_canonical, path, source, form, context)
    for some in several_ahead(raws, of_part) if is_large(path) else map(of_part, raws):
        yield from some


def _of_canonical(path: Path, source: str, form: str, context: Context, raw: Raw) -> list[Staged]:
    frame, names, extra = canonical_names(raw.frame, source)
    # a JSON object without the key is a row with a missing value, not another file
    if form not in NESTED:
        demand_columns(path, source, frame)
    extra = sorted({*extra, *raw.unread})
    note = shown(f"unknown columns: {_some(extra)}") if extra else ""
    if source == "events":
        return list(_events(frame, raw, context, note, names))
    if source == "journal":
        frame = complete_ids(frame, context.prefixes, "journal")
    present = [c for c in COLUMNS[source] if c in frame.columns]
    items = (
        frozenset((source, item) for item in provided(source, present))
        if len(frame)
        else frozenset()
    )
    staged = stage(frame, source, source, context.zone, context.key, keep=context.keep)
    made = _staged(source, source, staged, raw, items, note, names)
    return [replace(made, unread=tuple(extra))]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:60] for name in names[:_MOST_NAMED]) + more


def _events(
    frame: pl.DataFrame, raw: Raw, context: Context, note: str, names: dict[str, str]
) -> Iterator[Staged]:
    states, frame = split_states(frame)
    frame = complete_ids(frame, context.prefixes, "events")
    staged = stage(frame, "events", "events", context.zone, context.key, keep=context.keep)
    n_states = len(states)
    provides = events_provide(staged)
    yield _staged("events", "events", staged, raw, provides, note, names, raw.n_read - n_states)
    if n_states:
        made = stage(states, "operators", "events", context.zone, context.key, keep=context.keep)
        own = Raw(states, no_unreadable(), n_states, raw.position, raw.n_lines)
        yield _staged("events", "operators", made, own, frozenset(), "", states_read_from(names))


def _profiled(path: Path, profile: Profile, context: Context, tail: Tail) -> Iterator[Staged]:
    way = way_of(profile)
    form = way.format or file_format(path, profile.encoding)
    if form == XLSX:
        profile = _with_cells_of_dates(profile)
    zone = profile.zone or context.zone
    forms, keep = Forms(profile.time_formats, profile.units, profile.decimal), context.keep
    names = {c: str(cell) for c, cell in profile.columns.items()}
    names |= {c: f"= {value}" for c, value in profile.constants.items() if c not in names}
    with open_lists(path, profile, zone, context.beside) as lists:
        names |= {one.name: one.inside or one.file for one in profile.lists}
        first_keys = set(map(first_key, profile.reads))
        for raw in raw_rows(path, way, tail) if form != EMPTY else ():
            table = raw.frame if form in NESTED else as_spelt(raw.frame, profile)
            given = with_columns_of(table, profile, path.name, form)
            frame = by_profile(given, profile, zone)
            if columns := lists.of(given, frame):
                frame = frame.with_columns(columns)
            if profile.dataset == "events":
                frame = complete_ids(frame, context.prefixes, profile.name)
            made = stage(frame, profile.dataset, profile.name, zone, context.key, forms, keep)
            note = "; ".join(lists.notes)
            found = table.columns if form not in NESTED else None
            provides = profile_provides(profile, lists.names, found)
            unread = [c for c in table.columns if c != "row_no" and c not in profile.reads]
            yield replace(
                _staged(profile.name, profile.dataset, made, raw, provides, note, names),
                unread=(*unread, *(key for key in raw.unread if key not in first_keys)),
            )


def _with_cells_of_dates(profile: Profile) -> Profile:
    """Return the profile for a workbook: beside dates typed as text, its real dates come as ISO."""
    given = profile.time_formats.items()
    formats = {name: tuple(dict.fromkeys((*forms, "iso"))) for name, forms in given}
    return replace(profile, time_formats=formats)


def _staged(
    source: str,
    dataset: str,
    frame: pl.DataFrame,
    raw: Raw,
    provides: frozenset[tuple[str, str]],
    note: str,
    read_from: dict[str, str],
    n_read: int | None = None,
) -> Staged:
    unreadable = raw.unreadable
    if len(unreadable):
        unreadable = unreadable.with_columns(mask_rows(unreadable["row"]))
    count = raw.n_read if n_read is None else n_read
    return Staged(
        source,
        dataset,
        frame,
        unreadable,
        provides,
        count,
        note,
        raw.position,
        raw.n_lines,
        read_from=read_from,
    )
