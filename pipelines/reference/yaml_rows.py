"""Read YAML so that every value remembers its file and line: errors of reference data name both.

Mappings come back as `Row`, lists and scalars as plain values. Anchors work; merge keys do not.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import yaml

from pipelines.errors import ReferenceDataError, nearest

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class Place:
    """A file and a line to complain about."""

    def __init__(self, path: Path, line: int) -> None:
        self.path, self.line = path, line

    def fail(self, message: str) -> NoReturn:
        """Raise ReferenceDataError with the file, the line and the message."""
        raise ReferenceDataError(f"{self.path.name}:{self.line}: {message}")


class Row(dict[str, Any]):
    """A mapping with the place of each key."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def fail(self, message: str, key: str | None = None) -> NoReturn:
        """Complain about a key of this row (or the row itself)."""
        self.places.get(key or "", self.place).fail(message)

    def check(self, known: Iterable[str], required: Iterable[str] = ()) -> None:
        """Refuse unknown and missing keys."""
        known = list(known)
        for key in self:
            if key not in known:
                self.fail(
                    f"unknown key '{key}'{nearest(key, known)}. Known: {', '.join(known)}.", key
                )
        for key in required:
            if key not in self:
                self.fail(f"the key '{key}' is missing")

    def one_of(self, key: str, known: Iterable[str], default: str) -> str:
        """Return a word of a closed list."""
        word = self.get(key, default)
        self.word(word, known, key)
        return str(word)

    def word(self, word: object, known: Iterable[str], key: str) -> None:
        """Refuse a word that is not in the list."""
        known = list(known)
        if word not in known:
            self.fail(f"{key}: unknown '{word}'{nearest(str(word), known)}", key)

    def text(self, key: str, default: str = "") -> str:
        """Return a string."""
        value = self.get(key, default)
        if not isinstance(value, str):
            self.fail(f"{key}: '{value}' is not a text; put it into quotes", key)
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"{key}: '{value}' is not a number", key)
        return value

    def day(self, key: str) -> date | None:
        """Return a date; None where the key is absent or empty."""
        value = self.get(key)
        if value is not None and type(value) is not date:
            self.fail(f"{key}: '{value}' is not a date; write 2026-01-31", key)
        return value

    def duration(self, key: str, default: str | None = None) -> int:
        """Return a duration in seconds."""
        return self.seconds(self.get(key, default), key)

    def seconds(self, value: object, key: str) -> int:
        """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds."""
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None or not any(match.groups()):
            self.fail(
                f"{key}: '{value}' is no duration; write PT30S, PT5M, PT2H or P7D "
                f"(units S, M, H after T; D, W before it)",
                key,
            )
        numbers = [int(g or 0) for g in match.groups()]
        return sum(n * unit for n, unit in zip(numbers, (604800, 86400, 3600, 60, 1), strict=True))

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; one string is a list of one."""
        value = self.get(key, ())
        items = [value] if isinstance(value, str) else list(value or ())
        for item in items:
            if not isinstance(item, str):
                self.fail(f"{key}: '{item}' is not a text; put it into quotes", key)
        return tuple(items)

    def rows(self, key: str) -> "list[Row]":
        """Return a list of mappings."""
        value = self.get(key)
        if not isinstance(value, list) or not all(isinstance(v, Row) for v in value):
            self.fail(f"'{key}' must be a list of rows", key)
        return value

    def labels(self, key: str = "label", *, required: bool = True) -> tuple[str, str]:
        """Return the Russian and the English text of a label."""
        value = self.get(key)
        if value is None and not required:
            return "", ""
        if not isinstance(value, Row) or {"ru", "en"} - value.keys():
            self.fail(f"{key}: wants both languages, {{ru: …, en: …}}", key)
        value.check(("ru", "en"))
        return value.text("ru"), value.text("en")


def read_text(path: Path) -> str:
    """Read the text of one file.

    Raises:
        ReferenceDataError: no such file, or not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ReferenceDataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ReferenceDataError(f"{path.name}: is not UTF-8 text") from error


def read_yaml(path: Path, text: str) -> Row:
    """Read the text of the file of this path.

    Raises:
        ReferenceDataError: broken YAML, or not a mapping at the top.
    """
    try:
        loader = _LOADER(text)
        node = loader.get_single_node()
        value = _value(node, loader, path)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "broken YAML"
        raise ReferenceDataError(f"{path.name}:{line}: {problem}") from error
    if not isinstance(value, Row):
        raise ReferenceDataError(f"{path.name}:1: wants `key: …` at the top")
    return value


def unique(rows: Iterable[Row], key: str = "id") -> Iterator[Row]:
    """Yield the rows; refuse a second row with the same id."""
    seen: dict[str, int] = {}
    for row in rows:
        if key not in row:
            row.fail(f"the key '{key}' is missing")
        name = row.text(key)
        if name in seen:
            row.fail(f"duplicate {key} '{name}' (first in line {seen[name]})", key)
        seen[name] = row.place.line
        yield row


def days_of_week(row: Row, key: str = "days") -> range:
    """Read "1-5" or "6" (Monday is 1)."""
    first, _, last = str(row[key]).partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        row.fail(f"{key}: '{row[key]}' is not 1-5 or 6 (Monday is 1)", key)
    days = range(int(first), int(last or first) + 1)
    if not days or days[0] < 1 or days[-1] > 7:
        row.fail(f"{key}: '{row[key]}' is not within 1-7 (Monday is 1)", key)
    return days


def span(row: Row, key: str, word: str = "") -> tuple[int, int]:
    """Read "08:00-20:00" (the value of `key`, or one word of it) into seconds of the day."""
    word = word or row.text(key)
    opens, closes = seconds_of_day(row, key, word)
    if not 0 <= opens < closes <= 86400:
        row.fail(f"{key}: '{word}' does not open before it closes within one day", key)
    return opens, closes


def seconds_of_day(row: Row, key: str, word: str) -> tuple[int, int]:
    """Read two times of day, "22:00-08:00", into seconds; the second may be the earlier one."""
    parts = word.split("-")
    try:
        first, last = (int(p[:-3]) * 3600 + int(p[-2:]) * 60 for p in parts if p[-3] == ":")
    except (ValueError, IndexError):
        row.fail(f"{key}: '{word}' is not \"08:00-20:00\"", key)
    return first, last


def _value(node: yaml.Node | None, loader: Any, path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        row = Row(Place(path, node.start_mark.line + 1))
        for key_node, value_node in node.value:
            place = Place(path, key_node.start_mark.line + 1)
            key = str(loader.construct_object(key_node))
            if key in row:
                place.fail(f"the key '{key}' stands twice")
            row.places[key] = place
            row[key] = _value(value_node, loader, path)
        return row
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, loader, path) for item in node.value]
    if node is None:
        return None
    try:
        return loader.construct_object(node)
    except ValueError as error:  # what looks like a date and is none
        Place(path, node.start_mark.line + 1).fail(f"'{node.value}' is not a date ({error})")
