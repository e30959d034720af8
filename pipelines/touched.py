"""Contacts whose clocks can change with the rows that came, and their clocks made anew.

A tick of the worker writes rows and names their contacts in `lake.unjudged`, in one transaction;
`judge` makes the clocks of all that stand there in another. So a line is in the lake before its
clocks are, a killed worker forgets none, and however many ticks came between, judging costs as much
as after each.
"""

from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.promises import make_clocks

EVENTS_A_CONTACT = 5

FRESH = "create or replace temp table fresh as {contacts}"
OF_BATCH = """
    select contact_id, received_date, citizen_key, case_number, parent_contact_id, received_at
    from new_contacts
    union all by name
    select contacts.contact_id, contacts.received_date, relinked.citizen_key, contacts.received_at
    from relinked
    inner join lake.contacts as contacts
        on relinked.contact_id = contacts.contact_id
        and relinked.received_date = contacts.received_date
"""
OF_STORED = """
    select contact_id, received_date, citizen_key, case_number, parent_contact_id, received_at
    from lake.contacts
    where received_date in (select received_date from {contacts})
        and contact_id in (select contact_id from {contacts})
"""
SPAN = """
select
    min(received_at) - to_days($days), max(received_at),
    bool_or(coalesce(citizen_key, case_number, parent_contact_id) is not null)
from fresh
"""
# a look into the contacts of these days is dear: one, and none where nothing ties contacts
AROUND = """
create or replace temp table around as
select contact_id, received_date, citizen_key, case_number, received_at
from lake.contacts
where received_date between $first_day and $last_day
    and received_at between $first_at and $last_at
    and (
        citizen_key in (select citizen_key from fresh where citizen_key is not null)
        or case_number in (select case_number from fresh where case_number is not null)
        or contact_id in (select parent_contact_id from fresh where parent_contact_id is not null)
    )
"""
# whose clocks can change: the contacts themselves, those linked anew, earlier contacts of the same
# citizen (first-contact resolution), the contacts they continue and the rest of their case
TOUCHED = """
create or replace temp table touched as
select contact_id, received_date from fresh
"""
TIED = """
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
WAITING = """
create or replace temp table waiting as
select distinct contact_id, received_date from lake.unjudged
"""


def note_touched(lake: Lake, contacts: str = "") -> None:
    """Make the table `touched` (contact_id, received_date) of all whose clocks can change.

    Args:
        lake: open for writing.
        contacts: a table (contact_id, received_date) of stored contacts that were changed; empty:
            those of the batch in new_* and `relinked`.
    """
    con, days = lake.con, {"days": lake.settings.fcr_days}
    stored = OF_STORED.format(contacts=contacts) if contacts else OF_BATCH
    con.execute(FRESH.format(contacts=stored))
    first, last, is_tied = con.execute(SPAN, days).fetchall()[0]
    if not is_tied:
        con.execute(TOUCHED)
        return
    zone = lake.settings.tz
    first_day, last_day = first.astimezone(zone).date(), last.astimezone(zone).date()
    span = {"first_day": first_day, "last_day": last_day, "first_at": first, "last_at": last}
    con.execute(AROUND, span)
    con.execute(TOUCHED + TIED, days)


def replace_clocks(lake: Lake, contacts: str) -> None:
    """Make the clocks of the contacts named in a table (contact_id, received_date) anew.

    The caller owns the transaction.
    """
    make_clocks(lake, contacts)
    days = lake.con.sql(f"select distinct received_date from {contacts}").fetchall()
    lake.con.execute(
        f"delete from lake.clocks where {in_days('received_date', [day for (day,) in days])} "
        f"and contact_id in (select contact_id from {contacts})"
    )
    lake.con.execute("insert into lake.clocks by name select * from new_clocks")


def judge(lake: Lake) -> int:
    """Make the clocks of all contacts ticks have left unjudged; return how many there were.

    Args:
        lake: open for writing, in no transaction.
    """
    waiting = int(lake.con.sql("select count(*) from lake.unjudged").fetchall()[0][0])
    if not waiting:
        return 0
    with lake.sized(waiting * EVENTS_A_CONTACT), lake.transaction():
        lake.con.execute(WAITING)
        note_touched(lake, "waiting")
        replace_clocks(lake, "touched")
        mark_dirty(lake, "touched", needs_clocks=False)
        lake.con.execute("delete from lake.unjudged")
        lake.brings_clocks_alone()
    return waiting
