"""What each event of a queue_log means: events of contacts and states of operators.

Where the fields stand: docs.asterisk.org, "Queue Logs" (the same from 1.8 to 22), and the program's
own calls for what it does not tell: a LINK transfer has one field more than the others.
"""

import polars as pl

from pipelines.cleaning.mask import mask_mobiles
from pipelines.sources.asterisk import members

# event of the log -> kind; transfers differ by how, exits by why, both become the event's value
KINDS = {
    "DID": "received",
    "ENTERQUEUE": "queued",
    "CONNECT": "answered",
    "COMPLETECALLER": "ended",
    "COMPLETEAGENT": "ended",
    "ABANDON": "abandoned",
    # an operator took the call and the exchange dropped it: it counts it as abandoned itself
    "SYSCOMPAT": "abandoned",
    "EXITWITHTIMEOUT": "flowed_out",
    "EXITWITHKEY": "flowed_out",
    "EXITEMPTY": "flowed_out",
    "EXITWITHEMPTY": "flowed_out",
    "RINGNOANSWER": "ring_no_answer",
    "TRANSFER": "transferred",
    "BLINDTRANSFER": "transferred",
    "ATTENDEDTRANSFER": "transferred",
    "HOLD": "hold_started",
    "UNHOLD": "hold_ended",
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
    "SYSCOMPAT": "incompatible",
    "EXITWITHTIMEOUT": "timeout",
    "EXITWITHKEY": "key",
    "EXITEMPTY": "empty",
    "EXITWITHEMPTY": "empty",
}
RECOVERED = "recovered"  # the value of an event that another line of the call proves
DIALLED = "dialled"  # the value of a `received` that tells the number, not only the queue
PROVIDES = (
    "received", "channel", "line", "citizen_key", "operator_id", "ring_s", "queued", "answered",
    "ended", "abandoned", "flowed_out", "ring_no_answer", "transferred",
)  # fmt: skip
_HOLDS = ("hold_started", "hold_ended", "hold_s")  # not every exchange writes them
_ENDS = ("COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")
_LEAVES = ("ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY", "EXITEMPTY", "EXITWITHEMPTY")
_SLACK_US = 2_000_000  # times and durations of the log are whole seconds, each cut on its own
_EVENT, _AT = pl.col("event"), pl.col("event_at")
_IS_LINK = (_EVENT == "ATTENDEDTRANSFER") & (pl.col("d1") == "LINK")


def _number(field: str) -> pl.Expr:
    return pl.col(field).cast(pl.Float64, strict=False)


def _value() -> pl.Expr:
    is_exten = _EVENT.is_in(["TRANSFER", "BLINDTRANSFER"])
    # LINK|Local/112@from-internal-00000a;1|...: the extension the two calls were linked at
    linked = pl.when(_IS_LINK).then(pl.col("d2").str.extract(r"^Local/([^@]+)@"))
    return pl.coalesce(
        _EVENT.replace_strict(VALUES, default=None, return_dtype=pl.String),
        pl.when((_EVENT == "DID") & (pl.col("d1") != "")).then(pl.lit(DIALLED)),
        pl.when(_EVENT == "CONNECT").then(_number("d3").cast(pl.String)),
        # the log has milliseconds here
        pl.when(_EVENT == "RINGNOANSWER").then((_number("d1") / 1000).cast(pl.String)),
        pl.when(is_exten & (pl.col("d1") != "")).then("d1"),
        linked,
    )


# column of the dataset -> what makes it of a line (an agent with its phone already replaced)
EVENTS = {
    "event_at": _AT,
    "contact_id": "queue_log:" + pl.col("callid"),
    "kind": _EVENT.replace_strict(KINDS, default=_EVENT.str.to_lowercase()),
    "line": pl.when(~pl.col("queue").is_in(["", "NONE"]) & (_EVENT != "DID")).then("queue"),
    "operator_id": pl.col("agent"),
    "value": _value(),
    "caller_number": pl.when(_EVENT == "ENTERQUEUE").then("d2"),
    "dialled_number": pl.when(_EVENT == "DID").then("d1"),
    "channel": pl.lit("phone"),
}
_STATE = _EVENT.replace_strict(STATES, default=None)
OPERATORS = {
    "event_at": _AT,
    "operator_id": pl.col("agent"),
    "state": _STATE,
    # only a pause has a reason in this log
    "reason": pl.when((_STATE == "pause") & (pl.col("d1") != "")).then("d1"),
}


def provided_by(calls: pl.DataFrame) -> tuple[str, ...]:
    """Return what the log lets its source know, holds only where it has any."""
    return (*PROVIDES, *(_HOLDS if calls["event"].is_in(["HOLD", "UNHOLD"]).any() else ()))


def events_of(calls: pl.DataFrame, began_at: int, key: bytes) -> pl.DataFrame:
    """Return rows of the events log: kinds and values, `received` with every `queued`.

    Of several `received` of a contact only the earliest is kept in the lake. Lines that were lost
    but are proved by others of the same part come back with the value RECOVERED: an answer by the
    talk time of a COMPLETE or a transfer, an entry by the wait of a CONNECT, ABANDON or EXIT.

    Args:
        calls: row_no, event_at, callid, queue, agent, event, d1..d6; lines that name a call.
        began_at: epoch of the log's first line: an entry before it is not lost, it is not here.
        key: the secret of identifiers.
    """
    rows = calls.with_columns(members(calls["agent"], key)).with_columns(order=pl.lit(1), **EVENTS)
    received = rows.filter(_EVENT == "ENTERQUEUE").with_columns(
        kind=pl.lit("received"), order=pl.lit(0)
    )
    rows = rows.with_columns(caller_number=pl.lit(None, pl.String))
    made = pl.concat([received, rows, *_recovered(rows, began_at)]).sort("row_no", "order")
    return made.select("row_no", *EVENTS).with_columns(mask_mobiles(made["value"]))


def _seconds(number: pl.Expr) -> pl.Expr:
    """Return a field of seconds as a duration; null for what cannot be one."""
    return pl.duration(seconds=pl.when(number.is_between(0, 1e7)).then(number).cast(pl.Int64))


def _recovered(rows: pl.DataFrame, began_at: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the entries and the answers that only other lines of the part prove."""
    waited = (
        pl.when(_EVENT == "CONNECT").then(_number("d1"))
        .when(_EVENT == "EXITWITHKEY").then(_number("d4"))
        .otherwise(_number("d3"))
    )  # fmt: skip
    entries = (
        rows.filter(_EVENT.is_in(["CONNECT", *_LEAVES]))
        .join(rows.filter(_EVENT == "ENTERQUEUE"), on="callid", how="anti")
        .with_columns(event_at=_AT - _seconds(waited))
        # an answer is a stay wherever it began; who left a stay of an earlier log is counted there
        .filter((_EVENT == "CONNECT") | (_AT.dt.epoch("s") >= began_at))
        .sort("event_at", "row_no")
        .unique("callid", keep="first", maintain_order=True)
    )
    talked = (
        pl.when(_EVENT.str.starts_with("COMPLETE")).then(_number("d2"))
        .when(_IS_LINK).then(_number("d5"))
        .otherwise(_number("d4"))
    )  # fmt: skip
    ends = rows.filter(_EVENT.is_in(_ENDS)).with_columns(event_at=_AT - _seconds(talked))
    answered = rows.filter(_EVENT == "CONNECT").select("callid", "queue", answered_at="event_at")
    agreed = ends.join(answered, on=["callid", "queue"]).filter(
        (_AT - pl.col("answered_at")).dt.total_microseconds().abs() <= _SLACK_US
    )
    answers = ends.filter(_AT.is_not_null()).join(agreed, on="row_no", how="anti")
    as_event = {"value": pl.lit(RECOVERED), "order": pl.lit(-1)}
    return (
        entries.with_columns(
            kind=pl.lit("queued"), operator_id=pl.lit(None, pl.String), **as_event
        ),
        answers.with_columns(kind=pl.lit("answered"), **as_event),
    )


def states_of(rows: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return rows of the operators log."""
    return rows.with_columns(members(rows["agent"], key)).select("row_no", **OPERATORS)
