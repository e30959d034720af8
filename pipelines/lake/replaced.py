"""Contacts a file brings again: what it says replaces the old, what it cannot know stays.

Works on the `new_*` tables of one batch, before its transaction.
"""

from collections.abc import Set

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES

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

# `rederive` has looked for them
FOUND = """
create or replace table replaced as
select contact_id, received_date, false as is_partial
from stored_contacts
where contact_id in (select new_contacts.contact_id from new_contacts)
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
CATEGORY = ("category", "category_source")
DECIDED = "when old.category_source = 'analyst' then old.{}"
# a leg that names a category knows better than the model did
IS_LATER = "old.category_source = 'model' and new.category is not null"
LATEST = ("outcome", "operator_id", "rating", "closed_by")  # a further leg knows these better


def complete(lake: Lake, *, is_wide: bool, is_found: bool, known: Set[str]) -> None:
    """Make `replaced`, the contacts of the batch that are in the lake, and complete the new ones.

    Args:
        lake: holds the new_* tables.
        is_wide: only wide logs replace contacts whole; events are completed by `rederive`.
        is_found: those of the lake are in `stored_contacts` (a batch of events alone).
        known: event kinds and header fields the file can know.
    """
    if is_found:
        lake.con.execute(FOUND)
    else:
        lake.con.execute(REPLACED, {"is_wide": is_wide})
    if is_wide and lake.has("replaced"):
        for sql in COMPLETE:
            lake.con.execute(sql)
        lake.con.execute(KEPT_EVENTS, {"known": sorted(known)})
        lake.con.execute(RENUMBER)
        lake.con.execute(_complete_headers(known))


def _complete_headers(known: Set[str]) -> str:
    """Of a further leg the header stands; of a newer version only what its file cannot know."""
    fields = [c for c in TABLES["contacts"] if c not in OWN]
    latest = {c: f"coalesce(new.{c}, old.{c})" for c in fields}
    stands = {c: latest[c] if c in LATEST else f"coalesce(old.{c}, new.{c})" for c in fields}
    stands["category"] = f"case when {IS_LATER} then new.category else {stands['category']} end"
    stands["category_source"] = (
        f"case when {IS_LATER} then new.category_source else {stands['category_source']} end"
    )
    newer = {c: f"new.{c}" if c in known else latest[c] for c in fields}
    # a category the model gave stays while the log names none; what an analyst decided stays
    told = "old.category_source" if "category" not in known else "nullif({}, 'recorded')"
    told = told.format("old.category_source")
    newer["category"] = (
        f"coalesce(new.category, case when {told} is not null then old.category end)"
    )
    newer["category_source"] = (
        f"case when new.category is not null then new.category_source else {told} end"
    )
    chosen = ", ".join(
        f"case {DECIDED.format(c) if c in CATEGORY else ''} "
        f"when replaced.is_partial then {stands[c]} else {newer[c]} end as {c}"
        for c in fields
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
