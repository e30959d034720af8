"""The command line `liniya`. Figures on stdout, everything else on stderr.

Exit codes: 0 done; 1 a check failed or the command could not finish; 2 wrong use.
"""

import logging
import os
import signal
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import polars as pl
import typer
from rich.console import Console

from pipelines.cli_quarantine import app as quarantine_app
from pipelines.errors import LiniyaError, QueryError, SettingsError, UsageError
from pipelines.figures_cli import reader, whole_day
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, show, show_parts
from pipelines.settings import load

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Линия: выполняет ли горячая линия свои обещания / does a hotline keep its promises.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
report_app = typer.Typer(no_args_is_help=True, help="Reports for executives.")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(report_app, name="report")

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
Groups = Annotated[str, typer.Option("--by", help="groups, comma between: line,channel,week …")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="k=v; several values with commas; may be repeated"),
]
FromOption = Annotated[str | None, typer.Option("--from", help="first day or moment, inclusive")]
ToOption = Annotated[str | None, typer.Option("--to", help="last day or moment, exclusive")]


def main() -> NoReturn:
    """Run the command line; our own errors become a message and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("pipelines").setLevel(logging.INFO)
    try:
        app(standalone_mode=True)
    except (UsageError, QueryError, SettingsError) as error:
        stderr.print(f"[red]{_plain(error)}", soft_wrap=True)
        raise SystemExit(2) from None
    except LiniyaError as error:
        stderr.print(f"[red]{_plain(error)}", soft_wrap=True)
        raise SystemExit(1) from None
    except BrokenPipeError:
        # the reader of our output left (| head): nothing to tell it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)


def _plain(error: Exception) -> str:
    return str(error).replace("[", r"\[")


@app.command()
def demo(
    days: Annotated[int, typer.Option(help="days of history to simulate")] = 56,
    contacts_per_day: Annotated[int, typer.Option(help="contacts a day")] = 5000,
    seed: Annotated[int, typer.Option(help="the same seed makes the same hotline")] = 7,
) -> None:
    """The whole product on simulated traffic that moves. Ctrl-C stops everything.

    Example: [bold]liniya demo[/bold]
    """
    from pipelines.demo import run_demo

    run_demo(load(), days=days, contacts_per_day=contacts_per_day, seed=seed)


@app.command()
def run() -> None:
    """Start the worker and the dashboard; Ctrl-C stops both.

    Put logs into the inbox (LINIYA_INBOX, default: inbox/ in the lake's home): whole files are
    ingested, `events` logs and `queue_log` are followed as they grow.
    """
    from pipelines.demo import run_services

    run_services(load())


@app.command()
def worker() -> None:
    """Run the worker alone: the one writer of the lake."""
    from pipelines.worker import run as run_worker

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    run_worker(load(), stop)


@app.command()
def dashboard() -> None:
    """Run the dashboard alone, on LINIYA_HOST and LINIYA_PORT."""
    from pipelines.demo import dashboard_command, ensure_port

    settings = load()
    ensure_port(settings)
    argv = dashboard_command()
    os.execv(argv[0], argv)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="folder for the logs")],
    days: Annotated[int, typer.Option(help="days of history")] = 7,
    contacts_per_day: Annotated[int, typer.Option(help="contacts a day")] = 5000,
    seed: Annotated[int, typer.Option(help="same seed, same logs")] = 7,
    live: Annotated[
        bool, typer.Option("--live", help="append today's events as they happen")
    ] = False,
    speed: Annotated[float, typer.Option(help="with --live: times faster than the clock")] = 1.0,
    dirt: Annotated[float, typer.Option(help="share of damaged rows")] = 0.02,
    truth: Annotated[Path | None, typer.Option(help="write what the simulator knows")] = None,
    end: Annotated[
        str | None, typer.Option(help="the day after the last one; default today")
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="folder of earlier simulated days to go on from")
    ] = None,
    incident: Annotated[
        float | None, typer.Option(help="with --live: minutes until a large outage begins")
    ] = None,
) -> None:
    """Simulate a hotline and write its canonical logs.

    Example: [bold]liniya simulate --out logs --days 14 --truth truth.json[/bold]
    """
    from pipelines import simulator

    settings = load()
    if live:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        out.mkdir(parents=True, exist_ok=True)
        simulator.live(
            out / "events.jsonl",
            contacts_per_day=contacts_per_day,
            seed=seed,
            speed=speed,
            zone=settings.zone,
            incident=incident,
            history=history,
            stop_event=stop,
        )
        return
    with Progress(stderr) as progress:
        simulator.simulate(
            out,
            days=days,
            contacts_per_day=contacts_per_day,
            seed=seed,
            dirt=dirt,
            truth=truth,
            end=date.fromisoformat(whole_day(end) or "") if end else None,
            zone=settings.zone,
            history=history,
            on_progress=progress,
        )
    stderr.print(f"{out}: {days} days written")


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="log files or folders of them")],
    source: Annotated[
        str | None, typer.Option(help="adapter or profile; default: the content decides")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show what would be read; write nothing")
    ] = False,
    beside: Annotated[
        Path | None,
        typer.Option("--with", help="the table a profile joins; default: found beside the log"),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Read logs into the lake: every row once, or in quarantine with its reason.

    Examples: [bold]liniya ingest logs/ --format json[/bold],
    [bold]liniya ingest requests.xlsx --source my_profile --dry-run[/bold]
    """
    settings = load()
    if dry_run:
        from pipelines.dryrun import dry_run as look

        seen = look(settings, paths, source, beside)
        if fmt is Format.table:
            show_parts(
                {
                    "": seen.files,
                    "columns / столбцы": seen.columns,
                    "not read / не читаются": seen.unread,
                    "rejected / в карантин": seen.rejected.drop("action"),
                }
            )
        else:
            show(pl.DataFrame(seen.documents()) if fmt is Format.json else seen.files, fmt)
        return
    from pipelines.ingest import files_of

    files_of([*paths, *([beside] if beside else [])])  # a wrong path is told at once, not by a job
    args = {"paths": [str(p.resolve()) for p in paths], "source": source}
    args["beside"] = str(beside.resolve()) if beside else None
    with Progress(stderr) as progress:
        found = do(settings, "ingest", args, progress)
    for row in found:
        if row["is_known"]:
            stderr.print(f"{row['file']}: already in the lake, nothing changed")
        elif row["note"]:
            stderr.print(f"{row['file']}: {row['note']}")
    keys = ("file", "source", "read", "accepted", "updated", "duplicate", "quarantined", "seconds")
    show(pl.DataFrame([{k: row[k] for k in keys} for row in found]), fmt)


@app.command()
def check(
    dataset: Annotated[str | None, typer.Option(help="one dataset only")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Check what the lake holds against its rules; exit code 1 where a critical one fails."""
    settings = load()
    with Progress(stderr) as progress:
        rows = do(settings, "check", {"dataset": dataset}, progress)
    show(pl.DataFrame(rows, infer_schema_length=None), fmt)
    if any(not row["is_success"] and row["severity"] == "critical" for row in rows):
        raise SystemExit(1)


@app.command()
def metrics(
    name: Annotated[
        str, typer.Argument(help="sla, volume, problems, operators, promises, quality")
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
    from pipelines.figures_cli import figures

    lake = reader()
    show(
        figures(
            lake,
            name,
            start=start,
            end=end,
            by=by,
            where=where or [],
            as_of=as_of,
            threshold=threshold,
            variant=variant,
        ),
        fmt,
    )


@app.command()
def rebuild(start: FromOption = None, end: ToOption = None) -> None:
    """Judge contacts again and build their marts, as after a change of promises."""
    args = {"start": whole_day(start), "end": whole_day(end)}
    with Progress(stderr) as progress:
        done = do(load(), "rebuild", args, progress)
    stderr.print(f"{done['days']} days, {done['contacts']} contacts made again")


@app.command()
def categorise(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show quality; write nothing")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Give contacts without a category one from their masked text; prints quality by category."""
    if dry_run:
        from pipelines.problems.categorise import quality

        show(quality(reader()), fmt)
        return
    with Progress(stderr) as progress:
        show(pl.DataFrame(do(load(), "categorise", {}, progress)), fmt)


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="contacts, legs, events or reviews")],
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


@report_app.command("week")
def report_week(
    week: Annotated[str, typer.Argument(help="ISO week, as 2026-W46")],
    out: Annotated[Path, typer.Option(help="FILE.pdf, FILE.html or FILE.xlsx")],
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
) -> None:
    """Write the one-page week.

    Example: [bold]liniya report week 2026-W46 --out week.pdf[/bold]
    """
    from pipelines.reports import write_week

    write_week(reader(), week, out, language=language)
    stderr.print(f"{out}: written")


@app.command()
def status(fmt: FormatOption = Format.table) -> None:
    """What the lake holds, how fresh it is, and who writes it."""
    from pipelines.status import status as look

    show(look(load()), fmt, wide=True)


@app.command()
def maintain(fmt: FormatOption = Format.table) -> None:
    """Upkeep of the lake: merge small files, let go of old versions."""
    with Progress(stderr) as progress:
        show(pl.DataFrame([do(load(), "maintain", {}, progress)]), fmt)


if __name__ == "__main__":
    main()
