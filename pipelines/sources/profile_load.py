"""Profiles from YAML; every mistake is told with its line and the nearest right key."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ReferenceDataError
from pipelines.sources.canonical import COLUMNS, HAPPENED, ID, MESSAGE, REQUIRED
from pipelines.sources.happened import fills
from pipelines.sources.profile import FORMATS, WHICH, Listed, Profile, Taken
from pipelines.sources.profile_check import LINES, Check, Table

KEYS = (
    "name", "dataset", "format", "encoding", "delimiter", "quote", "header", "sheet", "records",
    "zone", "decimal", "recognised_by", "columns", "values", "constants", "time_formats", "units",
    "only_where", "events", "messages", "provides",
)  # fmt: skip
LIST_KEYS = (
    "file", "inside", "key", "optional", "columns", "values", "constants", "fallback",
    "time_formats", "take",
)  # fmt: skip
TAKE_KEYS = ("kind", "where", "which", "value", "constant", "time_formats", "operator_id")
FIELDS = {"events": tuple(HAPPENED), "messages": tuple(MESSAGE)}


class _Lines(yaml.SafeLoader):
    """YAML that remembers the line of every key, and reads times, dates and yes/no as text."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in lines:  # YAML would keep the last in silence
            told = f"the key '{key}' stands in line {lines[key]} already"
            raise yaml.MarkedYAMLError(problem=told, problem_mark=key_node.start_mark)
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
        return _load(path, path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        raise ReferenceDataError(f"{path.name}{where}: not YAML: {why}") from error


@lru_cache(maxsize=64)  # every ingest asks for all of them
def _load(path: Path, text: str) -> Profile:
    given = yaml.load(text, Loader=_Lines)
    if not isinstance(given, dict):
        raise ReferenceDataError(f"{path.name}: a profile is a mapping of keys {', '.join(KEYS)}")
    return _profile(Check(path.name, given), path)


def _profile(top: Check, path: Path) -> Profile:
    top.known(KEYS, "key")
    dataset = top.one_of("dataset", tuple(COLUMNS))
    own = tuple(c for c in COLUMNS[dataset] if c not in FIELDS)
    columns, values, constants, units, only_where = (
        top.table(k) for k in ("columns", "values", "constants", "units", "only_where")
    )
    time_formats = top.table_or_all("time_formats")
    for table in (columns, values, constants, time_formats, units, only_where):
        table.known((*own, *(["*"] if table is time_formats else [])), f"column of {dataset}")
    lists = tuple(_listed(top, name, dataset) for name in FIELDS if name in top.given)
    kinds = {taken.kind for one in lists for taken in one.take}
    filled = {c for c, fill in fills(dataset).items() if fill.kind in kinds}
    wanted = [c for c in REQUIRED[dataset] if c not in {*columns, *constants.given, *filled}]
    if wanted:
        raise top.error("columns", f"{dataset} needs {', '.join(wanted)}")
    for name in ("only_where", "values"):
        top.table(name).only(
            (*columns, *constants), f"a column under `columns`; {name} changes one"
        )
    return Profile(
        name=top.text("name") or path.stem,
        dataset=dataset,
        format=top.one_of("format", FORMATS) if "format" in top.given else "",
        columns={name: columns.cell(name) for name in columns},
        encoding=top.encoding(),
        delimiter=top.text("delimiter").replace("\\t", "\t"),
        quote=top.quote(),
        header=top.header(),
        sheet=top.text("sheet"),
        records=top.path("records"),
        zone=top.zone(),
        decimal=top.one_of("decimal", (",", ".")) if top.text("decimal") else "",
        recognised_by=top.words("recognised_by") or _own_id(columns, dataset),
        values={name: values.table(name).texts() for name in values},
        constants=constants.texts(),
        time_formats={name: time_formats.formats(name) for name in time_formats},
        units={name: units.unit(name) for name in units},
        only_where={name: only_where.table(name).lists() for name in only_where},
        lists=lists,
        provides=top.words("provides"),
        file=path.name,
        lines={
            name: columns.given[LINES].get(name, 0) for name in columns if LINES in columns.given
        },
    )


def _own_id(columns: Table, dataset: str) -> tuple[str, ...]:
    return columns.cell(ID[dataset]).columns[:1] if ID[dataset] in columns else ()


def _listed(top: Check, name: str, dataset: str) -> Listed:
    """Read `events` or `messages`."""
    if name not in COLUMNS[dataset]:
        raise top.error(name, f"rows of {dataset} have no list of {name}")
    table = top.table(name)
    table.known(LIST_KEYS, f"key of {name}")
    fields = FIELDS[name]
    columns, values, constants, fallback = (
        table.table(k) for k in ("columns", "values", "constants", "fallback")
    )
    for part in (columns, values, constants, fallback):
        part.known(fields, f"field of {name}")
    if bool(table.text("file")) == bool(table.text("inside")):
        raise table.error(
            name, "say either `file` (a table beside) or `inside` (a list in the row)"
        )
    if table.text("file") and not table.text("key"):
        raise table.error(name, "`key` is wanted: the column of that file with the id of our row")
    if fields[0] not in columns:
        raise table.error("columns", f"{name} need {fields[0]}")
    take = tuple(_taken(entry) for entry in table.entries("take"))
    if name == "events" and not take and "kind" not in {*columns, *constants}:
        raise table.error("take", "events need `take`, or a column of their `kind`")
    return Listed(
        name=name,
        file=table.text("file"),
        inside=table.path("inside"),
        key=table.text("key"),
        is_optional=table.flag("optional"),
        columns={field: columns.cell(field) for field in columns},
        values={field: values.table(field).texts() for field in values},
        constants=constants.texts(),
        fallback=fallback.texts(),
        time_formats=table.formats("time_formats"),
        take=take,
    )


def _taken(entry: Table) -> Taken:
    entry.known(TAKE_KEYS, "key of take")
    return Taken(
        kind=entry.kind("kind"),
        where=entry.table("where").lists(),
        which=entry.one_of("which", WHICH) if entry.text("which") else "all",
        value=entry.cell("value") if "value" in entry.given else None,
        constant=entry.text("constant"),
        time_formats=entry.formats("time_formats"),
        operator_id=entry.cell("operator_id") if "operator_id" in entry.given else None,
    )
