"""How a command shows frames and progress: table, json or csv on stdout; progress on stderr."""

import json
import sys
from collections.abc import Sequence
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

GAP = 2  # between columns
FOLDED = 20  # a text may be broken into lines of so many characters, a figure never


class Format(StrEnum):
    """Forms of output."""

    table = "table"
    json = "json"
    csv = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="table, json or csv")]


def show(
    frame: pl.DataFrame, fmt: Format, *, wide: bool = False, brief: Sequence[str] = ()
) -> None:
    """Print a frame on stdout.

    Args:
        frame: what to print.
        fmt: json and csv have every column.
        wide: a table shows one column and value a line.
        brief: the columns of a table, where all would not be read; none: all.
    """
    if fmt is Format.json:
        rows = frame.to_dicts()
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1, default=_plain)
        sys.stdout.write("\n")
    elif fmt is Format.csv:
        sys.stdout.write(frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z"))
    elif wide:
        Console(emoji=False, highlight=False).print(_card(frame))
    else:
        draw(frame.select(brief) if brief else frame, Console(emoji=False, highlight=False))


def draw(frame: pl.DataFrame, console: Console) -> None:
    """Print a frame as a table that cuts no figure.

    A pipe gets one line a row. On a screen headings and long texts are broken where they must be;
    what is still too wide runs over the edge, one row alone stands as names and values.
    """
    cells = [[_cell(v) for v in row] for row in frame.iter_rows()]
    texts = [not kind.is_numeric() for kind in frame.dtypes]
    whole = _widths(frame.columns, cells)
    if not console.is_terminal or _fits(whole, console.width):
        _print(frame.columns, cells, texts, whole, console)
        return
    heads = [name.replace("_", "\n") for name in frame.columns]
    narrow = _widths(heads, cells)
    least = [min(n, FOLDED) if is_text else n for n, is_text in zip(narrow, texts, strict=True)]
    if _fits(least, console.width):
        _print(heads, cells, texts, _grown(least, narrow, console.width), console)
    elif len(cells) == 1:
        console.print(_card(frame))
    else:
        _print(frame.columns, cells, texts, whole, console)


def _widths(heads: Sequence[str], cells: list[list[str]]) -> list[int]:
    return [
        max(len(line) for text in (head, *(row[i] for row in cells)) for line in text.split("\n"))
        for i, head in enumerate(heads)
    ]


def _fits(widths: Sequence[int], room: int) -> bool:
    return sum(widths) + GAP * (len(widths) - 1) <= room


def _grown(least: list[int], wanted: list[int], room: int) -> list[int]:
    """Give columns what is left of the room, the nearest to their wish first."""
    left = room - sum(least) - GAP * (len(least) - 1)
    grown = list(least)
    for i in sorted(range(len(least)), key=lambda i: wanted[i] - least[i]):
        more = min(wanted[i] - least[i], left)
        grown[i] += more
        left -= more
    return grown


def _print(
    heads: Sequence[str],
    cells: list[list[str]],
    texts: list[bool],
    widths: list[int],
    console: Console,
) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for head, width, is_text in zip(heads, widths, texts, strict=True):
        table.add_column(head, justify="left" if is_text else "right", width=width, overflow="fold")
    for row in cells:
        table.add_row(*row)
    room = sum(widths) + GAP * len(widths)
    console.width = max(room, console.width)  # a print is never wider than its console
    console.print(table, crop=False)


def plain(text: object) -> str:
    """Return a text in which Rich reads no markup."""
    return str(text).replace("[", r"\[")


def show_parts(parts: dict[str, pl.DataFrame]) -> None:
    """Print several frames as tables under their titles; an empty one is left out."""
    console = Console(emoji=False, highlight=False)
    for title, frame in parts.items():
        if frame.height:
            if title:
                console.print(f"\n{title}")
            draw(frame, console)


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
