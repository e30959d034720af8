"""How a command shows frames and progress: table, json or csv on stdout; progress on stderr."""

import json
import sys
from datetime import date, datetime
from enum import StrEnum
from types import TracebackType
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table


class Format(StrEnum):
    """Forms of output."""

    table = "table"
    json = "json"
    csv = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="table, json or csv")]


def show(frame: pl.DataFrame, fmt: Format, *, wide: bool = False) -> None:
    """Print a frame on stdout; `wide` shows a table as one column and value a line."""
    if fmt is Format.json:
        rows = frame.to_dicts()
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1, default=_plain)
        sys.stdout.write("\n")
    elif fmt is Format.csv:
        sys.stdout.write(frame.write_csv())
    else:
        Console(highlight=False).print(_card(frame) if wide else _table(frame))


def show_parts(parts: dict[str, pl.DataFrame]) -> None:
    """Print several frames as tables under their titles; an empty one is left out."""
    console = Console(highlight=False)
    for title, frame in parts.items():
        if frame.height:
            if title:
                console.print(f"\n{title}")
            console.print(_table(frame))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".").replace(",", " ")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _table(frame: pl.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, kind in frame.schema.items():
        table.add_column(name, justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*(_cell(v) for v in row))
    return table


def _card(frame: pl.DataFrame) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for row in frame.iter_rows(named=True):
        for name, value in row.items():
            table.add_row(name, _cell(value))
        table.add_section()
    return table


class Progress:
    """A progress bar on stderr, called with what is done now, done, of total.

    Where stderr is no terminal, one line a step, so that a log stays readable.
    """

    def __init__(self, console: Console) -> None:
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._console = console
        self._said = ""

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show a step."""
        self._bar.update(self._task, description=step, completed=done, total=total or None)
        if not self._console.is_terminal and step and step != self._said:
            self._console.print(f"{step} {done}/{total}" if total else step)
            self._said = step
