"""Checks of a profile's keys, each with the line it stands on."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from pipelines.errors import ReferenceDataError, nearest
from pipelines.reference.vocabulary import EVENT_KINDS
from pipelines.sources.json_paths import is_path
from pipelines.sources.numbers import CLOCKS, UNITS
from pipelines.sources.profile import Cell
from pipelines.sources.times import FORMATS

LINES = "\x00lines"  # where the loader keeps the line of every key of a mapping
CELL_KEYS = ("column", "first_of", "match", "plus", "unit", "optional")


class Table:
    """Reads one mapping of a profile; raises ReferenceDataError with file, line and what to do."""

    def __init__(self, file: str, given: dict[str, Any], line: int = 0) -> None:
        self.file, self.given, self.line = file, given, line

    def __iter__(self) -> Iterator[str]:
        return (key for key in self.given if key != LINES)

    def __contains__(self, key: object) -> bool:
        return key in self.given and key != LINES

    def error(self, key: str, what: str) -> ReferenceDataError:
        """Return the error of a key, with its line where it has one."""
        line = self.given.get(LINES, {}).get(key) or self.line
        return ReferenceDataError(f"{self.file}{f' line {line}' if line else ''}: {key}: {what}")

    def known(self, names: Iterable[str], what: str) -> None:
        """Refuse a key that is not among the names."""
        names = tuple(names)
        for key in self:
            if key not in names:
                raise self.error(key, f"unknown {what}{nearest(key, names)}")

    def only(self, names: Iterable[str], what: str) -> None:
        """Refuse a key that needs another one to mean anything."""
        names = tuple(names)
        for key in self:
            if key not in names:
                raise self.error(key, f"not {what}{nearest(key, names)}")

    def text(self, key: str) -> str:
        """Return a plain value, empty when absent."""
        value = self.given.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, "one value is wanted here")
        return value

    def texts(self) -> dict[str, str]:
        """Return a mapping whose values are all plain."""
        return {key: self.text(key) for key in self}

    def words(self, key: str) -> tuple[str, ...]:
        """Return one value or a list of them, empty when absent."""
        value = self.given.get(key) or []
        words = value if isinstance(value, list) else [value]
        if not all(isinstance(word, str) for word in words):
            raise self.error(key, "a value, or a list of values, is wanted here")
        return tuple(words)

    def lists(self) -> dict[str, tuple[str, ...]]:
        """Return a mapping whose values are lists."""
        return {key: self.words(key) for key in self}

    def one_of(self, key: str, names: tuple[str, ...]) -> str:
        """Return a value that must be one of the names."""
        value = self.text(key)
        if value not in names:
            raise self.error(key, f"it must be one of {', '.join(names)}{nearest(value, names)}")
        return value

    def flag(self, key: str) -> bool:
        """Return yes or no; no when absent."""
        return key in self and self.one_of(key, ("true", "false")) == "true"

    def table(self, key: str) -> "Table":
        """Return a mapping, empty when absent."""
        value = self.given.get(key) or {}
        if not isinstance(value, dict):
            raise self.error(key, "a mapping 'name: value' is wanted here")
        return Table(self.file, value, self.given.get(LINES, {}).get(key) or self.line)

    def table_or_all(self, key: str) -> "Table":
        """Return a mapping; a value that is none is meant for every column, `*`."""
        value = self.given.get(key) or {}
        if isinstance(value, dict):
            return self.table(key)
        line = self.given.get(LINES, {}).get(key) or self.line
        return Table(self.file, {"*": value}, line)

    def entries(self, key: str) -> list["Table"]:
        """Return a list of mappings, empty when absent."""
        value = self.given.get(key) or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.error(key, "a list of mappings is wanted here")
        return [Table(self.file, v, min(v[LINES].values(), default=self.line)) for v in value]

    def formats(self, key: str) -> tuple[str, ...]:
        """Return forms of a time: names of FORMATS or strptime formats."""
        forms = self.words(key)
        for form in forms:
            if form not in FORMATS and "%" not in form:
                what = f"'{form}' is neither {', '.join(FORMATS)} nor a format like %d.%m.%Y"
                raise self.error(key, f"{what}{nearest(form, FORMATS)}")
        return forms

    def unit(self, key: str) -> str:
        """Return a unit of durations."""
        return self.one_of(key, (*UNITS, *CLOCKS))

    def path(self, key: str) -> str:
        """Return a path into JSON, empty when absent."""
        value = self.text(key)
        if value and not is_path(value):
            raise self.error(key, f"'{value}' is no path like data.payload or list[0].name")
        return value

    def expression(self, key: str) -> str:
        """Return a regular expression with a group, empty when absent."""
        value = self.text(key)
        try:
            pl.Series([""]).str.extract(value, 1)
            groups = re.compile(value).groups
        except (pl.exceptions.PolarsError, re.error) as error:
            raise self.error(key, "not a regular expression") from error
        if value and not groups:
            raise self.error(key, "put the part that is wanted in brackets")
        return value

    def kind(self, key: str) -> str:
        """Return the kind of an event."""
        return self.one_of(key, EVENT_KINDS)

    def cell(self, key: str) -> Cell:
        """Return where a value comes from: a column, several, or a mapping of CELL_KEYS."""
        value = self.given.get(key)
        if not isinstance(value, dict):
            columns = self.words(key)
            if not all(columns):
                raise self.error(key, "the name of a column is wanted here")
            return Cell(columns)
        inner = self.table(key)
        inner.known(CELL_KEYS, "key")
        columns = inner.words("first_of") or inner.words("column")
        if not columns or ("first_of" in inner) == ("column" in inner):
            raise self.error(key, "`column` or `first_of` is wanted here")
        return Cell(
            columns,
            is_first_of="first_of" in inner,
            match=inner.expression("match"),
            plus=inner.words("plus"),
            unit=inner.unit("unit") if "unit" in inner else "",
            is_optional=inner.flag("optional"),
        )


class Check(Table):
    """The keys of the whole profile that need a check of their own."""

    def zone(self) -> str:
        """Return the time zone, which must exist."""
        name = self.text("zone")
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise self.error("zone", f"no time zone '{name}'") from error
        return name

    def encoding(self) -> str:
        """Return the encoding, which must exist."""
        name = self.text("encoding")
        try:
            "".encode(name or "utf-8")
            return codecs.lookup(name).name if name else ""
        except (LookupError, ValueError) as error:
            raise self.error("encoding", f"no encoding '{name}'") from error

    def quote(self) -> str:
        """Return the quote: one character, or none."""
        value = self.text("quote") if "quote" in self else '"'
        if value == "none":
            return ""
        if len(value) != 1:
            raise self.error("quote", "it must be one character, or none")
        return value

    def header(self) -> int | None:
        """Return the line of the column names, 0 for none, None where it is not said."""
        value = self.text("header")
        if not value:
            return None
        if value == "none":
            return 0
        if not value.isdecimal() or not 0 < int(value) < 1000:
            raise self.error("header", "it must be the number of a line, or none")
        return int(value)
