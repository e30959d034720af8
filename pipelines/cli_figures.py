"""The commands that only read: `metrics`, `export` and `report`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.figures_cli import reader
from pipelines.output import Format, FormatOption, plain, show

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
BRIEF = {
    "incidents": (
        "incident_id",
        "category",
        "line",
        "region",
        "detected_at",
        "restored_at",
        "state",
        "citizens",
        "to_notify",
        "is_announced",
    ),
    "quality": ("dataset", "expectation", "severity", "n_rows", "n_failed", "quarantined"),
    "rhythm": ("source", "state", "newest_at", "age_s", "usual_gap_s", "delivery_s", "weeks"),
}
Groups = Annotated[
    str,
    typer.Option(
        "--by",
        help="groups, comma between, of: line, channel, category, class, operator, team, skill, "
        "promise, source, region, feedback_type, interval, hour, day, week, month, quarter, "
        "hour_of_day, weekday; quality: dataset, expectation",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="k=v; several values with commas; may be repeated"),
]
FromOption = Annotated[str | None, typer.Option("--from", help="first day or moment, inclusive")]
ToOption = Annotated[str | None, typer.Option("--to", help="last day or moment, exclusive")]


def metrics(
    name: Annotated[
        str,
        typer.Argument(
            help="sla, volume, problems, operators, promises, quality, reconciliation, unserved "
            "(today's, as of a moment), incidents; of sources: rhythm (silence), arrivals "
            "(volume a day)"
        ),
    ],
    start: FromOption = None,
    end: ToOption = None,
    by: Groups = "",
    where: Where = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="events after it do not exist")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="sla: seconds")] = None,
    variant: Annotated[str, typer.Option(help="sla: SL-1 … SL-5")] = "SL-1",
    fmt: FormatOption = Format.table,
) -> None:
    """Figures: the same as on the pages.

    Example: [bold]liniya metrics volume --from 2026-11-01 --to 2026-11-08 --by line[/bold]
    """
    from pipelines.figures_cli import figures, is_nothing, period, why_nothing

    lake = reader()
    found = figures(
        lake,
        name,
        start=start,
        end=end,
        by=by,
        where=where or [],
        as_of=as_of,
        threshold=threshold,
        variant=variant,
    )
    show(found, fmt, brief=() if by else BRIEF.get(name, ()))
    if is_nothing(found) and (why := why_nothing(lake, *period(lake, start, end), where or [])):
        stderr.print(plain(why))


def export(
    kind: Annotated[str, typer.Argument(help="contacts, legs, events, reviews or mismatches")],
    out: Annotated[Path, typer.Option(help="FILE.csv, FILE.parquet or FILE.xlsx")],
    columns: Annotated[str, typer.Option(help="columns, comma between; default all")] = "",
    start: FromOption = None,
    end: ToOption = None,
    where: Where = None,
) -> None:
    """Write rows of the lake to a file.

    Example: [bold]liniya export legs --from 2026-11-01 --to 2026-11-02 --out legs.csv[/bold]
    """
    from pipelines.export import export as write_export
    from pipelines.figures_cli import conditions, period

    lake = reader()
    first, last = period(lake, start, end)
    wanted = [c.strip() for c in columns.split(",") if c.strip()]
    n = write_export(lake, kind, wanted, first, last, conditions(where or []), out)
    stderr.print(f"{out}: {n} rows")


def report_week(
    week: Annotated[str, typer.Argument(help="ISO week, as 2026-W46")],
    out: Annotated[Path, typer.Option(help="FILE.pdf, FILE.html or FILE.xlsx")],
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
) -> None:
    """Write the one-page week.

    Example: [bold]liniya report week 2026-W46 --out week.pdf[/bold]
    """
    from pipelines.figures_cli import why_nothing
    from pipelines.metrics.query import parse_week
    from pipelines.reports import write_week

    lake = reader()
    write_week(lake, week, out, language=language)
    stderr.print(f"{out}: written")
    if why := why_nothing(lake, *parse_week(week, lake.settings.tz), []):
        stderr.print(plain(why))


def report_seed_map(
    out: Annotated[Path, typer.Option(help="FILE.html")],
    start: FromOption = None,
    end: ToOption = None,
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
    where: Where = None,
) -> None:
    """Write the public page sentence by sentence with its measured fulfilment: one HTML file.

    Example: [bold]liniya report seed-map --from 2026-11-01 --to 2026-12-01 --out map.html[/bold]
    """
    from pipelines.figures_cli import conditions, period, why_nothing
    from pipelines.metrics.query import Query
    from pipelines.reports import write_seed_map

    lake = reader()
    first, last = period(lake, start, end)
    write_seed_map(lake, Query(first, last, where=conditions(where or [])), out, language)
    stderr.print(f"{out}: written")
    if why := why_nothing(lake, first, last, where or []):
        stderr.print(plain(why))
