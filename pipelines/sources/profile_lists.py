"""Rows that belong to a row of a table: events or messages from a file beside it, or inside of it.

The file beside is read once and kept in columns on disk, so that its size does not matter: of every
part of the table only the rows that belong to it are looked up.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import SourceError, nearest
from pipelines.sources.canonical import HAPPENED, ID, MESSAGE
from pipelines.sources.formats import raw_rows
from pipelines.sources.happened import fills
from pipelines.sources.json_paths import json_path
from pipelines.sources.profile_files import files_beside, way_of_list
from pipelines.sources.profile import Listed, Profile, Taken
from pipelines.sources.profile_rows import filled, fits, meant, value_of
from pipelines.sources.provides import provided
from pipelines.sources.times import read_times
from pipelines.sources.typed import as_text, plain

_KEY = "\x00key"
_FIELDS = {"events": HAPPENED, "messages": MESSAGE}
_TIME = {"events": "event_at", "messages": "sent_at"}


@dataclass
class Lists:
    """The lists of one file of a profile, ready to be asked part by part."""

    profile: Profile
    zone: str
    files: dict[str, Path] = field(default_factory=dict)  # list -> folder of its kept rows
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Names of the lists that are there."""
        return [one.name for one in self.profile.lists if one.inside or one.name in self.files]

    def of(self, frame: pl.DataFrame, made: pl.DataFrame) -> list[pl.Series]:
        """Return a column a list for the rows of a part.

        Args:
            frame: rows of the table as they stand in the file. made: as the profile reads them.
        """
        return [self._of(one, frame, made) for one in self.profile.lists if one.name in self.names]

    def _of(self, listed: Listed, frame: pl.DataFrame, made: pl.DataFrame) -> pl.Series:
        rows = (
            _inside(frame, listed)
            if listed.inside
            else _beside(self.files[listed.name], made, ID[self.profile.dataset])
        )
        for name, column in listed.fallback.items():
            rows = rows.join(made.select("row_no", **{f"\x00{name}": column}), on="row_no")
        if listed.name == "events":
            one = _events(rows, listed, self.zone)
        else:
            formats = self.profile.time_formats
            one = _messages(rows, listed, self.zone, formats.get("*", ()))
        shape = _FIELDS[listed.name]
        lists = one.sort("row_no", _TIME[listed.name], maintain_order=True).group_by("row_no").agg(
            m=pl.struct(pl.col(c).cast(t) for c, t in shape.items())
        )
        joined = frame.select("row_no").join(lists, on="row_no", how="left", maintain_order="left")
        empty = pl.lit([], pl.List(pl.Struct(shape)))
        return joined.select(pl.coalesce("m", empty).alias(listed.name)).to_series()


def kinds_of(listed: Listed) -> set[str]:
    """Return the kinds of event a list can hold."""
    named = {kind for kind in listed.values.get("kind", {}).values() if kind}
    return {taken.kind for taken in listed.take} | named | set(listed.constants.get("kind", "").split())


def profile_provides(profile: Profile, names: list[str]) -> frozenset[tuple[str, str]]:
    """Return what the source can know: what the profile says, else what its columns give.

    Args:
        profile: the profile. names: of its lists that are there.
    """
    items = set(profile.provides)
    if not items:
        present = {*profile.columns, *profile.constants, *(n for n in names if n != "events")}
        kinds = {k for one in profile.lists if one.name in names for k in kinds_of(one)}
        present |= {c for c, fill in fills(profile.dataset).items() if fill.kind in kinds}
        items = provided(profile.dataset, present) | kinds
    return frozenset((profile.name, item) for item in items)


@contextlib.contextmanager
def open_lists(path: Path, profile: Profile, zone: str, told: Path | None) -> Iterator[Lists]:
    """Read the files beside a table and keep what of them may be asked for.

    Raises:
        SourceError: a file that is needed is not there, or lacks a column.
    """
    with tempfile.TemporaryDirectory(prefix="liniya-") as folder:
        lists = Lists(profile, zone)
        for listed in profile.lists:
            files = files_beside(path, listed, told) if listed.file else []
            if files:
                lists.files[listed.name] = Path(folder) / listed.name
                lists.notes.append(_keep(files, listed, profile, lists.files[listed.name]))
            elif listed.file:
                what = f"{path.name}: no {listed.file} beside it, so its {listed.name} are unknown"
                if not listed.is_optional:
                    raise SourceError(f"{what}. Put it there, or name it: --with FILE.")
                lists.notes.append(what)
        yield lists


def _keep(files: list[Path], listed: Listed, profile: Profile, folder: Path) -> str:
    """Write the columns that matter to Parquet files; return what to say of it."""
    folder.mkdir()
    n_parts = n_rows = n_torn = 0
    for file in files:
        for raw in raw_rows(file, way_of_list(listed)):
            found = [c for c in raw.frame.columns if c != "row_no"]
            if missing := [c for c in listed.reads if c not in found]:
                raise SourceError(
                    f"{file.name}: {profile.file} reads column '{missing[0]}' of its {listed.name}"
                    f"{nearest(missing[0], found)}, which is not in it. "
                    f"Found: {', '.join(found[:40])}."
                )
            key = plain(raw.frame[listed.key], "id").rename(_KEY)
            kept = raw.frame.select(listed.reads).with_columns(key)
            if len(files) > 1:  # a column may be of another type in each of them
                kept = kept.select(as_text(kept[c]) for c in kept.columns)
            kept.write_parquet(folder / f"{n_parts}.parquet")
            n_parts, n_rows = n_parts + 1, n_rows + len(kept)
            n_torn += len(raw.unreadable)
    torn = f", {n_torn} lines cannot be read" if n_torn else ""
    return f"{', '.join(file.name for file in files)}: {n_rows} rows of {listed.name}{torn}"


def _beside(folder: Path, made: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the kept rows that belong to rows of the table, with their row_no."""
    keys = made.select("row_no", plain(made[column], "id").rename(_KEY)).drop_nulls()
    found = [
        pl.scan_parquet(file).join(keys.lazy(), on=_KEY, maintain_order="left")
        for file in sorted(folder.iterdir(), key=lambda p: int(p.stem))
    ]
    if not found:
        return keys.clear().select("row_no")
    rows = pl.concat(found, how="vertical_relaxed").collect(engine="streaming")
    return rows.unique(maintain_order=True)  # exports overlap


def _inside(frame: pl.DataFrame, listed: Listed) -> pl.DataFrame:
    """Return the elements of the list in each row: row_no and a column a path that is read."""
    paths = [json_path(path) for path in listed.reads]
    with duckdb.connect() as con:
        con.register("rows", frame.select("row_no", j=as_text(frame[listed.inside])))
        sql = """
            select row_no, json_extract_string(item, $1) as cells from (
                select row_no, unnest(from_json(j, '["JSON"]')) as item from rows
                where json_valid(j) and json_type(j) = 'ARRAY'
            )
        """
        found = con.sql(sql, params=[paths]).pl()
    cells = found["cells"].list.to_struct(fields=list(listed.reads)).struct.unnest()
    return cells.insert_column(0, found["row_no"])


def _fields(rows: pl.DataFrame, listed: Listed, zone: str, formats: tuple[str, ...]) -> pl.DataFrame:
    """Return row_no and the fields the list names, the time read."""
    when, kept = _TIME[listed.name], [rows["row_no"]]
    for name, cell in listed.columns.items():
        formats = listed.time_formats or formats
        value = value_of(rows, cell, zone, formats, is_time=name == when)
        if name in listed.values:
            value = meant(value, listed.values[name])
        if name == when:
            value = read_times(filled(value), zone, formats)
        kept.append(value.rename(name))
    frame = pl.DataFrame(kept).with_columns(
        pl.lit(value).alias(name) for name, value in listed.constants.items()
    )
    for name, column in listed.fallback.items():
        other = rows[f"\x00{name}"].alias(name)
        other = read_times(filled(other), zone, formats) if name == when else as_text(other)
        frame = frame.with_columns(
            frame[name].fill_null(other) if name in frame.columns else other.rename(name)
        )
    return frame


def _messages(
    rows: pl.DataFrame, listed: Listed, zone: str, formats: tuple[str, ...]
) -> pl.DataFrame:
    one = _fields(rows, listed, zone, formats)
    text = [pl.col(c).cast(pl.String, strict=False) for c in ("sender", "operator_id", "text") if c in one.columns]
    absent = [pl.lit(None, t).alias(c) for c, t in MESSAGE.items() if c not in one.columns]
    return one.with_columns(*text, *absent)


def _events(rows: pl.DataFrame, listed: Listed, zone: str) -> pl.DataFrame:
    """Return row_no and the fields of events: of each way a row is taken, and of kinds it names."""
    base = _fields(rows, listed, zone, ())
    base = base.with_columns(
        pl.lit(None, t).alias(c) for c, t in HAPPENED.items() if c not in base.columns
    )
    named = base.filter(pl.col("kind").is_not_null() & pl.col("event_at").is_not_null())
    made = [named, *(_taken(rows, base, taken, zone) for taken in listed.take)]
    shape = ["row_no", *HAPPENED]
    text = [pl.col(c).cast(pl.String, strict=False) for c in HAPPENED if c != "event_at"]
    return pl.concat([one.select(shape).with_columns(*text) for one in made])


def _taken(rows: pl.DataFrame, base: pl.DataFrame, taken: Taken, zone: str) -> pl.DataFrame:
    made = base.with_columns(pl.lit(taken.kind).alias("kind"))
    if taken.operator_id:
        made = made.with_columns(
            value_of(rows, taken.operator_id, zone).rename("operator_id")
        )
    keep = fits(rows, taken.where) & base["event_at"].is_not_null()
    if taken.value:
        value = value_of(rows, taken.value, zone)
        if taken.time_formats:
            moment = read_times(filled(value), zone, taken.time_formats, is_due=True)
            value = moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        if taken.time_formats or taken.value.match:
            keep &= value.is_not_null()
        made = made.with_columns(as_text(value).rename("value"))
    if taken.constant:
        made = made.with_columns(value=pl.lit(taken.constant))
    made = made.filter(keep)
    if taken.which == "all":
        return made
    made = made.sort("row_no", "event_at", maintain_order=True)
    place = pl.int_range(pl.len()).over("row_no")
    is_it = {"first": place == 0, "later": place > 0, "last": place == pl.len().over("row_no") - 1}
    return made.filter(is_it[taken.which])

