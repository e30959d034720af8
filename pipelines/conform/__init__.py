"""From staged rows to rows of the lake: contacts, their legs, what happened, who it was.

`conform` reads the table of one dataset and makes the tables new_*; `rederive` completes them for
events, which come one by one. What a column becomes stands in `columns.py`.
"""

import duckdb

from pipelines.conform.calls import conform_calls
from pipelines.conform.cdr import conform_cdr
from pipelines.conform.chats import conform_chats
from pipelines.conform.events import conform_events
from pipelines.conform.feedback import conform_feedback
from pipelines.conform.lines import prepare_hours, zone_of
from pipelines.conform.people import conform_journal, conform_operators
from pipelines.conform.rederive import rederive
from pipelines.conform.tables import drop_working, make_empty

__all__ = ["conform", "rederive"]


def conform(con: duckdb.DuckDBPyConnection, staged: str, dataset: str, source: str) -> None:
    """Make the tables new_contacts, new_legs, new_events, new_identity, new_operators, ...

    Args:
        con: holds the staged table and the reference tables ref_*.
        staged: name of a table with the columns of the dataset's staged frame
            (docs/architecture.md), rows already checked. Not changed.
        dataset: calls, chats, feedback, operators, journal, cdr or events.
        source: of the contacts; contacts of events carry theirs in front of their id.

    The new_* tables have exactly the columns of `pipelines.lake.schema.TABLES`; citizen_key and
    file_id are null. Of events, new_contacts is only what the rows themselves say of the headers:
    `rederive` must follow.
    """
    zone = zone_of(con)
    make_empty(con)
    prepare_hours(con)
    if dataset == "calls":
        conform_calls(con, staged, source, zone)
    elif dataset == "chats":
        conform_chats(con, staged, source, zone)
    elif dataset == "feedback":
        conform_feedback(con, staged, source, zone)
    elif dataset == "events":
        conform_events(con, staged)
    elif dataset == "operators":
        conform_operators(con, staged, source)
    elif dataset == "cdr":
        conform_cdr(con, staged, source, zone)
    else:
        conform_journal(con, staged, zone)
    drop_working(con)
