"""Rows that belong to a row of a table: events or messages from a file beside it, or inside of it.

The file beside is read once and kept in columns on disk, so that its size does not matter: of every
part of the table only the rows that belong to it are looked up.
"""

import contextlib
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.errors import SourceError, nearest
from pipelines.sources.canonical import ID
from pipelines.sources.formats import raw_rows
from pipelines.sources.happened import fills
from pipelines.sources.listed_rows import (
    FIELDS_OF,
    TIME_OF,
    events_of,
    fallback_column,
    messages_of,
    rows_inside,
)
from pipelines.sources.profile import Listed, Profile
from pipelines.sources.profile_files import files_beside, misfits_beside, way_of_list
from pipelines.sources.provides import provided
from pipelines.sources.typed import as_text, plain

_KEY = "\x00key"


@dataclass
class Lists:
    """The lists of one file of a profile, ready to be asked part by part."""

    profile: Profile
    zone: str
    files: dict[str, Path] = field(default_factory=dict)  # list -> folder of its kept rows
    several: set[str] = field(default_factory=set)  # lists read from more than one file
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
            rows_inside(frame, listed)
            if listed.inside
            else _beside(self.files[listed.name], made, ID[self.profile.dataset])
        )
        if listed.name in self.several:
            rows = rows.unique(maintain_order=True)  # exports overlap
        for name, column in listed.fallback.items():
            rows = rows.join(made.select("row_no", **{fallback_column(name): column}), on="row_no")
        if listed.name == "events":
            one = events_of(rows, listed, self.zone)
        else:
            formats = self.profile.time_formats
            one = messages_of(rows, listed, self.zone, formats.get("*", ()))
        shape = FIELDS_OF[listed.name]
        lists = (
            one.sort("row_no", TIME_OF[listed.name], maintain_order=True)
            .group_by("row_no")
            .agg(m=pl.struct(pl.col(c).cast(t) for c, t in shape.items()))
        )
        joined = frame.select("row_no").join(lists, on="row_no", how="left", maintain_order="left")
        empty = pl.lit([], pl.List(pl.Struct(shape)))
        return joined.select(pl.coalesce("m", empty).alias(listed.name)).to_series()


def kinds_of(listed: Listed) -> set[str]:
    """Return the kinds of event a list can hold."""
    named = {kind for kind in listed.values.get("kind", {}).values() if kind}
    return (
        {taken.kind for taken in listed.take}
        | named
        | set(listed.constants.get("kind", "").split())
    )


def profile_provides(
    profile: Profile, names: list[str], found: Collection[str] | None = None
) -> frozenset[tuple[str, str]]:
    """Return what the source can know: what the profile says, else what its columns give.

    Args:
        profile: the profile. names: of its lists that are there.
        found: columns of the file; a column of ours that reads none of them is not known. None:
            the file does not name its columns once for all rows.
    """
    items = set(profile.provides)
    if not items:
        known = {
            name
            for name, cell in profile.columns.items()
            if found is None or not set(cell.reads).isdisjoint(found)
        }
        present = {*known, *profile.constants, *(n for n in names if n != "events")}
        kinds = {k for one in profile.lists if one.name in names for k in kinds_of(one)}
        present |= {c for c, fill in fills(profile.dataset).items() if fill.kind in kinds}
        items = {*provided(profile.dataset, present), *kinds}
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
            lists.notes += misfits_beside(path, listed, told) if listed.file else []
            if len(files) > 1:
                lists.several.add(listed.name)
            if files:
                lists.files[listed.name] = Path(folder) / listed.name
                lists.notes.append(_keep(files, listed, profile, lists.files[listed.name]))
            elif listed.file:
                what = f"no {listed.file} beside it, so its {listed.name} are unknown"
                mend = "Put it there, or name it: --with FILE"
                if not listed.is_optional:
                    raise SourceError(f"{path.name}: {what}. {mend}.")
                lists.notes.append(f"{what}. {mend}")
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
    return pl.concat(found, how="vertical_relaxed").collect(engine="streaming")
