"""Build the marts of given local days, each model held to the contract in its header.

`prepare` reads rows of the lake once into temporary facts, makes every mart from them and checks
key and check; `replace` puts them in place of the days, in the caller's transaction. Days may be
prepared in shares, each by a connection and in a schema of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import takewhile

import polars as pl

from pipelines.errors import ModelError
from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts import chains
from pipelines.marts.relations import (
    chats,
    created,
    doings,
    open_until,
    row_params,
    text,
    used,
    with_facts,
)
from pipelines.marts.settled import FACTS, MODELS, WAITING_HORIZON_S, fingerprint, lake_edges
from pipelines.promises.state import state_sql

FORMER = ("mart_citizens_day",)  # in lakes of earlier versions
# who asks for one operator's reads the row groups of these
ORDER = {"mart_operator_parts": "received_date, operator_id"}
FIELDS = ("grain", "key", "reads", "check", "units", "caveat")

_DAYS = """
    select d.received_date, timezone($zone, (d.received_date + 1)::timestamp) as ends_at
    from (select unnest($days::date[]) as received_date) as d
"""

_LAST_STOP = f"""
with legs as (
    select
        l.received_date, l.received_at, l.queued_at, l.answered_at, l.left_at, f.n_waiting,
        {open_until("l.")} as open_until
    from leg_facts as f
    inner join lake.legs as l
        on l.contact_id = f.contact_id and l.leg = f.leg and l.received_date = f.received_date
    where l.received_date between $first_day and $last_day
),
moments as (
    select
        received_date,
        greatest(
            received_at, queued_at, answered_at, left_at,
            case when n_waiting = 1
                then coalesce(queued_at, received_at) + to_seconds($horizon_s::bigint)
            end
        ) as moved_at,
        open_until
    from legs
    union all
    select received_date, received_at, null from contact_facts
    union all
    select received_date, event_at, null from lake.events
    where kind = 'self_served'
        and received_date between $first_day and $last_day
        and list_contains($days::date[], received_date)
)
select
    received_date,
    max(moved_at) as last_stop_at,
    coalesce(max(open_until), max(moved_at)) as open_until
from moments group by received_date
"""


def prepare(
    lake: Lake, days: Iterable[date], judged: Iterable[date] = (), schema: str = "temp"
) -> None:
    """Make the marts of these local days as tables of a schema, checked.

    Args:
        lake: an open lake, in no transaction: the rows of a day are hundreds of thousands.
        days: to be built.
        judged: those of them whose clocks are in the table new_clocks, not in the lake.
        schema: temp, or one that other connections see: of another database than the lake, and
            made anew.

    Raises:
        ModelError: a model broke its header; readers keep the last good build.
    """
    asked = sorted(set(days))
    params = row_params(asked, short_abandon_s=lake.settings.short_abandon_s)
    for facts in FACTS:
        made = f"{with_facts(facts, params)} select * from {facts}"
        sql = f"create or replace temp table {facts} as {made}"
        lake.con.execute(sql, used(sql, params))
        verify(lake, facts, facts)
    lake.con.execute(_clocks_sql(set(asked), set(judged)))
    days_sql = f"create or replace temp table asked_days as {_DAYS}"
    lake.con.execute(days_sql, used(days_sql, params | {"zone": lake.settings.zone}))
    lake.con.register("asked_edges", pl.DataFrame({"edge_s": lake_edges(lake)}))
    chains.make(lake, asked, schema)
    verify(lake, "visit_chains", "asked_chains")
    lake.con.execute(f"create or replace temp view asked_chats as {chats(asked)}")
    for name, rows in doings(asked, lake.settings.zone).items():
        lake.con.execute(f"create or replace temp view {name} as {rows}")
    for name in MODELS:
        lake.con.execute(f"{created(f'made_{name}', schema)} as {text(name)}")
        verify(lake, name, f"{schema}.made_{name}")
    lake.con.unregister("asked_edges")
    stops = f"{created('made_settled_days', schema)} as {_LAST_STOP}"
    lake.con.execute(stops, used(stops, params | {"horizon_s": int(WAITING_HORIZON_S)}))


def replace(lake: Lake, days: Iterable[date], schemas: Sequence[str] = ("temp",)) -> None:
    """Put what `prepare` made in these schemas in place of the days and mark them settled.

    No commit here.
    """
    with lake.narrow():
        _forget_older_rules(lake, schemas[0])
    params = row_params(days)
    # rows of a day are there only while it is settled: deleting none costs most of deleting some
    was_built = lake.has(f"lake.settled_days {_OF_DAYS}", used(_OF_DAYS, params))
    for name in (*MODELS, "settled_days"):
        if was_built:
            lake.con.execute(f"delete from lake.{name} {_OF_DAYS}", used(_OF_DAYS, params))
        # days one after another: who asks for a few reads the row groups of these
        order = ORDER.get(name, "received_date")
        made = " union all ".join(f"from {schema}.made_{name}" for schema in schemas)
        lake.con.execute(f"insert into lake.{name} by name from ({made}) order by {order}")
    chains.replace(lake, schemas)


def forget(lake: Lake, schemas: Sequence[str] = ("temp",)) -> None:
    """Drop what `prepare` made and worked on; of a schema of other databases in no transaction."""
    for schema in schemas:
        if schema != "temp":
            lake.con.execute(f"drop schema {schema} cascade")
    made = [f"made_{name}" for name in (*MODELS, "settled_days", "rechained")]
    for table in (*made, *FACTS, "asked_chains"):
        lake.con.execute(f"drop table if exists temp.{table}")


def build(lake: Lake, days: Iterable[date]) -> None:
    """Build the marts of these days from the lake as it is; the caller's transaction or none.

    Raises:
        ModelError: see `prepare`; nothing was replaced.
    """
    asked = list(days)
    prepare(lake, asked)
    replace(lake, asked)
    forget(lake)


def _clocks_sql(days: set[date], judged: set[date]) -> str:
    """Clocks of the days: just made where they were judged, else as the lake has them."""
    parts = ["select * from lake.clocks limit 0"]
    if judged:
        parts.append("select * from new_clocks")
    if known := sorted(days - judged):
        parts.append(f"select * from lake.clocks where {in_days('received_date', known)}")
    union = " union all by name ".join(f"({part})" for part in parts)
    in_the_end = state_sql("'infinity'::timestamptz")
    return (
        "create or replace temp view asked_clocks as "
        f"select clocks.*, {in_the_end} as state from ({union}) as clocks"
    )


def header(name: str) -> dict[str, str]:
    """Return the `-- field: value` pairs of the comment that opens a model file."""
    found: dict[str, str] = {}
    field = ""
    for line in takewhile(lambda line: line.startswith("--"), text(name).splitlines()):
        word, colon, value = line.removeprefix("--").partition(":")
        if colon and word.strip() in FIELDS:
            field = word.strip()
            found[field] = value.strip()
        elif field and word.startswith("     "):  # a value may go on in the next line
            found[field] += " " + line.removeprefix("--").strip()
    return found


def verify(lake: Lake, name: str, table: str) -> None:
    """Hold the temporary `table` to the key and check in the header of `name`.

    Raises:
        ModelError: repeated keys, or a check that is false.
    """
    stated = header(name)
    key, check = stated["key"], stated["check"]
    repeats = lake.frame(f"select {key} from {table} group by {key} having count(*) > 1 limit 5")
    if not repeats.is_empty():
        raise ModelError(
            f"{name}: repeated key ({key}), first {repeats.row(0, named=True)}. "
            f"Some join matches more than once: look for duplicates in what it reads."
        )
    # an empty table sums to null, and has nothing to be wrong
    if lake.con.sql(f"select coalesce({check}, true) from {table}").fetchall() != [(True,)]:
        raise ModelError(
            f"{name}: its check is false: {check}. "
            f"Rows were lost (a join found no match) or doubled (a join found several)."
        )


_OF_DAYS = (
    "where received_date between $first_day and $last_day "
    "and list_contains($days::date[], received_date)"
)


def _forget_older_rules(lake: Lake, schema: str) -> None:
    """Days built by other thresholds, zone or models are answered from rows until built again."""
    now = fingerprint(lake)
    found = lake.con.sql("select value from lake.meta where name = 'marts'").fetchall()
    if found != [(now,)]:
        lake.con.execute("delete from lake.settled_days")
        for name in (*MODELS, *FORMER):  # made anew: a model of now may have other columns
            lake.con.execute(f"drop table if exists lake.{name}")
        for name in MODELS:  # of what was just made: a plan of each model costs a tenth of a second
            lake.con.execute(f"create table lake.{name} as from {schema}.made_{name} limit 0")
        lake.con.execute("delete from lake.meta where name = 'marts'")
        lake.con.execute("insert into lake.meta values ('marts', $now)", {"now": now})
