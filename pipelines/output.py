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


PIPE_WIDTH = 240
NAME_WIDTH = 32  # characters of the first column that are never cut

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
        # a pipe has no window to fit into: no column may be lost there
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        Console(highlight=False, width=width).print(_card(frame) if wide else _table(frame))


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
    for i, (name, kind) in enumerate(frame.schema.items()):
        # the first column names the row: in a narrow window others give way
        words = [len(_cell(value)) for value in frame.to_series(i)] if i == 0 else []
        table.add_column(
            name,
            justify="right" if kind.is_numeric() else "left",
            min_width=min(NAME_WIDTH, max(words, default=0)) or None,
        )
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
