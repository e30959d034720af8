"""Put the conformed rows of one batch into the lake: exactly once, all or nothing.

Works on tables of the in-memory database (`staged`, `new_*`); what it writes to the lake goes in
one transaction with the ledger row. DuckDB lets a transaction write one attached database only, so
every helper table is made before, or is temporary.
"""

from collections.abc import Set

from pipelines.lake.citizens import write_citizens
from pipelines.lake.connect import Lake
from pipelines.lake.fates import WIDE
from pipelines.lake.identity import link
from pipelines.lake.replaced import complete
from pipelines.lake.schema import TABLES


def prepare(lake: Lake, dataset: str, known: Set[str], *, is_found: bool) -> None:
    """Finish the `new_*` tables before the transaction: completed contacts and citizens' keys.

    Args:
        lake: holds the new_* tables.
        dataset: of the batch.
        known: event kinds and header fields its file can know.
        is_found: `rederive` has looked for its contacts in the lake (a batch of events alone).
    """
    is_wide = dataset in WIDE
    complete(lake, is_wide=is_wide, is_found=is_found, known=known)
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
    if groups.contacts.is_empty():  # a log without identifiers
        lake.con.execute(
            "create or replace table relinked "
            "(contact_id varchar, received_date date, citizen_key varchar)"
        )
        return
    # made anew: to update most rows of a table takes four times as long
    lake.con.execute("""
        create or replace table new_contacts as
        select new.* replace (coalesce(known.citizen_key, new.citizen_key) as citizen_key)
        from new_contacts as new
        left join citizens_of_contacts as known on new.contact_id = known.contact_id
    """)
    # of contacts before the batch; where it reaches none, the lake need not be asked
    reaches = lake.has("citizens_of_contacts anti join new_contacts using (contact_id)")
    lake.con.execute(f"""
        create or replace table relinked as
        select contacts.contact_id, contacts.received_date, known.citizen_key
        from {"lake.contacts" if reaches else "new_contacts"} as contacts
        inner join citizens_of_contacts as known on contacts.contact_id = known.contact_id
        where contacts.citizen_key is distinct from known.citizen_key
            and contacts.contact_id not in (select new_contacts.contact_id from new_contacts)
    """)


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
    if dataset in WIDE and lake.has("replaced"):
        _forget_replaced(lake, file_id)
    if dataset == "events":
        _restamp(lake)
    _replace_contacts(lake, file_id)
    _write_people(lake)
    if lake.has("new_cdr"):
        con.execute("insert into lake.cdr by name select * from new_cdr")
    write_citizens(lake, relink=relink)
    _write_rows(lake, source, file_id)
    mark_dirty(lake, "touched_days", needs_clocks=False)


def mark_dirty(lake: Lake, days: str, *, needs_clocks: bool) -> None:
    """Note that the days of a table (received_date) must be settled again.

    Most are noted already, and to see that costs less than a statement that may write.
    """
    clean = f"""
        from {days} as days
        where not exists (
            select 1 from lake.dirty_days as known
            where known.received_date = days.received_date
                and (known.needs_clocks or not $needs_clocks)
        )
    """
    values = {"needs_clocks": needs_clocks}
    if lake.con.execute(f"select 1 {clean} limit 1", values).fetchall():
        lake.con.execute(
            f"""
            insert into lake.dirty_days
            select distinct days.received_date, $needs_clocks {clean}
            """,
            values,
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
    if lake.has("outdated"):
        lake.con.execute("""
            delete from lake.events as events using outdated
            where events.received_date = outdated.received_date
                and events.contact_id = outdated.contact_id and events.seq = outdated.seq
        """)
    if not lake.has("restamped"):
        return
    lake.con.execute("""
        update lake.events as events
        set received_at = restamped.received_at, received_date = restamped.received_date
        from restamped
        where events.contact_id = restamped.contact_id
            and events.received_date = restamped.old_received_date
    """)


def _replace_contacts(lake: Lake, file_id: str) -> None:
    if lake.has("replaced"):
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
    if lake.has("new_identity"):
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
    if lake.has("moved"):
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
        if not lake.has(f"new_{table}"):
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
    if lake.has("fates where is_in_lake and is_news"):
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
