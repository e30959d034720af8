"""`liniya review …`: sample contacts to review, list reviews, agreement of reviewers, appeals."""

import getpass
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console

from pipelines.errors import ActError, UsageError
from pipelines.figures_cli import conditions, period, reader
from pipelines.jobs import do
from pipelines.lake.connect import Lake
from pipelines.metrics import Query, appeals, calibration, critical, reviews
from pipelines.output import Format, FormatOption, Progress, show
from pipelines.reviews import sampling
from pipelines.reviews.acts import acts
from pipelines.reviews.form import check_frozen
from pipelines.settings import load

app = typer.Typer(no_args_is_help=True, help="Scorecard reviews: sampling, results, calibration.")
stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
From = Annotated[str | None, typer.Option("--from", help="of receipt, inclusive")]
To = Annotated[str | None, typer.Option("--to", help="of receipt, exclusive")]
Who = Annotated[
    str, typer.Option(help="who samples: an id of people.yml that reviews; default: your user")
]
By = Annotated[str, typer.Option(help="reviewers, comma between; default: all that review")]
LIST_BRIEF = ("reviewed_at", "operator_id", "reviewer", "how", "state", "score", "critical",
              "contact_id")  # fmt: skip
APPEAL_BRIEF = ("appeal_id", "about", "operator_id", "contact_id", "state", "text", "decided_by")


class Part(StrEnum):
    """What `liniya review calibration` answers with."""

    criteria = "criteria"
    reviewers = "reviewers"


@app.command()
def sample(
    start: From = None,
    end: To = None,
    quota: Annotated[int | None, typer.Option(help="contacts an operator")] = None,
    double: Annotated[float | None, typer.Option(help="share reviewed by two, 0 to 1")] = None,
    seed: Annotated[int, typer.Option(help="the same seed draws the same contacts")] = 1,
    by: By = "",
    who: Who = "",
) -> None:
    """Draw contacts at random, as many of each operator, and assign them; prints what was drawn.

    Example: [bold]liniya review sample --from 2026-11-01 --to 2026-12-01 --who analyst[/bold]
    """
    if double is not None and not 0 <= double <= 1:
        raise UsageError(f"--double {double}: it is a share, 0 to 1")
    lake = reader()
    days = _days(lake, start, end)
    _assign(lake, who, sampling.draw, *days, seed=seed, quota=quota, double_share=double,
            by=_names(by))  # fmt: skip


@app.command()
def risky(
    start: From = None,
    end: To = None,
    most: Annotated[int, typer.Option(help="how many of the riskiest")] = 10,
    by: By = "",
    who: Who = "",
) -> None:
    """Assign the riskiest contacts: for coaching, they never enter the score.

    Example: [bold]liniya review risky --most 20 --who analyst[/bold]
    """
    lake = reader()
    days = _days(lake, start, end)
    _assign(lake, who, sampling.take_risky, *days, most=most, by=_names(by))


@app.command("list")
def list_(
    start: From = None,
    end: To = None,
    where: Annotated[
        list[str] | None, typer.Option(help="operator, category, line, channel")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Reviews of contacts received in a period; blind pairs stay blind.

    Example: [bold]liniya review list --where operator=op-0001 --format csv[/bold]
    """
    lake = reader()
    query = Query(*period(lake, start, end), where=conditions(where or []))
    show(reviews(lake, query), fmt, brief=LIST_BRIEF)


@app.command("critical")
def critical_(start: From = None, end: To = None, fmt: FormatOption = Format.table) -> None:
    """The gate of critical criteria by operator, with Wilson's interval.

    Example: [bold]liniya review critical --from 2026-11-01[/bold]
    """
    lake = reader()
    show(critical(lake, Query(*period(lake, start, end))), fmt)


@app.command("calibration")
def calibration_(
    part: Annotated[Part, typer.Argument(help="criteria or reviewers")] = Part.criteria,
    start: From = None,
    end: To = None,
    fmt: FormatOption = Format.table,
) -> None:
    """How well blind pairs agree by criterion, or how lenient each reviewer is.

    Example: [bold]liniya review calibration reviewers[/bold]
    """
    lake = reader()
    found: pl.DataFrame = calibration(lake, Query(*period(lake, start, end)))[part]
    show(found, fmt)


@app.command("appeals")
def appeals_(fmt: FormatOption = Format.table) -> None:
    """What operators contest, open ones first, and what was decided.

    Example: [bold]liniya review appeals --format json[/bold]
    """
    show(appeals(reader()), fmt, brief=APPEAL_BRIEF)


@app.command()
def form() -> None:
    """Hold every used version of scorecard.yml to what it was; prints the versions.

    Example: [bold]liniya review form[/bold]
    """
    lake = reader()
    found = acts(lake.settings, kinds=("form_used",))
    check_frozen(lake.reference, found)
    frozen = {act.subject for act in found}
    for one in lake.reference.forms:
        is_frozen = f"form:{one.valid_from}" in frozen
        print(f"{one.valid_from} {len(one.criteria)} {'frozen' if is_frozen else 'free'}")


def _names(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None


def _days(lake: Lake, start: str | None, end: str | None) -> tuple[Any, Any]:
    """Return the local days of a period, end exclusive."""
    first, last = period(lake, start, end)
    tz = lake.settings.tz
    until = (last - timedelta(microseconds=1)).astimezone(tz).date() + timedelta(days=1)
    return first.astimezone(tz).date(), until


def _assign(lake: Lake, who: str, act: Any, *args: Any, **more: Any) -> None:
    """Sample now, and bring it into the lake: here, or by the worker that holds it."""
    try:
        made = act(lake, who or getpass.getuser(), lake.now(), *args, **more)
    except ActError as error:
        if error.code == "not_a_reviewer":
            raise UsageError(f"{error}. Give --who with an id of people.yml.") from error
        raise
    with Progress(stderr) as progress:
        do(load(), "acts", {}, progress)
    show(pl.DataFrame([asdict(made)]), Format.table)
