"""`liniya subtopics …`: find the sub-topics of categories in texts; their figures are `metrics`."""

from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from pipelines.errors import UsageError, nearest
from pipelines.figures_cli import reader
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, show
from pipelines.problems.subtopic_rules import LEAST_TEXTS
from pipelines.settings import load

app = typer.Typer(
    no_args_is_help=True,
    help="Sub-topics inside a category, found in texts: suggestions for analysts.",
)
stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)


@app.callback()
def _group() -> None:
    """Keep `fit` a command of its own."""


@app.command()
def fit(
    category: Annotated[
        list[str] | None, typer.Option(help="only this one; may be repeated; default: all")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Find the sub-topics of each category in its latest texts; the worker does so each 28 days.

    Prints by category the version, distinct texts, topics, how many of them are new, the share of
    contacts that fit none, and the share of texts that kept their topic.

    Example: [bold]liniya subtopics fit --category document_upload[/bold] and then
    [bold]liniya metrics subtopics --where category=document_upload --format json[/bold]
    """
    wanted = category or []
    if wanted:
        known = reader().frame("select distinct category from lake.contacts")["category"]
        for one in wanted:
            if one not in known:
                raise UsageError(
                    f"no contact has category '{one}'{nearest(one, known.drop_nulls())}"
                )
    with Progress(stderr) as progress:
        told = do(load(), "subtopics", {"categories": wanted}, progress)
    show(pl.DataFrame(told, infer_schema_length=None), fmt)
    few = set(wanted) - {row["category"] for row in told}
    if few or not told:
        names = ", ".join(sorted(few)) or "every category"
        stderr.print(f"too few texts: {names}; {LEAST_TEXTS} different ones are needed")
