"""`liniya alerts`, `liniya alerts ack`, `liniya alerts test`: what is wrong now, and who has it."""

from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from pipelines.errors import LiniyaError
from pipelines.output import Format, FormatOption, show
from pipelines.settings import load

app = typer.Typer(help="What is wrong now: running and past alerts.")
stderr = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
BRIEF = (
    "alert_id", "severity", "rule", "scope", "state", "value", "threshold", "since_at", "ended_at",
    "acknowledged_by", "delivery",
)  # fmt: skip


@app.callback(invoke_without_command=True)
def list_alerts(
    context: typer.Context,
    running: Annotated[bool, typer.Option("--running", help="only those that go on")] = False,
    limit: Annotated[int, typer.Option(min=1, help="rows at most")] = 200,
    fmt: FormatOption = Format.table,
) -> None:
    """List alerts: running ones first, then those that are over, the latest first.

    Example: [bold]liniya alerts --format json[/bold]
    """
    if context.invoked_subcommand:
        return
    from pipelines.alerts import store

    settings = load()
    found = store.alerts(settings, running=running, most=limit)
    show(found, fmt, brief=BRIEF)
    looked = store.watch(settings)
    if looked is None:
        stderr.print("The rules were never looked at: the worker does that (liniya run).")
    elif looked["error"]:
        stderr.print(f"The rules could not be looked at: {looked['error']}; see the worker's log.")


@app.command("ack")
def acknowledge(
    alert_id: Annotated[str, typer.Argument(help="an ID of `liniya alerts`")],
    by: Annotated[str, typer.Option(help="who has it in hand")],
    note: Annotated[str, typer.Option(help="what is done about it")] = "",
) -> None:
    """Say who has an alert in hand: it is not told again. A second time adds a note.

    Example: [bold]liniya alerts ack 1f0c2d3e --by "Shift 2" --note "Called the exchange"[/bold]
    """
    from pipelines.alerts.store import acknowledge as write

    write(load(), alert_id, by, note)
    stderr.print(f"{alert_id}: acknowledged")


@app.command("test")
def send_test(
    channel: Annotated[str | None, typer.Option(help="one channel only")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Send one test message to every address and say what came back; exit 1 where one failed.

    Example: [bold]LINIYA_ALERT_URLS="shift=mailto://…" liniya alerts test[/bold]
    """
    from pipelines.alerts.addresses import addresses
    from pipelines.alerts.delivery import send, words
    from pipelines.errors import UsageError, nearest
    from pipelines.reference import load as load_reference

    settings = load()
    texts = words(settings, load_reference(settings.reference))
    found = addresses(settings, texts)
    if channel is not None and channel not in texts:
        raise UsageError(f"no channel '{channel}'{nearest(channel, texts)}.")
    rows: list[tuple[str, int | None, str | None, str]] = []
    for name in texts if channel is None else [channel]:
        for number, url in enumerate(found.get(name, ()), 1):
            error = send(url, *texts[name].test(name))
            scheme = url.partition("://")[0]
            rows.append((name, number, scheme, error or "sent"))
        if not found.get(name):
            rows.append((name, None, None, "no_address"))
    schema = {"channel": pl.String, "address": pl.Int64, "scheme": pl.String, "result": pl.String}
    show(pl.DataFrame(rows, schema=schema, orient="row"), fmt)
    if wrong := [row for row in rows if row[3] not in ("sent", "no_address")]:
        raise LiniyaError(f"{len(wrong)} of {len(rows)} messages did not arrive")
    if all(row[3] == "no_address" for row in rows):
        raise LiniyaError("no address: set LINIYA_ALERT_URLS (docs/alerts.md)")
