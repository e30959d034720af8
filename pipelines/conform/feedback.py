"""Feedback forms: one leg, from received to the reply; never abandoned."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.columns_chats import FEEDBACK

LINE = "portal"

ROWS = """
create or replace table conform_rows as
select
    * exclude (row_no),
    row_no as contact_no,
    'portal' as channel,
    $line as line,
    timezone($zone, received_at) as local_at,
    cast(timezone($zone, received_at) as date) as received_date,
    case when answered_at is not null then 'answered' else 'open' end as left_as,
    case when answered_at is not null then 'served' end as outcome
from {staged}
"""

# what handling took is not known: talk_s stays null
LEGS = """
select
    contact_id, 1 as leg, $source as source, channel, line, received_at as queued_at, answered_at,
    answered_at as left_at, left_as, operator_id, received_at, received_date
from conform_rows
"""


def conform_feedback(con: duckdb.DuckDBPyConnection, staged: str, source: str, zone: str) -> None:
    """Fill new_contacts, new_legs, new_events, new_identity from the staged forms."""
    con.execute(ROWS.format(staged=staged), {"zone": zone, "line": LINE})
    tables.fill(con, "legs", LEGS, {"source": source})
    made = [event for column in FEEDBACK for event in column.events]
    events = tables.with_listed(con, tables.events_sql(made, "conform_rows"), "conform_rows")
    tables.fill_events(con, source, events)
    tables.fill_identity(con, FEEDBACK, "conform_rows")
    computed = {"line": "line", "channel": "channel", "outcome": "outcome"}
    tables.make_headers(con, FEEDBACK, source, computed)
    tables.fill_contacts(con)
