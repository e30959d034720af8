"""Citizens of contacts in the lake, as `identity.link` found them."""

from datetime import date

from pipelines.lake.connect import Lake


def write_citizens(lake: Lake, *, relink: bool) -> None:
    """Write which citizen each key belongs to now; with `relink`, into earlier contacts too."""
    if not lake.has("citizens_of_keys"):
        return
    changed = """
        select known.* from citizens_of_keys as known
        left join lake.identity_groups as old on known.key = old.key
        where old.key is null or old.citizen_key is distinct from known.citizen_key
    """
    lake.con.execute(f"create or replace temp table changed_keys as {changed}")
    lake.con.execute("delete from lake.identity_groups where key in (select key from changed_keys)")
    lake.con.execute("insert into lake.identity_groups by name select * from changed_keys")
    if relink and lake.has("relinked"):
        lake.con.execute("""
            update lake.contacts as contacts set citizen_key = relinked.citizen_key
            from relinked
            where contacts.contact_id = relinked.contact_id
                and contacts.received_date = relinked.received_date
        """)


def relink_days(lake: Lake, days: list[date]) -> None:
    """Give the contacts of some days the citizens their identifiers belong to now."""
    lake.con.execute(
        """
        create or replace temp table linked_now as
        with
        asked as (
            select contacts.contact_id, contacts.received_date, contacts.citizen_key
            from lake.contacts as contacts
            where contacts.received_date in (select unnest($days))
        ),

        known as (
            select identity.contact_id, min(groups.citizen_key) as citizen_key
            from lake.identity as identity
            inner join lake.identity_groups as groups on identity.key = groups.key
            where identity.contact_id in (select asked.contact_id from asked)
            group by identity.contact_id
        )

        select asked.contact_id, asked.received_date, known.citizen_key
        from asked inner join known on asked.contact_id = known.contact_id
        where asked.citizen_key is distinct from known.citizen_key
        """,
        {"days": days},
    )
    if lake.has("linked_now"):
        lake.con.execute("""
            update lake.contacts as contacts set citizen_key = linked_now.citizen_key
            from linked_now
            where contacts.contact_id = linked_now.contact_id
                and contacts.received_date = linked_now.received_date
        """)
