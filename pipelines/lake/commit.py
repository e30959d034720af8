"""Put the conformed rows of one batch into the lake: exactly once, all or nothing.

Works on tables of the in-memory database (`staged`, `new_*`); what it writes to the lake goes in
one transaction with the ledger row. DuckDB lets a transaction write one attached database only, so
every helper table is made before, or is temporary.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.lake.citizens import write_citizens
from pipelines.lake.connect import Lake
from pipelines.lake.identity import link
from pipelines.lake.schema import TABLES

WIDE = ("calls", "chats", "feedback")

FATES = """
create or replace table fates as
with
batch as (
    select
        row_no,
        first(row_key) as row_key,
        first(row_hash) as row_hash,
        first(row_at) as row_at,
        first(contact_id) as contact_id,
        {leg} as leg
    from staged
    group by row_no
    union all by name
    select row_no, row_key, row_hash, row_at from ignored
),

known as (
    select rows.row_key, first(rows.row_hash) as lake_hash
    from lake.source_rows as rows
    where rows.source = $source and rows.row_key in (select batch.row_key from batch) {bound}
    group by rows.row_key
),

known_contacts as (
    select contacts.contact_id
    from lake.contacts as contacts
    where $is_wide and contacts.contact_id in (select batch.contact_id from batch)
),

ordered as (
    select
        batch.*,
        known.lake_hash,
        known_contacts.contact_id is not null and coalesce(batch.leg, 1) = 1 as is_known_contact,
        lag(batch.row_hash) over same_row as previous_hash,
        lead(batch.row_no) over same_row is null as is_last
    from batch
    left join known on batch.row_key = known.row_key
    left join known_contacts on batch.contact_id = known_contacts.contact_id
    window same_row as (partition by batch.row_key order by batch.row_no)
),

judged as (
    select
        *,
        case
            when coalesce(previous_hash, lake_hash) = row_hash then 'duplicate'
            when coalesce(previous_hash, lake_hash) is not null or is_known_contact then 'updated'
            else 'accepted'
        end as fate
    from ordered
)

select
    row_no,
    row_key,
    row_hash,
    row_at,
    contact_id,
    fate,
    -- of several versions in one batch the last one goes on, if any of them is news
    is_last and bool_or(fate <> 'duplicate') over (partition by row_key) as is_news,
    is_last,
    lake_hash is not null as is_in_lake
from judged
"""

# a contact with news keeps all its rows of this batch, also those the lake has already
KEEP = {
    True: """
        delete from staged where row_no not in (
            select fates.row_no from fates
            where fates.is_last and fates.contact_id in (
                select news.contact_id from fates as news where news.is_news
            )
        )
    """,
    False: "delete from staged where row_no not in (select row_no from fates where is_news)",
}

REPLACED = """
create or replace table replaced as
select
    contacts.contact_id,
    contacts.received_date,
    $is_wide and coalesce((
        select min(legs.leg) from new_legs as legs where legs.contact_id = contacts.contact_id
    ), 1) > 1 as is_partial
from lake.contacts as contacts
where contacts.contact_id in (select new_contacts.contact_id from new_contacts)
"""

# a later export brought further legs only: complete the contact instead of replacing it
COMPLETE = (
    """
    insert into new_legs
    select legs.* from lake.legs as legs
    inner join replaced on legs.contact_id = replaced.contact_id
    where replaced.is_partial and not exists (
        select 1 from new_legs as same
        where same.contact_id = legs.contact_id and same.leg = legs.leg
    )
    """,
    """
    insert into new_events
    select events.* from lake.events as events
    inner join replaced on events.contact_id = replaced.contact_id
    where replaced.is_partial and not exists (
        select 1 from new_events as same
        where same.contact_id = events.contact_id and same.kind = events.kind
            and same.event_at = events.event_at and same.leg is not distinct from events.leg
    )
    """,
    """
    create or replace table new_events as
    select * replace (
        cast(row_number() over (partition by contact_id order by event_at, seq) as integer) as seq
    )
    from new_events
    """,
    """
    insert into new_identity
    select identity.* from lake.identity as identity
    inner join replaced on identity.contact_id = replaced.contact_id
    where replaced.is_partial
    """,
)
LATEST = ("outcome", "operator_id", "rating", "closed_by")  # a further leg knows these better


BOUND = """
    and rows.row_at >= (select min(batch.row_at) from batch)
    and rows.row_at <= (select max(batch.row_at) from batch)
"""


@dataclass(frozen=True)
class Counts:
    """How the rows of a batch ended: read = accepted + updated + duplicate + quarantined."""

    accepted: int = 0
    updated: int = 0
    duplicate: int = 0


def sort_out(lake: Lake, source: str, dataset: str) -> Counts:
    """Decide each row's fate (table `fates`) and leave in `staged` what is to be conformed.

    `ignored` holds lines that say nothing of a contact: they are accounted for like any other.

    A row is a duplicate when the version of the same row before it (in this batch, else in the
    lake) has the same content, updated when it differs, accepted when there was none.
    """
    is_wide = dataset in WIDE
    # an event never changes its own time: the files of other times need not be read
    bound = BOUND if dataset == "events" else ""
    leg = "first(leg)" if dataset == "calls" else "1"
    lake.con.execute(FATES.format(leg=leg, bound=bound), {"source": source, "is_wide": is_wide})
    counted = dict(lake.con.sql("select fate, count(*) from fates group by fate").fetchall())
    lake.con.execute(KEEP[is_wide])
    return Counts(**counted)


def prepare(lake: Lake, dataset: str) -> pl.DataFrame:
    """Finish the `new_*` tables before the transaction: completed contacts and citizens' keys.

    Returns:
        contact_id, citizen_key of contacts of the lake whose citizen has changed.
    """
    is_wide = dataset in WIDE
    lake.con.execute(REPLACED, {"is_wide": is_wide})
    if lake.con.sql("select count(*) from replaced where is_partial").fetchall()[0][0]:
        for sql in COMPLETE:
            lake.con.execute(sql)
        lake.con.execute(_complete_headers())
    replaced = lake.frame("select contact_id from replaced where $wide", {"wide": is_wide})
    groups = link(lake, lake.frame("select * from new_identity"), replaced)
    lake.con.register("linked_contacts", groups.contacts)
    lake.con.register("linked_keys", groups.keys)
    for table, frame in (
        ("citizens_of_contacts", "linked_contacts"),
        ("citizens_of_keys", "linked_keys"),
    ):
        lake.con.execute(f"create or replace table {table} as select * from {frame}")
        lake.con.unregister(frame)
    lake.con.execute("""
        update new_contacts set citizen_key = known.citizen_key
        from citizens_of_contacts as known where new_contacts.contact_id = known.contact_id
    """)
    lake.con.execute("""
        create or replace table relinked as
        select contacts.contact_id, contacts.received_date, known.citizen_key
        from lake.contacts as contacts
        inner join citizens_of_contacts as known on contacts.contact_id = known.contact_id
        where contacts.citizen_key is distinct from known.citizen_key
            and contacts.contact_id not in (select new_contacts.contact_id from new_contacts)
    """)
    return lake.frame("select contact_id, citizen_key from relinked")


def _complete_headers() -> str:
    chosen = ", ".join(
        f"coalesce(new.{c}, old.{c}) as {c}"
        if c in LATEST
        else f"coalesce(old.{c}, new.{c}) as {c}"
        for c in TABLES["contacts"]
        if c not in ("contact_id", "citizen_key", "file_id")
    )
    return f"""
        create or replace table new_contacts as
        select new.contact_id, new.citizen_key, new.file_id, {chosen}
        from new_contacts as new
        inner join replaced on new.contact_id = replaced.contact_id and replaced.is_partial
        inner join lake.contacts as old on new.contact_id = old.contact_id
        union all by name
        select new_contacts.* from new_contacts
        where new_contacts.contact_id not in (
            select replaced.contact_id from replaced where replaced.is_partial
        )
    """


def write(lake: Lake, source: str, dataset: str, file_id: str, *, relink: bool) -> None:
    """Write the prepared tables to the lake; the caller owns the transaction.

    Marks the days of every contact that was or is there as dirty. `relink` writes the citizens of
    earlier contacts at once (the tick); else `relink_days` does it when their days are settled: an
    update a file rewrites a little of every day (1,400 files instead of 200 in eight weeks).
    """
    con = lake.con
    con.execute(
        """
        create or replace temp table touched_days as
        select received_date from new_contacts
        union select received_date from replaced
        union select received_date from relinked
        union select received_date from new_journal
        """
    )
    if dataset in WIDE:
        _forget_replaced(lake, file_id)
    if dataset == "events":
        _restamp(lake)
    _replace_contacts(lake, file_id)
    _write_people(lake)
    write_citizens(lake, relink=relink)
    _write_rows(lake, source, file_id)
    mark_dirty(lake, "touched_days", needs_clocks=False)


def mark_dirty(lake: Lake, days: str, *, needs_clocks: bool) -> None:
    """Note that the days of a table (received_date) must be settled again."""
    lake.con.execute(
        f"""
        insert into lake.dirty_days
        select distinct days.received_date, $needs_clocks from {days} as days
        where not exists (
            select 1 from lake.dirty_days as known
            where known.received_date = days.received_date
                and (known.needs_clocks or not $needs_clocks)
        )
        """,
        {"needs_clocks": needs_clocks},
    )


IS_REPLACED = (
    "received_date in (select received_date from replaced) "
    "and contact_id in (select contact_id from replaced)"
)


def _forget_replaced(lake: Lake, file_id: str) -> None:
    lake.con.execute(
        f"""
        insert into lake.contact_change
        select contact_id, now(), $file_id, cast(to_json(contacts) as varchar)
        from lake.contacts as contacts where {IS_REPLACED}
        """,
        {"file_id": file_id},
    )
    lake.con.execute(f"delete from lake.events where {IS_REPLACED}")
    lake.con.execute(
        "delete from lake.identity where contact_id in (select contact_id from replaced)"
    )


def _restamp(lake: Lake) -> None:
    """Move stored events of contacts whose `received` came late to the day it names."""
    if not lake.con.sql("select 1 from restamped limit 1").fetchall():
        return
    lake.con.execute("""
        update lake.events as events
        set received_at = restamped.received_at, received_date = restamped.received_date
        from restamped
        where events.contact_id = restamped.contact_id
            and events.received_date = restamped.old_received_date
    """)


def _replace_contacts(lake: Lake, file_id: str) -> None:
    if lake.con.sql("select 1 from replaced limit 1").fetchall():
        lake.con.execute(f"delete from lake.contacts where {IS_REPLACED}")
        lake.con.execute(f"delete from lake.legs where {IS_REPLACED}")
        _forget_judged(lake)
    lake.con.execute(
        "insert into lake.contacts by name "
        "select * replace ($file_id as file_id) from new_contacts",
        {"file_id": file_id},
    )
    lake.con.execute("insert into lake.legs by name select * from new_legs")
    lake.con.execute("insert into lake.events by name select * from new_events")
    lake.con.execute("""
        insert into lake.identity by name
        select distinct new_identity.* from new_identity
        anti join lake.identity as known
            on new_identity.contact_id = known.contact_id
            and new_identity.kind = known.kind
            and new_identity.key = known.key
    """)


def _forget_judged(lake: Lake) -> None:
    """Delete the clocks of contacts that go to another day: judging makes new ones there."""
    lake.con.execute("""
        create or replace temp table moved as
        select replaced.contact_id, replaced.received_date
        from replaced inner join new_contacts on replaced.contact_id = new_contacts.contact_id
        where replaced.received_date <> new_contacts.received_date
    """)
    if lake.con.sql("select 1 from moved limit 1").fetchall():
        lake.con.execute("""
            delete from lake.clocks
            where received_date in (select received_date from moved)
                and contact_id in (select contact_id from moved)
        """)


# table -> its key: a row that comes again replaces the old one, known values are not lost
PEOPLE = {
    "operators": ("operator_id",),
    "operator_names": ("operator_id",),
    "operator_events": ("operator_id", "event_at", "state"),
    "journal": ("case_number", "contact_id"),
}


def _write_people(lake: Lake) -> None:
    for table, key in PEOPLE.items():
        if not lake.con.sql(f"select 1 from new_{table} limit 1").fetchall():
            continue
        same = " and ".join(f"new.{c} is not distinct from old.{c}" for c in key)
        kept = ", ".join(f"coalesce(new.{c}, old.{c}) as {c}" for c in TABLES[table])
        lake.con.execute(
            f"create or replace temp table merged as select {kept} "
            f"from new_{table} as new left join lake.{table} as old on {same}"
        )
        lake.con.execute(
            f"delete from lake.{table} as old "
            f"where exists (select 1 from merged as new where {same})"
        )
        lake.con.execute(f"insert into lake.{table} by name select distinct * from merged")


def _write_rows(lake: Lake, source: str, file_id: str) -> None:
    lake.con.execute(
        """
        delete from lake.source_rows where source = $source and row_key in (
            select row_key from fates where is_in_lake and is_news
        )
        """,
        {"source": source},
    )
    lake.con.execute(
        """
        insert into lake.source_rows
        select $source, row_key, row_hash, row_at, contact_id, $file_id from fates where is_news
        """,
        {"source": source, "file_id": file_id},
    )
