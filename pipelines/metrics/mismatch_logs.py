"""Logs held against each other: what one has and the other lacks, each way.

Telephony, chats and forms against the journal of cases; telephony against the exchange's call
detail records; the text of a queue_log against its table. Rows as in `mismatch_calls.py`; what has
no contact has a `reference`: the case number, or the id of the call.
"""

NEAR_S = 15  # the same caller at the same time: another exchange's id for the same call
SLACK_S = 2  # the text of a log is written a moment after its table

# contacts and journal entries meet by the case number or, where one side has none, by the contact;
# the other side may have been written on the day next to it
NOT_IN_JOURNAL = """
select 'not_in_journal' as finding, call.contact_id, cast(null as integer) as leg,
    call.case_number as reference, call.received_at as happened_at, call.line, call.channel,
    call.operator_id, 'none' as effect, 'no_entry' as evidence
from near_contacts as call
where call.is_asked and call.case_number is not null
    and exists (select 1 from near_journal as entry where entry.is_asked)
    -- the journal may come a day late: what is newer than all of it is not missing yet
    and call.received_at <= (select max(entry.received_at) from near_journal as entry)
    and not exists (
        select 1 from near_journal as entry where entry.case_number = call.case_number
    )
    and not exists (
        select 1 from near_journal as entry where entry.contact_id = call.contact_id
    )
"""

NOT_IN_LOGS = """
select 'not_in_logs' as finding, entry.contact_id, cast(null as integer) as leg,
    entry.case_number as reference, entry.received_at as happened_at,
    cast(null as varchar) as line, entry.channel, cast(null as varchar) as operator_id,
    case when entry.channel = 'phone' then 'missing' else 'none' end as effect,
    'no_contact' as evidence
from near_journal as entry
where entry.is_asked
    and not exists (
        select 1 from near_contacts as call where call.case_number = entry.case_number
    )
    and not exists (
        select 1 from near_contacts as call where call.contact_id = entry.contact_id
    )
"""

NOT_IN_CDR = """
select 'not_in_cdr' as finding, call.contact_id, leg.leg, cast(null as varchar) as reference,
    call.received_at as happened_at, call.line, call.channel, call.operator_id,
    'extra' as effect, 'no_record' as evidence
from near_contacts as call
inner join near_legs as leg on call.contact_id = leg.contact_id
where call.is_asked and call.is_recorded
    -- another exchange's calls are not in these records at all
    and call.source in (
        select known.source from near_contacts as known
        inner join met_calls as met on known.contact_id = met.contact_id
    )
    and call.contact_id not in (select met.contact_id from met_calls as met)
"""

NOT_IN_TELEPHONY = """
select 'not_in_telephony' as finding, cast(null as varchar) as contact_id,
    cast(null as integer) as leg, call.call_id as reference, call.started_at as happened_at,
    call.line, 'phone' as channel, cast(null as varchar) as operator_id, 'missing' as effect,
    'no_contact' as evidence
from near_calls as call
where call.is_asked and call.call_id not in (select met.call_id from met_calls as met)
"""

FORMS_DISAGREE = f"""
select 'forms_disagree' as finding, call.contact_id, leg.leg, cast(null as varchar) as reference,
    call.received_at as happened_at, call.line, call.channel, call.operator_id,
    'doubtful' as effect,
    case
        when forms.n_text = 0 then 'table_only'
        when forms.n_table = 0 then 'text_only'
        when forms.n_text <> forms.n_table then 'rows_differ'
        else 'times_differ'
    end as evidence
from near_forms as forms
inner join near_contacts as call on forms.contact_id = call.contact_id
left join near_legs as leg on call.contact_id = leg.contact_id
where call.is_asked and (
    forms.n_text <> forms.n_table
    or abs(epoch(forms.first_text_at) - epoch(forms.first_table_at)) > {SLACK_S}
    or abs(epoch(forms.last_text_at) - epoch(forms.last_table_at)) > {SLACK_S}
)
"""

MISSING = {
    "not_in_journal": NOT_IN_JOURNAL,
    "not_in_logs": NOT_IN_LOGS,
    "not_in_telephony": NOT_IN_TELEPHONY,
    "not_in_cdr": NOT_IN_CDR,
    "forms_disagree": FORMS_DISAGREE,
}

# rows of a contact in each form, where both forms cover its time
NEAR_FORMS = """
create or replace temp table near_forms as
with
copies as (
    select contact_id, row_at from {copies}
    where contact_id is not null and row_at >= $near_start and row_at < $near_end
),

texts as (
    select contact_id, row_at from lake.source_rows
    where source = 'queue_log' and contact_id is not null
        and row_at >= $near_start and row_at < $near_end
        and file_id not in (select known.file_id from {copies} as known)
),

covered as (
    select greatest(copied.first_at, told.first_at) as first_at,
        least(copied.last_at, told.last_at) as last_at
    from (select min(row_at) as first_at, max(row_at) as last_at from copies) as copied
    cross join (select min(row_at) as first_at, max(row_at) as last_at from texts) as told
    where copied.first_at is not null and told.first_at is not null
),

told as (
    select contact_id, row_at, false as is_copy from texts
    union all
    select contact_id, row_at, true from copies
),

forms as (
    select
        contact_id,
        count(*) filter (where not is_copy) as n_text,
        count(*) filter (where is_copy) as n_table,
        min(row_at) filter (where not is_copy) as first_text_at,
        min(row_at) filter (where is_copy) as first_table_at,
        max(row_at) filter (where not is_copy) as last_text_at,
        max(row_at) filter (where is_copy) as last_table_at
    from told
    group by contact_id
)

select forms.* from forms cross join covered
where coalesce(forms.first_text_at, forms.first_table_at) >= covered.first_at
    and coalesce(forms.last_text_at, forms.last_table_at) <= covered.last_at
"""

# contacts and calls of the exchange that are the same: by id, else by the caller and the moment
MET_CALLS = f"""
create or replace temp table met_calls as
select call.contact_id, record.call_id
from near_contacts as call
inner join near_cdr as record on call.native_id = record.record_id
where call.channel = 'phone'
union
select call.contact_id, record.call_id
from near_contacts as call
inner join near_cdr as record on call.native_id = record.call_id
where call.channel = 'phone'
union
select call.contact_id, record.call_id
from near_contacts as call
inner join near_phones as phone on call.contact_id = phone.contact_id
inner join near_cdr as record
    on phone.key = record.phone_key
    and record.started_at between call.received_at - to_seconds({NEAR_S})
    and call.received_at + to_seconds({NEAR_S})
where call.channel = 'phone'
"""
