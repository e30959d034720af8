"""The command line `liniya`. Figures on stdout, everything else on stderr.

Exit codes: 0 done; 1 a check failed or the command could not finish; 2 wrong use.
"""

import logging
import os
import signal
import sys
import threading
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Annotated, NoReturn

import polars as pl
import typer
from rich.console import Console

from pipelines.cli_alerts import app as alerts_app
from pipelines.cli_figures import (
    FromOption,
    ToOption,
    export,
    metrics,
    report_operator,
    report_seed_map,
    report_week,
)
from pipelines.cli_incident import app as incident_app
from pipelines.cli_quarantine import app as quarantine_app
from pipelines.cli_review import app as review_app
from pipelines.cli_subtopics import app as subtopics_app
from pipelines.errors import LiniyaError, QueryError, SettingsError, SourceError, UsageError
from pipelines.figures_cli import reader, whole_day
from pipelines.jobs import do
from pipelines.output import Format, FormatOption, Progress, plain, show, show_parts
from pipelines.settings import load

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Линия: выполняет ли горячая линия свои обещания / does a hotline keep its promises.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
report_app = typer.Typer(no_args_is_help=True, help="Reports for executives.")
app.add_typer(alerts_app, name="alerts")
app.add_typer(incident_app, name="incident")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(report_app, name="report")
app.add_typer(review_app, name="review")
app.add_typer(subtopics_app, name="subtopics")

stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
CHECK_BRIEF = ("expectation", "severity", "n_rows", "n_failed", "is_success")


def main() -> NoReturn:
    """Run the command line; our own errors become a message and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("pipelines").setLevel(logging.INFO)
    try:
        app(standalone_mode=True)
    except (UsageError, QueryError, SettingsError) as error:
        stderr.print(f"[red]{_told(error)}", soft_wrap=True)
        raise SystemExit(2) from None
    except LiniyaError as error:
        stderr.print(f"[red]{_told(error)}", soft_wrap=True)
        raise SystemExit(1) from None
    except BrokenPipeError:
        # the reader of our output left (| head): nothing to tell it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        if not error.strerror:  # of no file: a fault of ours, its trace says where
            raise
        where = f"{error.filename}: " if error.filename else ""
        stderr.print(
            f"[red]{plain(where)}{error.strerror}. Choose a folder this user may write, "
            f"with space in it."
        )
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)


def _told(error: Exception) -> str:
    from pipelines.cleaning.mask import shown

    # a file's name or a header may hold a citizen's name
    return plain(shown(str(error)))


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f"liniya {metadata.version('liniya')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print it and stop")
    ] = False,
) -> None:
    """Say what the program is; its own options."""


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

    Put logs into the inbox (LINIYA_INBOX, default: inbox/ in the lake's home):
    whole files are ingested, events logs and queue_log are followed as they grow.

    Example: [bold]LINIYA_HOME=/srv/liniya liniya run[/bold]
    """
    from pipelines.demo import run_services

    run_services(load())


@app.command()
def worker() -> None:
    """Run the worker alone: the one writer of the lake.

    Example: [bold]LINIYA_INBOX=/var/log/asterisk liniya worker[/bold]
    """
    from pipelines.worker import run as run_worker

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    run_worker(load(), stop)


@app.command()
def dashboard() -> None:
    """Run the dashboard alone, on LINIYA_HOST and LINIYA_PORT.

    Example: [bold]LINIYA_PORT=8600 liniya dashboard[/bold]
    """
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
    confounded: Annotated[
        bool, typer.Option("--confounded", help="hard matters go to those who solve most")
    ] = False,
) -> None:
    """Simulate a hotline and write its canonical logs.

    Example: [bold]liniya simulate --out logs --days 14 --truth truth.json[/bold]

    A faster clock: [bold]LINIYA_CLOCK=data liniya run[/bold] and beside it
    [bold]liniya simulate --live --speed 60 --out INBOX[/bold]
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
            confounded=confounded,
            reference=settings.reference,
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
    again: Annotated[
        bool, typer.Option("--again", help="known files too, as after a change of their profile")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Read logs into the lake: every row once, or in quarantine with its reason.

    A file that cannot be read at all stays out, the others come in; the exit code is then 1, of a
    dry run too.

    Example: [bold]liniya ingest logs/ --format json[/bold] or
    [bold]liniya ingest requests.xlsx --source my_profile --dry-run[/bold]
    """
    from pipelines.ingest import check_source, files_of
    from pipelines.sources import Context

    settings = load()
    files_of([*paths, *([beside] if beside else [])])  # a wrong call is told at once
    if source is not None:
        check_source(source, Context.of(settings))
    if dry_run:
        from pipelines.dryrun import dry_run as look

        seen = look(settings, paths, source, beside)
        if fmt is Format.table:
            show_parts(seen.parts())
        else:
            show(pl.DataFrame(seen.documents()) if fmt is Format.json else seen.files, fmt)
        raise typer.Exit(int(seen.files.get_column("error").count() > 0))
    args = {"paths": [str(p.resolve()) for p in paths], "source": source, "again": again}
    args["beside"] = str(beside.resolve()) if beside else None
    with Progress(stderr) as progress:
        found = do(settings, "ingest", args, progress)
    for row in found:
        if row["is_known"]:
            note = "; ".join(filter(None, ("--again reads it once more", row["note"])))
            stderr.print(f"{row['file']}: already in the lake, nothing changed; {note}")
        elif row["note"]:
            stderr.print(f"{row['file']}: {row['note']}")
        if row["quarantined"] and not row["is_known"]:
            stderr.print(
                f"{row['file']}: {row['quarantined']} of {row['read']} rows held; "
                f"`liniya quarantine list --source {row['source']}` says why"
            )
    keys = ("file", "source", "read", "accepted", "updated", "duplicate", "quarantined", "seconds")
    read = [{k: row[k] for k in keys} for row in found if not row["error"]]
    if read or fmt is not Format.table:
        show(pl.DataFrame(read, schema=None if read else keys), fmt)
    if wrong := [row["error"] for row in found if row["error"]]:
        head = [f"{len(wrong)} of {len(found)} files not read:"] if len(found) > 1 else []
        raise SourceError("\n".join([*head, *wrong]))


@app.command()
def check(
    dataset: Annotated[str | None, typer.Option(help="one dataset only")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Check what the lake holds against its rules; exit code 1 where a critical one fails.

    Example: [bold]liniya check --dataset calls[/bold]
    """
    settings = load()
    with Progress(stderr) as progress:
        rows = do(settings, "check", {"dataset": dataset}, progress)
    show(pl.DataFrame(rows, infer_schema_length=None), fmt, brief=CHECK_BRIEF)
    for row in rows:
        if not row["is_success"]:
            stderr.print(plain(f"{row['expectation']}: {row['description']}. {row['action']}"))
    if any(not row["is_success"] and row["severity"] == "critical" for row in rows):
        raise SystemExit(1)


app.command()(metrics)


@app.command()
def rebuild(start: FromOption = None, end: ToOption = None) -> None:
    """Judge contacts again and build their marts, as after a change of promises.

    Example: [bold]liniya rebuild --from 2026-11-01 --to 2026-11-08[/bold]
    """
    args = {"start": whole_day(start), "end": whole_day(end)}
    if args["start"] and args["end"] and args["end"] <= args["start"]:
        raise UsageError(f"--to {end} is not later than --from {start}")
    with Progress(stderr) as progress:
        done = do(load(), "rebuild", args, progress)
    stderr.print(f"{done['days']} days, {done['contacts']} contacts made again")


@app.command()
def categorise(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show quality; write nothing")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Give contacts without a category one from their masked text, where the model is sure.

    Prints by category how many it named, how many recorded ones their text contradicts, and how
    well it does on texts it has not seen.

    Example: [bold]liniya categorise --dry-run[/bold]
    """
    if dry_run:
        from pipelines.problems.categorise import quality

        show(quality(reader()), fmt)
        return
    with Progress(stderr) as progress:
        named = do(load(), "categorise", {}, progress)
    show(pl.DataFrame(named, infer_schema_length=None), fmt)
    left = sum(row["assigned"] for row in named if row["category"] == "undetermined")
    if left:
        stderr.print(f"{left} contacts wait for an analyst: Проблемы, Разметка.")


app.command()(export)
report_app.command("week")(report_week)
report_app.command("operator")(report_operator)
report_app.command("seed-map")(report_seed_map)


@app.command()
def status(fmt: FormatOption = Format.table) -> None:
    """What the lake holds, how fresh it is, and who writes it.

    Example: [bold]liniya status --format json[/bold]
    """
    from pipelines.status import status as look

    show(look(load()), fmt, wide=True)


@app.command()
def maintain(fmt: FormatOption = Format.table) -> None:
    """Upkeep of the lake: merge small files, let go of old versions.

    Example: [bold]liniya maintain[/bold]
    """
    with Progress(stderr) as progress:
        show(pl.DataFrame([do(load(), "maintain", {}, progress)]), fmt)


if __name__ == "__main__":
    main()
