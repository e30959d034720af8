"""Checks of a profile's keys, each with the line it stands on."""

import codecs
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.errors import ReferenceDataError, nearest

LINES = "\x00lines"  # where the loader keeps the line of every key of a mapping


class Check:
    """Reads keys of one profile; raises ReferenceDataError with file, line and what was wanted."""

    def __init__(self, file: str, given: dict[str, Any]) -> None:
        self.file, self.given = file, given

    def error(
        self, key: str, what: str, within: dict[str, Any] | None = None
    ) -> ReferenceDataError:
        """Return the error of a key, with its line where it has one."""
        line = (within or self.given).get(LINES, {}).get(key)
        return ReferenceDataError(f"{self.file}{f' line {line}' if line else ''}: {key}: {what}")

    def known(self, table: dict[str, Any], names: Iterable[str], what: str) -> None:
        """Refuse a key that is not among the names."""
        names = tuple(names)
        for key in table:
            if key != LINES and key not in names:
                raise self.error(key, f"unknown {what}{nearest(key, names)}", table)

    def text(self, key: str) -> str:
        """Return a plain value, empty when absent."""
        value = self.given.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, "one value is wanted here")
        return value

    def one_of(self, key: str, names: tuple[str, ...]) -> str:
        """Return a value that must be one of the names."""
        value = self.text(key)
        if value not in names:
            raise self.error(key, f"it must be one of {', '.join(names)}{nearest(value, names)}")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Return a mapping, empty when absent."""
        value = self.given.get(key) or {}
        if not isinstance(value, dict):
            raise self.error(key, "a mapping 'name: value' is wanted here")
        return value

    def tables(self, key: str) -> dict[str, dict[str, Any]]:
        """Return a mapping of mappings, empty when absent."""
        outer = {name: table for name, table in self.table(key).items() if name != LINES}
        for name, table in outer.items():
            if not isinstance(table, dict):
                raise self.error(name, "a mapping is wanted here", self.table(key))
        return {name: without_lines(table) for name, table in outer.items()}

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
            codecs.lookup(name or "utf-8")
        except LookupError as error:
            raise self.error("encoding", f"no encoding '{name}'") from error
        return name

    def delimiter(self) -> str:
        """Return the delimiter: one character."""
        value = self.text("delimiter").replace("\\t", "\t")
        if len(value) > 1:
            raise self.error("delimiter", "it must be one character, or \\t")
        return value


def without_lines(table: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping without the lines of its keys."""
    return {key: value for key, value in table.items() if key != LINES}
