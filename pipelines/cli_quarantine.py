"""`liniya quarantine list | show | retry`: rows that were not accepted, and why."""

from datetime import date
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from pipelines.figures_cli import reader, whole_day
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, show
from pipelines.settings import load

app = typer.Typer(no_args_is_help=True, help="Rows that were not accepted, and why.")
BRIEF = ("quarantine_id", "source", "file", "row_no", "reason")
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command("list")
def list_rows(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    day: Annotated[str | None, typer.Option(help="quarantined on this day")] = None,
    limit: Annotated[int, typer.Option(min=1, help="rows at most")] = 100,
    fmt: FormatOption = Format.table,
) -> None:
    """List rows held back, newest first.

    Example: [bold]liniya quarantine list --source calls --limit 20[/bold]
    """
    from pipelines.quality import quarantine_rows

    frame = quarantine_rows(
        reader(), source=source, day=date.fromisoformat(whole_day(day) or "") if day else None
    )
    show(frame.head(limit), fmt, brief=BRIEF)
    if len(frame) > limit:
        stderr.print(f"{limit} of {len(frame)} rows; --limit shows more")


@app.command("show")
def show_row(quarantine_id: str, fmt: FormatOption = Format.table) -> None:
    """Show one held row (masked), what it broke and what to do.

    Example: [bold]liniya quarantine show ID[/bold], an ID of `liniya quarantine list`
    """
    from pipelines.quality import quarantine_row

    show(quarantine_row(reader(), quarantine_id), fmt, wide=True)


@app.command("retry")
def retry(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Take held rows through the checks again, after a change of rules or reference data.

    Example: [bold]liniya quarantine retry --source calls[/bold]
    """
    with Progress(stderr) as progress:
        tried = do(load(), "retry", {"source": source}, progress)
    if tried or fmt is not Format.table:
        show(pl.DataFrame(tried), fmt)
    if not tried:
        stderr.print("No row is held that could be tried again; torn lines stay as they are.")
