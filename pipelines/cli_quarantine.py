"""`liniya quarantine list | show | retry`: rows that were not accepted, and why."""

from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from pipelines.figures_cli import reader, whole_day
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, show
from pipelines.settings import load

app = typer.Typer(no_args_is_help=True, help="Rows that were not accepted, and why.")
LISTED = (
    "quarantine_id", "quarantined_at", "source", "dataset", "file", "row_no", "expectations",
    "reason",
)  # fmt: skip
SHOWN = (*LISTED, "action", "status", "row_at", "row")
BRIEF = ("quarantine_id", "source", "file", "row_no", "reason")
_NONE_HELD = "No row is held that could be tried again. Torn lines need their file: --from"
_NONE_OF_THE_FILES = (
    "No row is held of these files that could be tried again. A file is known by its content: one "
    "that was mended since is another; `liniya ingest` reads it."
)
stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_rows(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    day: Annotated[str | None, typer.Option(help="rows that speak of this day")] = None,
    by: Annotated[
        str, typer.Option("--by", help="count instead, by: day, source, dataset, file, expectation")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="rows at most")] = 100,
    fmt: FormatOption = Format.table,
) -> None:
    """List rows held back, newest first, or count them.

    Example: [bold]liniya quarantine list --source calls --by day,expectation[/bold]
    """
    from pipelines.metrics import quarantine, quarantine_counts

    lake = reader()
    on = date.fromisoformat(whole_day(day) or "") if day else None
    if groups := tuple(name.strip() for name in by.split(",") if name.strip()):
        show(quarantine_counts(lake, by=groups, source=source, day=on), fmt)
        return
    found = quarantine(lake, source=source, day=on, limit=limit)
    show(found.select(LISTED), fmt, brief=BRIEF)
    if len(found) and (total := found["total"][0]) > limit:
        stderr.print(f"{limit} of {total} rows; --limit shows more")


@app.command("show")
def show_row(quarantine_id: str, fmt: FormatOption = Format.table) -> None:
    """Show one held row (masked), what it broke and what to do.

    Example: [bold]liniya quarantine show ID[/bold], an ID of `liniya quarantine list`
    """
    from pipelines.metrics import quarantine_row

    show(quarantine_row(reader(), quarantine_id).select(SHOWN), fmt, wide=True)


@app.command("retry")
def retry(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    paths: Annotated[
        list[Path] | None,
        typer.Option("--from", exists=True, help="file or folder the rows came from"),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Take held rows through the checks again, after a change of rules, reference or a profile.

    Rows whose file lies in the inbox, or is named by --from, are read from it again: a changed
    profile and torn lines need that. The others are checked as they were staged.

    Example: [bold]liniya quarantine retry --source calls --from logs/calls.csv[/bold]
    """
    given = [str(path.resolve()) for path in paths or ()]
    with Progress(stderr) as progress:
        tried = do(load(), "retry", {"source": source, "paths": given}, progress)
    if tried or fmt is not Format.table:
        show(pl.DataFrame(tried), fmt)
    if not tried:
        stderr.print(_NONE_OF_THE_FILES if given else _NONE_HELD)
