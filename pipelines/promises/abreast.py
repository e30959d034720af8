"""Many contacts judged a span of days a core, side by side, each through a connection of its own.

DuckDB shares statements over some ten thousand contacts badly among cores (two of them spend up to
twice the CPU of one); statements that each keep to one core lose nothing.
"""

from datetime import date

from pipelines.lake.all_cores import cores, do_each
from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.promises.clocks import write_clocks

AT_LEAST = 10_000  # contacts a core: statements cost as much as so many
_SHARE = "memory.main.clock_share_{}"


def make_clocks(lake: Lake, contacts: str) -> None:
    """Judge contacts: make the table new_clocks (columns of schema.TABLES["clocks"]).

    Args:
        lake: an open lake; the caller may be in a transaction, the lake is only read.
        contacts: name of a table with contact_id (and received_date, which spares a look through
            all days). Rows of contacts, legs and events of these contacts are in the lake already.

    Every promise of kind clock, share and mean gives at most one row a contact (more where it was
    reopened late, or a chat went on), none where the contact is out of its base or its source
    cannot know. Incidents and coverage have no rows: `evaluate` reads them directly.

    The table is temporary; where `are_many` it is one of the in-memory database, which is to be
    dropped outside of transactions that write the lake.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES["clocks"].items())
    if not are_many(lake):
        lake.con.execute(f"create or replace temp table new_clocks ({columns})")
        write_clocks(lake, contacts)
        return
    lake.con.execute("drop table if exists temp.new_clocks")
    # not temporary: every connection writes into it
    lake.con.execute(f"create or replace table memory.main.new_clocks ({columns})")
    shares = _shares(lake, contacts)
    if not shares:
        write_clocks(lake, contacts)
        return
    for n, (first, last) in enumerate(shares):
        lake.con.execute(
            f"create or replace table {_SHARE.format(n)} as "
            f"select contact_id, received_date from {contacts} "
            f"where received_date between date '{first}' and date '{last}'"
        )
    names = [_SHARE.format(n) for n in range(len(shares))]
    do_each(lake, write_clocks, names)
    for name in names:
        lake.con.execute(f"drop table {name}")


def are_many(lake: Lake) -> bool:
    """Tell whether clocks are made in a table of the in-memory database, by every core.

    In a transaction they are not: another connection would not see what it has written.
    """
    return lake.is_wide and not lake.is_inside


def _shares(lake: Lake, contacts: str) -> list[tuple[date, date]]:
    """Return spans of days of about as many contacts each, one a core; [] where one does all."""
    if "received_date" not in {row[0] for row in lake.con.sql(f"describe {contacts}").fetchall()}:
        return []
    of_days = lake.con.sql(
        f"select received_date, count(*) from {contacts} group by all order by all"
    ).fetchall()
    n = sum(count for _, count in of_days)
    most = n / max(1, min(cores(lake), n // AT_LEAST))
    spans, done = list[list[date]](), 0
    for day, count in of_days:
        if not spans or done + count / 2 > most * len(spans):
            spans.append([])
        spans[-1].append(day)
        done += count
    return [(span[0], span[-1]) for span in spans] if len(spans) > 1 else []
