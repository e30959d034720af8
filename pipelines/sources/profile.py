"""Source profiles: a YAML file says how somebody else's log reads as one of the six datasets.

`data/sources/spb_appeals.yml` is the commented example; docs/sources.md describes every key.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ReferenceDataError
from pipelines.sources.canonical import COLUMNS, ID, REQUIRED
from pipelines.sources.profile_check import LINES, Check, without_lines

KEYS = (
    "name",
    "dataset",
    "format",
    "encoding",
    "delimiter",
    "zone",
    "recognised_by",
    "columns",
    "values",
    "constants",
    "time_formats",
    "only_where",
    "provides",
)
FORMATS = ("csv", "jsonl", "parquet")


@dataclass(frozen=True)
class Profile:
    """One profile, checked."""

    name: str
    dataset: str
    format: str
    columns: dict[str, str]  # canonical column -> column of the file
    encoding: str = ""
    delimiter: str = ""
    zone: str = ""
    recognised_by: tuple[str, ...] = ()  # columns that together tell this file
    values: dict[str, dict[str, str]] | None = None  # canonical column -> {found: meant}
    constants: dict[str, str] | None = None
    time_formats: dict[str, tuple[str, ...]] | None = None
    # canonical column -> {column of the file: values for which the canonical one counts}
    only_where: dict[str, dict[str, tuple[str, ...]]] | None = None
    provides: tuple[str, ...] = ()  # instead of what follows from the columns


class _Lines(yaml.SafeLoader):
    """YAML that remembers the line of every key, and reads times, dates and yes/no as text."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        made[key] = loader.construct_object(value_node, deep=True)
        lines[key] = key_node.start_mark.line + 1
    made[LINES] = lines
    return made


_Lines.add_constructor("tag:yaml.org,2002:map", _mapping)
_Lines.yaml_implicit_resolvers = {}


def load_profiles(folder: Path, reserved: tuple[str, ...] = ()) -> dict[str, Profile]:
    """Read every `*.yml` of a folder; an absent folder holds none.

    Raises:
        ReferenceDataError: a profile is wrong; the message names file, line and nearest right key.
    """
    profiles: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.yml")):
        profile = load_profile(path)
        if profile.name in reserved or profile.name in profiles:
            raise ReferenceDataError(
                f"{path.name}: the name '{profile.name}' is taken; choose another"
            )
        profiles[profile.name] = profile
    return profiles


def load_profile(path: Path) -> Profile:
    """Read and check one profile.

    Raises:
        ReferenceDataError: see load_profiles.
    """
    try:
        given = yaml.load(path.read_text("utf-8"), Loader=_Lines)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        raise ReferenceDataError(f"{path.name}{where}: not YAML: {why}") from error
    if not isinstance(given, dict):
        raise ReferenceDataError(f"{path.name}: a profile is a mapping of keys {', '.join(KEYS)}")
    check = Check(path.name, given)
    check.known(given, KEYS, "key")
    dataset = check.one_of("dataset", tuple(COLUMNS))
    columns = without_lines(check.table("columns"))
    constants = without_lines(check.table("constants"))
    formats = without_lines(check.table("time_formats"))
    for part in ("columns", "values", "constants", "time_formats", "only_where"):
        check.known(check.table(part), tuple(COLUMNS[dataset]), f"column of {dataset}")
    if missing := [c for c in REQUIRED[dataset] if c not in columns and c not in constants]:
        raise check.error("columns", f"{dataset} needs {', '.join(missing)}")
    return Profile(
        name=check.text("name") or path.stem,
        dataset=dataset,
        format=check.one_of("format", FORMATS),
        columns={k: str(v) for k, v in columns.items()},
        encoding=check.encoding(),
        delimiter=check.delimiter(),
        zone=check.zone(),
        recognised_by=tuple(map(str, given.get("recognised_by") or [columns.get(ID[dataset], "")])),
        values={
            k: {str(a): str(b) for a, b in v.items()} for k, v in check.tables("values").items()
        },
        constants={k: str(v) for k, v in constants.items()},
        time_formats={k: _words(v) for k, v in formats.items()},
        only_where={
            k: {a: _words(b) for a, b in v.items()} for k, v in check.tables("only_where").items()
        },
        provides=_words(given.get("provides")),
    )


def _words(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
