"""Contacts whose clocks can change with the rows that came, and their clocks made anew."""

from pipelines.lake.connect import Lake
from pipelines.promises import make_clocks

# whose clocks can change: the contacts themselves, those linked anew, earlier contacts of the same
# citizen (first-contact resolution), the contacts they continue and the rest of their case
TOUCHED = """
create or replace temp table touched as
with
fresh as (
{fresh}
),

bounds as (
    select
        min(received_at) - to_days($days) as first_at,
        max(received_at) as last_at
    from fresh
),

around as (
    select contacts.contact_id, contacts.received_date, contacts.citizen_key, contacts.case_number,
        contacts.received_at
    from lake.contacts as contacts
    cross join bounds
    where contacts.received_at >= bounds.first_at and contacts.received_at <= bounds.last_at
)

select contact_id, received_date from lake.contacts
where contact_id in (select contact_id from fresh)
union
select around.contact_id, around.received_date from around
where around.contact_id in (select fresh.parent_contact_id from fresh)
    or around.case_number in (select fresh.case_number from fresh)
union
select around.contact_id, around.received_date
from around inner join fresh on around.citizen_key = fresh.citizen_key
where around.received_at < fresh.received_at
    and around.received_at >= fresh.received_at - to_days($days)
"""

OF_BATCH = """
    select contact_id, citizen_key, case_number, parent_contact_id, received_at from new_contacts
    union all by name
    select contacts.contact_id, relinked.citizen_key, contacts.received_at
    from relinked
    inner join lake.contacts as contacts
        on relinked.contact_id = contacts.contact_id
        and relinked.received_date = contacts.received_date
"""
OF_STORED = """
    select contact_id, citizen_key, case_number, parent_contact_id, received_at from lake.contacts
    where received_date in (select received_date from {contacts})
        and contact_id in (select contact_id from {contacts})
"""


def note_touched(lake: Lake, contacts: str = "") -> None:
    """Make the table `touched` (contact_id, received_date) of all whose clocks can change.

    Args:
        lake: open for writing.
        contacts: a table (contact_id, received_date) of stored contacts that were changed; empty:
            those of the batch in new_* and `relinked`.
    """
    fresh = OF_STORED.format(contacts=contacts) if contacts else OF_BATCH
    lake.con.execute(TOUCHED.format(fresh=fresh), {"days": lake.settings.fcr_days})


def replace_clocks(lake: Lake, contacts: str) -> None:
    """Make the clocks of the contacts named in a table (contact_id, received_date) anew.

    The caller owns the transaction.
    """
    make_clocks(lake, contacts)
    lake.con.execute(f"""
        delete from lake.clocks
        where received_date in (select received_date from {contacts})
            and contact_id in (select contact_id from {contacts})
    """)
    lake.con.execute("insert into lake.clocks by name select * from new_clocks")
