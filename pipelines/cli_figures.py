"""The commands that only read: `metrics`, `export` and `report`."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.errors import UsageError
from pipelines.figures_cli import reader
from pipelines.jobs import do
from pipelines.lake.connect import Lake
from pipelines.output import Format, FormatOption, Progress, plain, show
from pipelines.settings import load

stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
SHOWN_CHANGES = 12
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
    "topics": (
        "category",
        "contacts",
        "citizens",
        "repeats",
        "excess",
        "abandoned_share",
        "handle_mean_s",
        "kept_share",
        "rating_share",
    ),
    "subtopics": ("subtopic", "name", "contacts", "citizens", "share", "usual_share", "ratio"),
    "resolution": ("category", "mature", "followed", "fcr", "provisional", "day_share"),
    "failures": ("category", "failures", "by_incident", "by_fault", "by_repeat", "hours", "posts"),
    "actions": ("category", "text", "owner", "due_on", "state", "ratio", "low", "high", "verdict"),
    "coaching": (
        "operator",
        "place",
        "component",
        "gain",
        "category",
        "n",
        "value",
        "expected",
        "probability",
        "points",
    ),
    "coached": (
        "operator",
        "state",
        "component",
        "category",
        "text",
        "due_on",
        "done_on",
        "change",
        "low",
        "high",
        "verdict",
    ),
    "quality": ("dataset", "expectation", "severity", "n_rows", "n_failed", "quarantined"),
    "rhythm": ("source", "state", "newest_at", "age_s", "usual_gap_s", "delivery_s", "weeks"),
}
Groups = Annotated[
    str,
    typer.Option(
        "--by",
        help="groups, comma between, of: line, channel, category, class, subtopic, operator, team, "
        "skill, promise, source, region, feedback_type, menu_choice, interval, hour, day, week, "
        "month, quarter, hour_of_day, weekday; promises: regime (staffed, off_hours), "
        "peak (peak, other), time_zone (of the citizen's region); quality: dataset, expectation",
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
            "(today's, as of a moment), served (citizens of a period whom no channel served in 24 "
            "hours), incidents; topics (problems with queues, handling, deadlines, ratings), "
            "subtopics (of one category, found in texts: --where category=…), "
            "resolution (first contact), failures (work made by faults), "
            "emerging, persistent (problems that begin, that keep coming), actions (against them, "
            "with their effect), funnel (each component of the score with its limits), "
            "coaching (where help would move a score most), coached (what was "
            "agreed with operators, with its effect), due (answers due by law, by the day they "
            "fall due), aside (what stands beside promises, never in a share: attempts and people, "
            "repeats, contacts flagged complex with no time of the flag), risk (lines and days of "
            "the week after --to that would miss the goal), "
            "why (what moved shares and means against the period before: mix of lines, topics, "
            "hours, and the rest; --where figure=level, csat, wait, handle or promise:<id>); of "
            "sources: rhythm (silence), arrivals (volume a day)"
        ),
    ],
    start: FromOption = None,
    end: ToOption = None,
    by: Groups = "",
    where: Where = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="events after it do not exist")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="sla: seconds; default: service_level_within of settings.yml"),
    ] = None,
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
        tell=lambda text: stderr.print(plain(text)),
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
    week: Annotated[str, typer.Argument(metavar="PERIOD", help="2026-W46, 2026-11 or 2026-Q4")],
    out: Annotated[Path | None, typer.Option(help="FILE.pdf, FILE.html or FILE.xlsx")] = None,
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
    edition: Annotated[
        str | None,
        typer.Option(help="number, or now; default: the newest published, else as it is now"),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="compare with this earlier period, or last-year (holidays aligned)"),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="keep the figures as they are now as an edition")
    ] = False,
) -> None:
    """Write the one-page week, month or quarter, and publish it.

    A published week is written as it was published, whatever came in later; what later data
    changed is told, and published again it is a revised edition beside the first.

    Example: [bold]liniya report week 2026-W46 --publish --out week.pdf[/bold]
    """
    from pipelines.figures_cli import why_nothing
    from pipelines.metrics.periods import parse_period
    from pipelines.reports.out import check_out
    from pipelines.reports.write import ENDINGS, write_week

    if out is None and not publish:
        raise UsageError("nothing to do: name a file with --out, or --publish the week")
    if out:
        check_out(out, ENDINGS)
    if publish:
        _publish(week)
    lake = reader()
    if out is None:
        return
    write_week(lake, week, out, language=language, edition=edition, against=against)
    stderr.print(f"{out}: written")
    if not (publish or against):
        _tell_edition(lake, week, edition)
    if why := why_nothing(lake, *parse_period(week, lake.settings.tz), []):
        stderr.print(plain(why))


def _publish(week: str) -> None:
    with Progress(stderr) as progress:
        made = do(load(), "publish", {"period": week, "who": getpass.getuser()}, progress)
    words = "published" if made["is_new"] else "nothing changed since"
    stderr.print(f"{made['period']}: edition {made['number']} ({made['kind']}) {words}")


def _tell_edition(lake: Lake, period: str, wanted: str | None) -> None:
    """Say which edition was written, and what is different by now."""
    from pipelines.editions.read import NOW, edition, figures_of
    from pipelines.metrics import differences
    from pipelines.metrics import week as week_now

    if wanted == NOW:
        return
    found = edition(lake, period, int(wanted) if wanted else None)
    if found is None:
        return
    changed = differences(figures_of(lake, found.edition_id), week_now(lake, period))
    stderr.print(
        f"edition {found.number} ({found.kind}), published "
        f"{found.published_at.astimezone(lake.settings.tz):%Y-%m-%d %H:%M}; "
        f"by later data {len(changed)} figures differ"
    )
    for one in changed[:SHOWN_CHANGES]:
        stderr.print(f"  {one.name}: {one.was} -> {one.now}")


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


def report_operator(
    out: Annotated[Path, typer.Option(help="FILE.pdf or FILE.xlsx")],
    operators: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    team: Annotated[list[str] | None, typer.Option(help="all of a team; may be repeated")] = None,
    start: FromOption = None,
    end: ToOption = None,
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
) -> None:
    """Write operators' cards: score, its reasons, coaching; one A4 sheet each, without names.

    Of the latest stored period of scores within --from and --to.

    Example: [bold]liniya report operator op-0001 --out card.pdf[/bold]
    """
    from pipelines.figures_cli import period
    from pipelines.metrics.query import Query
    from pipelines.reports.card_write import write_cards

    if not operators and not team:
        raise UsageError("whose card? name operators, or a team with --team")
    lake = reader()
    query = Query(*period(lake, start, end))
    n = write_cards(lake, query, out, language, operators or (), team or ())
    stderr.print(f"{out}: {n} written")
