"""A source profile: how somebody else's file reads as one of our datasets. Read by profile_load.py.

docs/sources.md describes every key; the files of `data/sources/` are commented examples.
"""

from dataclasses import dataclass, field

FORMATS = ("csv", "jsonl", "json", "parquet", "xlsx")
WHICH = ("all", "first", "later", "last")


@dataclass(frozen=True)
class Cell:
    """Where a value comes from: a column (JSON: a path), or what is made of several."""

    columns: tuple[str, ...]
    is_first_of: bool = False  # the first of them that is there and filled; else all, by a space
    match: str = ""  # regular expression: its first group is the value
    plus: tuple[str, ...] = ()  # columns of durations that are added to the time
    unit: str = ""  # of `plus`
    is_optional: bool = False  # a file without the column is no error

    def __str__(self) -> str:
        """Say it for people."""
        text = (" | " if self.is_first_of else " + ").join(self.columns)
        text += "".join(f" + {column}" for column in self.plus)
        return f"{text} ~ {self.match}" if self.match else text

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column it needs."""
        return (*self.columns, *self.plus)


@dataclass(frozen=True)
class Taken:
    """A row of a list that becomes an event, and of which kind."""

    kind: str
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    which: str = "all"  # of the rows of one contact that fit, by time
    value: Cell | None = None
    constant: str = ""
    time_formats: tuple[str, ...] = ()  # the value is a time, and written so
    operator_id: Cell | None = None


@dataclass(frozen=True)
class Listed:
    """Rows that belong to one row of the table: a file beside it, or a list inside the row."""

    name: str  # events or messages
    file: str = ""  # name or pattern, {stem} is the table's own
    inside: str = ""  # path of the list in the row
    key: str = ""  # column of the file with the id of the table's row
    is_optional: bool = False
    columns: dict[str, Cell] = field(default_factory=dict)  # field of an event or a message
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    fallback: dict[str, str] = field(default_factory=dict)  # field -> our column, where empty
    time_formats: tuple[str, ...] = ()
    take: tuple[Taken, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column of the list's rows that is needed."""
        cells = [*self.columns.values()]
        for taken in self.take:
            cells += [c for c in (taken.value, taken.operator_id) if c]
        names = [name for cell in cells for name in cell.reads]
        names += [name for taken in self.take for name in taken.where]
        return tuple(dict.fromkeys([*([self.key] if self.key else []), *names]))


@dataclass(frozen=True)
class Profile:
    """One profile, checked."""

    name: str
    dataset: str
    columns: dict[str, Cell]  # canonical column -> where it comes from
    format: str = ""  # empty: as the content says
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    header: int | None = None  # line of the column names, 0: none
    sheet: str = ""
    records: str = ""  # path of the list of rows in a JSON document
    zone: str = ""
    decimal: str = ""
    recognised_by: tuple[str, ...] = ()  # columns that together tell this file
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    time_formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    # canonical column -> {column of the file: values for which the canonical one counts}
    only_where: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    lists: tuple[Listed, ...] = ()
    provides: tuple[str, ...] = ()  # instead of what follows from the columns
    file: str = ""  # the profile's own file
    lines: dict[str, int] = field(default_factory=dict)  # canonical column -> line of the profile

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column of the table that is needed."""
        names = [name for cell in self.columns.values() for name in cell.reads]
        names += [column for where in self.only_where.values() for column in where]
        names += [one.inside for one in self.lists if one.inside]
        return tuple(dict.fromkeys(names))
