"""A log that comes in two forms: Asterisk's queue_log as a text and as a table of the database.

Both are one log, so a row of both counts once. To hold one form against the other, the rows of the
table are noted beside; a row the text has too belongs to the text, whichever came first.
"""

from pipelines.lake.connect import Lake

NOTE = """
insert into lake.row_copies
select distinct $source, fates.row_key, fates.row_at, fates.contact_id, $file_id
from fates
where not exists (
    select 1 from lake.row_copies as known
    where known.source = $source and known.row_key = fates.row_key
)
"""
CLAIM = """
update lake.source_rows set file_id = $file_id
where source = $source
    and row_key in (select fates.row_key from fates where fates.fate = 'duplicate')
    and file_id in (select copies.file_id from lake.row_copies as copies)
"""


def note_copies(lake: Lake, source: str, file_id: str, *, is_copy: bool, n_known: int) -> None:
    """Note which rows of the batch came by the second form; the caller owns the transaction.

    Args:
        lake: with the table `fates` of the batch.
        source: of the rows. file_id: of the file they came by.
        is_copy: the file is of the second form. n_known: rows of the batch the lake has already.
    """
    values = {"source": source, "file_id": file_id}
    if is_copy:
        lake.con.execute(NOTE, values)
    elif n_known and lake.has("lake.row_copies"):
        lake.con.execute(CLAIM, values)
