"""The events log: one line an event, the live form of all the other logs."""

import polars as pl

from pipelines.sources.canonical import BOOKKEEPING, COLUMNS, OPERATOR_STATES
from pipelines.sources.provides import provided

# kinds whose absence means "not known" in a promise (they have a stand-in there), or that no wide
# log holds: declared only once seen
_ONLY_SEEN = {
    "first_response",
    "specialist_contacted",
    "hold_started",
    "hold_ended",
    "waiting_for_citizen",
    "citizen_replied",
    "recategorised",
    "due_moved",
    "due_judged",
    "hold_s",
    "wrap_s",
    "ring_s",
}
# channel -> the log whose contacts come over it
_LOG_OF = {
    "phone": "calls",
    "callback": "calls",
    "video": "calls",
    "chat": "chats",
    "portal": "feedback",
}


def complete_ids(frame: pl.DataFrame, prefixes: frozenset[str], prefix: str) -> pl.DataFrame:
    """Make every contact id `<source>:<native id>`.

    An id that begins with a known source name stays; another gets `prefix`, or, in the journal,
    the log of its channel.
    """
    if "contact_id" not in frame.columns:
        return frame
    ids = pl.col("contact_id").cast(pl.String).str.strip_chars()
    before = ids.str.extract(r"^([^:]*):", 1)
    own: pl.Expr = pl.lit(prefix)
    if prefix == "journal":
        channel = pl.col("channel") if "channel" in frame.columns else pl.lit("phone")
        own = channel.cast(pl.String).str.strip_chars().replace_strict(_LOG_OF, default="calls")
    whole = pl.when(before.is_in(list(prefixes))).then(ids).otherwise(own + ":" + ids)
    return frame.with_columns(contact_id=pl.when(ids != "").then(whole))


# column of an event -> what it is of an operator's state
_AS_STATE = {
    "event_at": "event_at",
    "operator_id": "operator_id",
    "kind": "state",
    "value": "reason",
}


def states_read_from(read_from: dict[str, str]) -> dict[str, str]:
    """Return what the columns of the operators' states are read from, by that of the events'."""
    return {ours: read_from[column] for column, ours in _AS_STATE.items() if column in read_from}


def split_states(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the operators' states (login, logout, pause, resume) from events of contacts.

    Returns the states with the columns of the operators log (value becomes the reason), and the
    other rows as they are.
    """
    if "kind" not in frame.columns or "operator_id" not in frame.columns:
        return frame.clear(), frame
    is_state = pl.col("kind").cast(pl.String).is_in(OPERATOR_STATES).fill_null(False)
    if "contact_id" in frame.columns:
        is_state &= pl.col("contact_id").cast(pl.String).fill_null("").str.strip_chars() == ""
    states = frame.filter(is_state).select(
        "row_no", *(pl.col(c).alias(n) for c, n in _AS_STATE.items() if c in frame.columns)
    )
    return states, frame.filter(~is_state)


def events_provide(staged: pl.DataFrame) -> frozenset[tuple[str, str]]:
    """Return what the sources of the contacts in an events log can know.

    A log that calls its contacts `calls:`, `chats:` or `feedback:` is the live form of that log: it
    can tell all that log can, so an event that did not come did not happen. Of any other source
    only the kinds and header fields seen are known.
    """
    seen = staged.select(
        source=pl.col("contact_id").str.extract(r"^([^:]*):", 1), kind="kind"
    ).drop_nulls()
    items = {(source, kind) for source, kind in seen.unique().iter_rows()}
    fields = [
        c for c in staged.columns if c not in _NO_FIELD and staged[c].null_count() < len(staged)
    ]
    for source in {source for source, _ in items}:
        mine = staged.filter(pl.col("contact_id").str.starts_with(f"{source}:"))
        present = [c for c in fields if mine[c].null_count() < len(mine)]
        items |= {(source, _field(c)) for c in present}
        if source in ("calls", "chats", "feedback"):
            declared = provided(source, COLUMNS[source]) - _ONLY_SEEN
            items |= {(source, item) for item in declared}
    return frozenset(items)


# column of a staged event -> header fields; one not listed gives the field of its own name
_KEYS = ("phone_key", "citizen_id_key", "email_key", "citizen_ref_key")
_NO_FIELD = {*BOOKKEEPING, "event_at", "kind", "leg", "value"}


def _field(column: str) -> str:
    if column in _KEYS:
        return "citizen_key"
    return "line" if column == "dialled_number" else column
