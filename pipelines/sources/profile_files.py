"""Which files stand beside a table: found by name and by their columns, or told."""

import contextlib
import fnmatch
from pathlib import Path

from pipelines.errors import SourceError, nearest
from pipelines.sources.formats import EMPTY, NESTED, Way, file_format, names
from pipelines.sources.json_paths import first_key
from pipelines.sources.json_rows import Wanted
from pipelines.sources.profile import Listed, Profile


def way_of_list(listed: Listed) -> Way:
    """Return how the file of a list is read: as its content says."""
    return Way(wanted=Wanted(lambda _: False, listed.reads))


def files_beside(path: Path, listed: Listed, told: Path | None = None) -> list[Path]:
    """Return the files a list is read from: the one told, else all that fit by name and columns.

    Several (a month each) are read together: a row belongs to the table's row its key names.
    """
    if told:
        return [told]
    pattern = _pattern(path, listed)
    if (path.parent / pattern).is_file():
        return [path.parent / pattern]
    return [p for p in sorted(path.parent.glob(pattern)) if p != path and _has_columns(p, listed)]


def misfits_beside(path: Path, listed: Listed, told: Path | None = None) -> list[str]:
    """Return of each file that fits by its name and key, but lacks a column, what it lacks.

    A history left out in silence would look as if nothing had happened.
    """
    said = []
    for other in sorted(path.parent.glob(_pattern(path, listed))) if not told else ():
        form, found = _columns(other)
        missing = [c for c in listed.reads if c not in found]
        # rows of JSON name their own columns: one that is absent may come
        if other != path and form not in NESTED and missing and listed.key in found:
            close = nearest(missing[0], found)
            said.append(f"{other.name} has no column '{missing[0]}'{close} and is not read")
    return said


def companions(path: Path, profile: Profile | None, told: Path | None = None) -> list[Path]:
    """Return every file read together with a table of a profile."""
    if profile is None:
        return []
    return [f for one in profile.lists if one.file for f in files_beside(path, one, told)]


def table_of(path: Path, profiles: list[Profile]) -> Profile | None:
    """Return the profile whose tables a file only stands beside; None: it is a table itself."""
    for profile in profiles:
        for listed in profile.lists:
            pattern = listed.file.replace("{stem}", "*")
            if pattern and fnmatch.fnmatch(path.name, pattern) and _has_columns(path, listed):
                return profile
    return None


def _pattern(path: Path, listed: Listed) -> str:
    return listed.file.replace("{stem}", path.name.split(".")[0])


def _has_columns(path: Path, listed: Listed) -> bool:
    form, found = _columns(path)
    reads = {first_key(c) for c in listed.reads} if form in NESTED else set(listed.reads)
    return reads <= found


def _columns(path: Path) -> tuple[str, set[str]]:
    """Return the form of a file and the columns it names: none where it cannot be read."""
    with contextlib.suppress(SourceError):
        if path.is_file():
            form = file_format(path)
            return form, names(path, form)
    return EMPTY, set()
