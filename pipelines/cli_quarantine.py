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
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command("list")
def list_rows(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    day: Annotated[str | None, typer.Option(help="quarantined on this day")] = None,
    limit: Annotated[int, typer.Option(help="rows at most")] = 100,
    fmt: FormatOption = Format.table,
) -> None:
    """List rows held back, newest first."""
    from pipelines.quality import quarantine_rows

    frame = quarantine_rows(
        reader(), source=source, day=date.fromisoformat(whole_day(day) or "") if day else None
    )
    show(frame.head(limit), fmt)
    if len(frame) > limit:
        stderr.print(f"{limit} of {len(frame)} rows; --limit shows more")


@app.command("show")
def show_row(quarantine_id: str, fmt: FormatOption = Format.table) -> None:
    """Show one held row (masked), what it broke and what to do."""
    from pipelines.quality import quarantine_row

    show(quarantine_row(reader(), quarantine_id), fmt, wide=True)


@app.command("retry")
def retry(
    source: Annotated[str | None, typer.Option(help="one source only")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Take held rows through the checks again, after a change of rules or reference data."""
    with Progress(stderr) as progress:
        show(pl.DataFrame(do(load(), "retry", {"source": source}, progress)), fmt)
