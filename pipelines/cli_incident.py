"""`liniya incident …`: what a shift does with an outage, and the log of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_act import Who, act, stderr
from pipelines.errors import UsageError
from pipelines.figures_cli import reader
from pipelines.lake.connect import Lake
from pipelines.metrics import Query, parse_moment
from pipelines.metrics.query import END_OF_TIME
from pipelines.output import Format, FormatOption, show
from pipelines.shift import incidents

app = typer.Typer(
    no_args_is_help=True, help="Outages: open, announce, restore, notify, and the log."
)
BRIEF = ("acted_at", "who", "kind", "incident_id", "text")
Id = Annotated[str, typer.Argument(metavar="ID", help="of `liniya metrics incidents`")]
LOG_DAYS = 1
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@app.command("open")
def open_(
    category: Annotated[str | None, typer.Option(help="id of a category")] = None,
    line: Annotated[str | None, typer.Option(help="id of a line")] = None,
    region: Annotated[str | None, typer.Option(help="as the logs write it")] = None,
    since: Annotated[str | None, typer.Option(help="10:05, or a moment; default: now")] = None,
    is_complex: Annotated[bool, typer.Option("--complex", help="the longer time limit")] = False,
    note: Annotated[str, typer.Option(help="what is known")] = "",
    who: Who = "",
) -> None:
    """Open an outage; prints its id.

    Example: [bold]liniya incident open --category service_outage --since 10:05[/bold]
    """
    lake = reader()
    found = act(
        lake,
        incidents.open_incident,
        who,
        detected_at=_moment(lake, since) if since else None,
        category=category,
        line=line,
        region=region,
        is_complex=is_complex,
        text=note,
    )
    print(found)


@app.command()
def announce(incident_id: Id, text: str, who: Who = "") -> None:
    """Log that callers hear an announcement from now on, and which.

    Example: [bold]liniya incident announce ID "Портал недоступен, чиним"[/bold]
    """
    act(reader(), incidents.announce, who, incident_id, text)


@app.command()
def silence(incident_id: Id, who: Who = "") -> None:
    """Log that the announcement is off.

    Example: [bold]liniya incident silence ID[/bold]
    """
    act(reader(), incidents.silence, who, incident_id)


@app.command("complex")
def complex_(incident_id: Id, who: Who = "") -> None:
    """Call an outage complex: counts only before the ordinary time limit is over.

    Example: [bold]liniya incident complex ID[/bold]
    """
    act(reader(), incidents.call_complex, who, incident_id)


@app.command()
def restore(
    incident_id: Id,
    since: Annotated[str | None, typer.Option(help="10:40, or a moment; default: now")] = None,
    who: Who = "",
) -> None:
    """Say that the service is back; the clock of the outage stops.

    Example: [bold]liniya incident restore ID --since 10:40[/bold]
    """
    lake = reader()
    act(lake, incidents.restore, who, incident_id, _moment(lake, since) if since else None)


@app.command()
def resume(incident_id: Id, who: Who = "") -> None:
    """Say that a restored outage goes on after all: its clock runs on.

    Example: [bold]liniya incident resume ID[/bold]
    """
    act(reader(), incidents.resume, who, incident_id)


@app.command()
def withdraw(incident_id: Id, reason: str, who: Who = "") -> None:
    """Say that there was no such outage: it counts nowhere, its acts stay in the log.

    Example: [bold]liniya incident withdraw ID "открыт по ошибке"[/bold]
    """
    act(reader(), incidents.withdraw, who, incident_id, reason)


@app.command()
def notified(
    incident_id: Id,
    contact_ids: Annotated[list[str] | None, typer.Argument(metavar="CONTACT...")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="all still to be told")] = False,
    who: Who = "",
) -> None:
    """Mark people of a restored outage as told that the service is back.

    Example: [bold]liniya incident notified ID calls:1017[/bold]
    """
    from pipelines.metrics import to_notify

    if bool(contact_ids) == everybody:
        raise UsageError("name contacts, or give --all")
    lake = reader()
    told = contact_ids or to_notify(lake, incident_id)["contact_id"].to_list()
    n = act(lake, incidents.notified, who, incident_id, told)
    stderr.print(f"{n} marked as told")


@app.command()
def note(
    text: str,
    incident_id: Annotated[str | None, typer.Option("--incident", help="of this outage")] = None,
    handover: Annotated[bool, typer.Option("--handover", help="for the next shift")] = False,
    who: Who = "",
) -> None:
    """Write a note into the log of the shift.

    Example: [bold]liniya incident note "Подрядчик едет" --incident ID[/bold]
    """
    if handover:
        act(reader(), incidents.hand_over, who, text)
    else:
        act(reader(), incidents.note, who, text, incident_id)


@app.command("report")
def report(
    incident_id: Id,
    out: Annotated[Path, typer.Option(help="the ending decides: .pdf or .html")],
    language: Annotated[str, typer.Option(help="ru or en")] = "ru",
) -> None:
    """Write the post-mortem of an outage: timeline, people, hours, promises, phrases, actions.

    The worker prints it by itself into the folder of reports once the outage is over.

    Example: [bold]liniya incident report ID --out outage.pdf[/bold]
    """
    from pipelines.reports.out import check_out
    from pipelines.reports.postmortem import ENDINGS, figures_of, write_postmortem
    from pipelines.reports.words import Words

    lake = reader()
    words = Words(language, lake.settings.tz)
    check_out(out, ENDINGS)
    write_postmortem(lake, figures_of(lake, incident_id), out, words)
    stderr.print(f"{out}")


@app.command("log")
def log(
    start: Annotated[str | None, typer.Option("--from", help="default: a day ago")] = None,
    end: Annotated[str | None, typer.Option("--to", help="exclusive")] = None,
    incident_id: Annotated[str | None, typer.Option("--incident", help="of one outage")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Every act and note of the shift by time, with who.

    Example: [bold]liniya incident log --from 2026-11-16 --format csv[/bold]
    """
    from pipelines.metrics import shift_log

    lake = reader()
    now = lake.now()
    if start or end or incident_id:
        first, last = (parse_moment(t, lake.settings.tz) if t else e
                       for t, e in ((start, EVER), (end, END_OF_TIME)))  # fmt: skip
    else:
        first, last = now - timedelta(days=LOG_DAYS), END_OF_TIME
    query = Query(first, last, as_of=now)
    show(shift_log(lake, query, incident_id), fmt, brief=BRIEF)


def _moment(lake: Lake, text: str) -> datetime:
    """Read a moment; a time alone is of today."""
    return parse_moment(text, lake.settings.tz, today=lake.now())
