"""`liniya subtopics …`: find sub-topics in texts, name, merge and hide them; `metrics` counts."""

from typing import Annotated

import polars as pl
import typer

from pipelines.cli_act import Who, act, stderr
from pipelines.errors import UsageError, nearest
from pipelines.figures_cli import reader
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, show
from pipelines.problems.subtopic_rules import LEAST_TEXTS
from pipelines.settings import load
from pipelines.shift import subtopics as acts

app = typer.Typer(
    no_args_is_help=True,
    help="Sub-topics inside a category, found in texts: suggestions for analysts.",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="of `liniya metrics subtopics`")]


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


@app.command()
def rename(
    topic: Id,
    name: Annotated[str, typer.Argument(help="masked; empty: the machine's name again")],
    who: Who = "",
) -> None:
    """Give a sub-topic a name of your own.

    Example: [bold]liniya subtopics rename form_error-3 "Код не приходит на почту" --who anna[/bold]
    """
    act(reader(), acts.rename, who, topic, name)


@app.command()
def merge(
    topic: Id,
    into: Annotated[str, typer.Argument(metavar="INTO", help="of the same category")],
    who: Who = "",
) -> None:
    """Count the contacts of a sub-topic as those of another; `split` undoes it.

    Example: [bold]liniya subtopics merge form_error-5 form_error-3[/bold]
    """
    act(reader(), acts.merge, who, topic, into)


@app.command()
def split(topic: Id, who: Who = "") -> None:
    """Let a merged sub-topic count for itself again.

    Example: [bold]liniya subtopics split form_error-5[/bold]
    """
    act(reader(), acts.split, who, topic)


@app.command()
def hide(topic: Id, who: Who = "") -> None:
    """Take a sub-topic out of the list; its contacts stay counted. `show` brings it back.

    Example: [bold]liniya subtopics hide form_error-7[/bold]
    """
    act(reader(), acts.hide, who, topic)


@app.command("show")
def show_(topic: Id, who: Who = "") -> None:
    """Bring a hidden sub-topic back into the list.

    Example: [bold]liniya subtopics show form_error-7[/bold]
    """
    act(reader(), acts.show, who, topic)
