"""Put the conformed rows of one batch into the lake: exactly once, all or nothing.

Works on tables of the in-memory database (`staged`, `new_*`); what it writes to the lake goes in
one transaction with the ledger row. DuckDB lets a transaction write one attached database only, so
every helper table is made before, or is temporary.
"""

from collections.abc import Set
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
    select row_no, row_key, row_hash, row_at, contact_id, {leg} as leg
    from staged
    {once}
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

-- the few rows that come several times in one batch: only they need an order
repeated as (
    select
        batch.row_no,
        lag(batch.row_hash) over same_row as previous_hash,
        lead(batch.row_no) over same_row is null as is_last
    from batch
    where batch.row_key in (
        select again.row_key from batch as again group by again.row_key having count(*) > 1
    )
    window same_row as (partition by batch.row_key order by batch.row_no)
),

judged as (
    select
        batch.* exclude (leg),
        coalesce(repeated.is_last, true) as is_last,
        repeated.row_no is not null as is_repeated,
        known.lake_hash is not null as is_in_lake,
        case
            when coalesce(repeated.previous_hash, known.lake_hash) = batch.row_hash then 'duplicate'
            when coalesce(repeated.previous_hash, known.lake_hash) is not null
                or (known_contacts.contact_id is not null and coalesce(batch.leg, 1) = 1)
                then 'updated'
            else 'accepted'
        end as fate
    from batch
    left join known on batch.row_key = known.row_key
    left join known_contacts on batch.contact_id = known_contacts.contact_id
    left join repeated on batch.row_no = repeated.row_no
),

-- of several versions in one batch the last one goes on, if any of them is news
repeated_news as (
    select judged.row_key
    from judged
    where judged.is_repeated and judged.fate <> 'duplicate'
    group by judged.row_key
)

select
    judged.row_no,
    judged.row_key,
    judged.row_hash,
    judged.row_at,
    judged.contact_id,
    judged.fate,
    case
        when judged.is_repeated then judged.is_last and repeated_news.row_key is not null
        else judged.fate <> 'duplicate'
    end as is_news,
    judged.is_last,
    judged.is_in_lake
from judged
left join repeated_news on judged.row_key = repeated_news.row_key
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
    insert into new_identity
    select identity.* from lake.identity as identity
    inner join replaced on identity.contact_id = replaced.contact_id
    where replaced.is_partial
    """,
)
# what this file cannot know stays as other logs told it when the file brings the contact again
KEPT_EVENTS = """
insert into new_events
select events.* replace (
    new_contacts.received_at as received_at, new_contacts.received_date as received_date
)
from lake.events as events
inner join replaced on events.contact_id = replaced.contact_id
    and events.received_date = replaced.received_date
inner join new_contacts on events.contact_id = new_contacts.contact_id
where not replaced.is_partial and not list_contains($known::varchar[], events.kind)
    and not exists (
        select 1 from new_events as same
        where same.contact_id = events.contact_id and same.kind = events.kind
    )
"""
RENUMBER = """
    create or replace table new_events as
    select * replace (
        cast(row_number() over (partition by contact_id order by event_at, seq) as integer) as seq
    )
    from new_events
"""
# of the contact itself, not of what is said about it
OWN = (
    "contact_id", "source", "citizen_key", "file_id", "received_at", "received_date", "is_staffed",
    "channel", "line",
)  # fmt: skip
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
    leg = "leg" if dataset == "calls" else "1"
    # a line of a queue_log may be two rows
    once = "qualify row_number() over (partition by row_no) = 1" if dataset == "events" else ""
    has_twins = lake.con.sql("select count(*) > count(distinct row_no) from staged").fetchall()
    sql = FATES.format(leg=leg, bound=bound, once=once if has_twins == [(True,)] else "")
    lake.con.execute(sql, {"source": source, "is_wide": is_wide})
    counted = dict(lake.con.sql("select fate, count(*) from fates group by fate").fetchall())
    lake.con.execute(KEEP[is_wide])
    return Counts(**counted)


def prepare(lake: Lake, dataset: str, known: Set[str]) -> pl.DataFrame:
    """Finish the `new_*` tables before the transaction: completed contacts and citizens' keys.

    Args:
        lake: holds the new_* tables.
        dataset: of the batch.
        known: event kinds and header fields its file can know.

    Returns:
        contact_id, citizen_key of contacts of the lake whose citizen has changed.
    """
    is_wide = dataset in WIDE
    lake.con.execute(REPLACED, {"is_wide": is_wide})
    if is_wide and lake.con.sql("select 1 from replaced limit 1").fetchall():
        for sql in COMPLETE:
            lake.con.execute(sql)
        lake.con.execute(KEPT_EVENTS, {"known": sorted(known)})
        lake.con.execute(RENUMBER)
        lake.con.execute(_complete_headers(known))
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


def _complete_headers(known: Set[str]) -> str:
    """Of a further leg the header stands; of a newer version only what its file cannot know."""
    fields = [c for c in TABLES["contacts"] if c not in OWN]
    latest = {c: f"coalesce(new.{c}, old.{c})" for c in fields}
    stands = {c: latest[c] if c in LATEST else f"coalesce(old.{c}, new.{c})" for c in fields}
    newer = {c: f"new.{c}" if c in known else latest[c] for c in fields}
    # a category the model or an analyst gave stays while the log names none
    told = "old.category_source" if "category" not in known else "nullif({}, 'recorded')"
    told = told.format("old.category_source")
    newer["category"] = (
        f"coalesce(new.category, case when {told} is not null then old.category end)"
    )
    newer["category_source"] = (
        f"case when new.category is not null then new.category_source else {told} end"
    )
    chosen = ", ".join(
        f"case when replaced.is_partial then {stands[c]} else {newer[c]} end as {c}" for c in fields
    )
    own = ", ".join(
        f"case when replaced.is_partial then old.{c} else new.{c} end as {c}"
        for c in ("received_at", "received_date", "is_staffed", "channel", "line")
    )
    return f"""
        create or replace table new_contacts as
        select new.contact_id, new.source, new.citizen_key, new.file_id, {own}, {chosen}
        from new_contacts as new
        inner join replaced on new.contact_id = replaced.contact_id
        inner join lake.contacts as old on new.contact_id = old.contact_id
            and replaced.received_date = old.received_date
        union all by name
        select new_contacts.* from new_contacts
        where new_contacts.contact_id not in (select replaced.contact_id from replaced)
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
    if con.sql("select 1 from new_cdr limit 1").fetchall():
        con.execute("insert into lake.cdr by name select * from new_cdr")
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
    """Move stored events of contacts whose `received` came late to the day it names.

    Events that what came does away with go first: a later `received` of the same contact.
    """
    if lake.con.sql("select 1 from outdated limit 1").fetchall():
        lake.con.execute("""
            delete from lake.events as events using outdated
            where events.received_date = outdated.received_date
                and events.contact_id = outdated.contact_id and events.seq = outdated.seq
        """)
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
