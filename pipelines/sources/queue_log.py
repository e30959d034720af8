"""Asterisk `queue_log`, epoch|callid|queue|agent|event|data: events of calls, operators' states.

A callid is a contact, each ENTERQUEUE of it a leg. Asterisk writes from several threads, so lines
of one second may stand in another order: a line belongs to the stay of its callid *in its queue*
that it comes after, by time. The field list is docs.asterisk.org, "Queue Logs".
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.cleaning.mask import mask_mobiles, mask_rows, shown
from pipelines.sources.canonical import UTC_TIME
from pipelines.sources.context import Context
from pipelines.sources.identity import hashed
from pipelines.sources.queue_legs import add_legs, open_stays
from pipelines.sources.raw import decode, lines_of, parts
from pipelines.sources.staged import IGNORED, UNREADABLE, Staged, no_unreadable
from pipelines.sources.typed import stage

# event of the log -> kind; transfers differ by how, exits by why, both become the event's value
KINDS = {
    "ENTERQUEUE": "queued",
    "CONNECT": "answered",
    "COMPLETECALLER": "ended",
    "COMPLETEAGENT": "ended",
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "flowed_out",
    "EXITWITHKEY": "flowed_out",
    "EXITEMPTY": "flowed_out",
    "EXITWITHEMPTY": "flowed_out",
    "RINGNOANSWER": "ring_no_answer",
    "TRANSFER": "transferred",
    "BLINDTRANSFER": "transferred",
    "ATTENDEDTRANSFER": "transferred",
}
STATES = {
    "ADDMEMBER": "login",
    "AGENTLOGIN": "login",
    "AGENTCALLBACKLOGIN": "login",
    "REMOVEMEMBER": "logout",
    "AGENTLOGOFF": "logout",
    "AGENTCALLBACKLOGOFF": "logout",
    "PAUSE": "pause",
    "PAUSEALL": "pause",
    "UNPAUSE": "resume",
    "UNPAUSEALL": "resume",
}
VALUES = {
    "COMPLETECALLER": "caller",
    "COMPLETEAGENT": "agent",
    "EXITWITHTIMEOUT": "timeout",
    "EXITWITHKEY": "key",
    "EXITEMPTY": "empty",
    "EXITWITHEMPTY": "empty",
}
PROVIDES = (
    "received",
    "channel",
    "line",
    "citizen_key",
    "operator_id",
    "ring_s",
    *sorted(set(KINDS.values())),
)
FIELDS = ("epoch", "callid", "queue", "agent", "event", "d1", "d2", "d3", "d4", "d5")
_NOBODY = ("", "NONE")
_OF_THE_SERVER = ("QUEUESTART", "CONFIGRELOAD", "RELOAD")


def read(
    path: Path, context: Context, start: int = 0, whole: bool = True, first_row: int = 1
) -> Iterator[Staged]:
    """Yield the events of contacts, and the states of operators, of a queue_log.

    An ENTERQUEUE is two rows, `received` (only the first of its callid) and `queued`, with one
    `row_no` and one `row_key`. CONFIGRELOAD, QUEUESTART and whatever else names no call are
    `ignored`; an event of a call that is not known here is kept under its own name in lower case.
    """
    memory_key = str(path.resolve())
    stays = open_stays(path, start, context.memory.get(memory_key), context.key)
    done = first_row - 1
    for part in parts(path, start, whole):
        lines = lines_of(decode(part.data))
        n_lines = len(lines)
        lines = lines.filter(pl.col("line").str.strip_chars() != "").select(
            row_no=pl.col("n").cast(pl.Int64) + done + 1, line="line"
        )
        done += n_lines
        rows, torn = _split(lines, context.key)
        rows, stays = add_legs(rows, stays)
        context.memory[memory_key] = (part.end, stays)
        yield from _staged(rows, torn, len(lines), (part.end, done), context)


def split_line(line: pl.Expr) -> list[pl.Expr]:
    """Return the fields of a queue_log line, named as FIELDS."""
    fields = line.str.strip_chars().str.splitn("|", len(FIELDS) + 1)
    return [fields.struct[i].str.strip_chars().alias(name) for i, name in enumerate(FIELDS)]


def _split(lines: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines into rows (FIELDS, event_at, row_key) and lines that are none."""
    rows = lines.with_columns(split_line(pl.col("line")))
    epoch = pl.when(pl.col("epoch").str.contains(r"^\d{9,10}(?:\.\d+)?$")).then("epoch")
    rows = rows.with_columns(
        event_at=(epoch.cast(pl.Float64, strict=False) * 1_000_000).cast(pl.Int64).cast(UTC_TIME)
    )
    is_row = (pl.col("event_at").is_not_null() & (pl.col("event") != "")).fill_null(False)
    torn = rows.filter(~is_row).select(
        "row_no", reason=pl.lit("not a line epoch|callid|queue|agent|event"), row="line"
    )
    rows = rows.filter(is_row)
    rows = rows.with_columns(hashed(rows["line"].str.strip_chars(), key).alias("row_key"))
    return rows, torn.with_columns(mask_rows(torn["row"])).cast(pl.Schema(UNREADABLE))


def _staged(
    rows: pl.DataFrame, torn: pl.DataFrame, n_read: int, at_end: tuple[int, int], context: Context
) -> Iterator[Staged]:
    is_state = pl.col("event").is_in(list(STATES)) & ~pl.col("agent").is_in(_NOBODY)
    has_call = ~(pl.col("callid").is_in(_NOBODY) | pl.col("event").is_in(_OF_THE_SERVER))
    states = rows.filter(is_state)
    calls = rows.filter(~is_state & has_call)
    rest = rows.filter(~is_state & ~has_call)
    ignored = rest.select(
        "row_no",
        "row_key",
        row_hash="row_key",
        row_at="event_at",
        reason="queue_log: " + pl.col("event").str.slice(0, 40),
    ).cast(pl.Schema(IGNORED))
    frame = _keep_hash(
        stage(_events(calls), "events", "queue_log", "UTC", context.key, keep=context.keep), calls
    )
    unknown = calls.filter(~pl.col("event").is_in(list(KINDS)))["event"].value_counts(sort=True)
    note = ", ".join(f"{event[:40]} {n}" for event, n in unknown.iter_rows())
    yield Staged(
        "queue_log",
        "events",
        frame,
        torn,
        frozenset(("queue_log", item) for item in PROVIDES),
        n_read - len(states),
        shown(f"unknown events kept: {note}") if note else "",
        *at_end,
        ignored,
    )
    if len(states):
        made = stage(
            _states(states), "operators", "queue_log", "UTC", context.key, keep=context.keep
        )
        made = _keep_hash(made, states)
        yield Staged(
            "queue_log", "operators", made, no_unreadable(), frozenset(), len(states), "", *at_end
        )


def _events(calls: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the events log: kinds, values, and `received` before the first `queued`."""
    agent, event = pl.col("agent"), pl.col("event")
    rung = pl.when(event == "CONNECT").then(pl.col("d3").cast(pl.Float64, strict=False))
    missed = pl.when(event == "RINGNOANSWER").then(
        pl.col("d1").cast(pl.Float64, strict=False) / 1000  # the log has milliseconds here
    )
    is_transfer = event.is_in([e for e, kind in KINDS.items() if kind == "transferred"])
    events = calls.select(
        "row_no",
        "event_at",
        "leg",
        contact_id="queue_log:" + pl.col("callid"),
        channel=pl.lit("phone"),
        kind=event.replace_strict(KINDS, default=event.str.to_lowercase()),
        line=pl.when(~pl.col("queue").is_in(_NOBODY)).then("queue"),
        operator_id=pl.when(~agent.is_in(_NOBODY)).then(agent),
        value=pl.coalesce(
            event.replace_strict(VALUES, default=None, return_dtype=pl.String),
            rung.cast(pl.String),
            missed.cast(pl.String),
            pl.when(is_transfer).then(pl.col("d1")),
        ),
        caller_number=pl.when(event == "ENTERQUEUE").then("d2"),
        is_first=(event == "ENTERQUEUE") & pl.col("is_first"),
    )
    events = events.with_columns(mask_mobiles(events["value"]))
    received = events.filter("is_first").with_columns(
        kind=pl.lit("received"), leg=pl.lit(None, pl.Int64)
    )
    # the identifier and the channel are the header's, told once
    queued = events.with_columns(caller_number=pl.lit(None, pl.String))
    both = pl.concat([received.with_columns(order=0), queued.with_columns(order=1)])
    return both.sort("row_no", "order").drop("order", "is_first")


def _states(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the operators log; only a pause has a reason in this log."""
    state = pl.col("event").replace_strict(STATES)
    return rows.select(
        "row_no",
        "event_at",
        operator_id="agent",
        state=state,
        reason=pl.when(state == "pause").then("d1"),
    )


def _keep_hash(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give staged rows the hash of the line they came from."""
    own = rows.select("row_no", own="row_key")
    joined = frame.join(own, on="row_no", how="left", maintain_order="left")
    return joined.with_columns(row_key="own", row_hash="own").select(frame.columns)
