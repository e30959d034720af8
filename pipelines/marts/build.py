"""Build the marts of given local days, each model held to the contract in its header.

Reads rows of the lake once into temporary facts, makes every mart from them, checks key and check,
and only then replaces the days: the caller's transaction commits all of it or nothing.
"""

from collections.abc import Iterable
from datetime import date
from itertools import takewhile

import polars as pl

from pipelines.errors import ModelError
from pipelines.lake.connect import Lake
from pipelines.marts.relations import CLOCKS, row_params, text, used, with_facts
from pipelines.marts.settled import FACTS, MODELS, WAITING_HORIZON_S, fingerprint, lake_edges

FIELDS = ("grain", "key", "reads", "check", "units", "caveat")
CHUNK_DAYS = 31  # bounds the memory of a rebuild of years

_LAST_STOP = """
with legs as (
    select l.received_date, l.received_at, l.queued_at, l.answered_at, l.left_at, f.n_waiting
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
        ) as moved_at
    from legs
    union all
    select received_date, received_at from contact_facts
    union all
    select received_date, event_at from lake.events
    where kind = 'self_served'
        and received_date between $first_day and $last_day
        and list_contains($days::date[], received_date)
)
select received_date, max(moved_at) as last_stop_at from moments group by received_date
"""


def build(lake: Lake, days: Iterable[date]) -> None:
    """Replace the marts of these local days and mark them settled, in the caller's transaction.

    Raises:
        ModelError: a model broke its header; roll back, readers keep the last good build.
    """
    asked = sorted(set(days))
    _make_tables(lake)
    _forget_older_rules(lake)
    for at in range(0, len(asked), CHUNK_DAYS):
        _build_days(lake, asked[at : at + CHUNK_DAYS])


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


def _build_days(lake: Lake, days: list[date]) -> None:
    params = row_params(days, short_abandon_s=lake.settings.short_abandon_s)
    for facts in FACTS:
        made = f"{with_facts(facts, params)} select * from {facts}"
        sql = f"create or replace temp table {facts} as {made}"
        lake.con.execute(sql, used(sql, params))
        verify(lake, facts, facts)
    sql = f"create or replace temp table asked_clocks as {CLOCKS}"
    lake.con.execute(sql, used(sql, params))
    edges = pl.DataFrame({"edge_s": lake_edges(lake)})
    lake.con.register("asked_edges", edges)
    for name in MODELS:
        lake.con.execute(f"create or replace temp table new_mart as {text(name)}")
        verify(lake, name, "new_mart")
        _delete(lake, name, params)
        lake.con.execute(f"insert into lake.{name} by name select * from new_mart")
    _delete(lake, "settled_days", params)
    sql = f"insert into lake.settled_days by name {_LAST_STOP}"
    lake.con.execute(sql, used(sql, params | {"horizon_s": int(WAITING_HORIZON_S)}))
    lake.con.unregister("asked_edges")
    for table in (*FACTS, "asked_clocks", "new_mart"):
        lake.con.execute(f"drop table if exists temp.{table}")


def _delete(lake: Lake, table: str, params: dict[str, object]) -> None:
    sql = (
        f"delete from lake.{table} where received_date between $first_day and $last_day "
        f"and list_contains($days::date[], received_date)"
    )
    lake.con.execute(sql, used(sql, params))


def _make_tables(lake: Lake) -> None:
    have = {
        row[0]
        for row in lake.con.sql(
            "select table_name from duckdb_tables() where database_name = 'lake'"
        ).fetchall()
    }
    for name in MODELS:
        if name not in have:
            facts = "contact_facts" if "contact_facts" in text(name) else "leg_facts"
            params = row_params(())
            sql = (
                f"create table lake.{name} as {with_facts(facts, params)}, "
                f"asked_edges as (select 0.0::double as edge_s), asked_clocks as ({CLOCKS}) "
                f"select * from (\n{text(name)}\n) limit 0"
            )
            lake.con.execute(sql, used(sql, params))


def _forget_older_rules(lake: Lake) -> None:
    """Days built by other thresholds, zone or models are answered from rows until built again."""
    now = fingerprint(lake)
    found = lake.con.sql("select value from lake.meta where name = 'marts'").fetchall()
    if found != [(now,)]:
        lake.con.execute("delete from lake.settled_days")
        lake.con.execute("delete from lake.meta where name = 'marts'")
        lake.con.execute("insert into lake.meta values ('marts', $now)", {"now": now})
