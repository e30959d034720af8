"""What becomes of every row of a batch: accepted, updated, duplicate; each is counted once."""

from dataclasses import dataclass

from pipelines.lake.connect import Lake

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
    from {stored} as contacts
    where contacts.contact_id in (select batch.contact_id from batch)
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

# constants, so that files of other times are not opened
BOUND = "and rows.row_at >= $first and rows.row_at <= $last"
SPAN = """
select min(row_at), max(row_at) from (
    select row_at from staged
    union all
    select row_at from ignored
)
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
    is_bound = dataset == "events"
    leg = "leg" if dataset == "calls" else "1"
    # a line of a queue_log may be two rows
    once = "qualify row_number() over (partition by row_no) = 1" if dataset == "events" else ""
    has_twins = lake.con.sql("select count(*) > count(distinct row_no) from staged").fetchall()
    sql = FATES.format(
        leg=leg,
        bound=BOUND if is_bound else "",
        once=once if has_twins == [(True,)] else "",
        # of events each row counts by itself
        stored="lake.contacts" if is_wide else "(select contact_id from batch limit 0)",
    )
    params = {"source": source}
    if is_bound:
        params |= dict(zip(("first", "last"), lake.con.sql(SPAN).fetchall()[0], strict=True))
    lake.con.execute(sql, params)
    counted = dict(lake.con.sql("select fate, count(*) from fates group by fate").fetchall())
    lake.con.execute(KEEP[is_wide])
    return Counts(**counted)
