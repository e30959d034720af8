"""Upkeep changes files, never what the lake says."""

from pipelines.lake.upkeep import maintain
from tests.ingest.fingerprint import fingerprint

CALLS = """
    insert into lake.contacts by name
    select 'calls:' || i as contact_id, 'main' as line,
        date '2026-11-16' + (i % 2)::integer as received_date,
        received_date::timestamptz + to_seconds(i) as received_at
    from range($first, $last) as t (i)
"""


def test_a_day_is_one_file_after_rows_of_it_changed_and_the_same_rows(lake):
    for first in (0, 2000):
        lake.con.execute(CALLS, {"first": first, "last": first + 2000})
    lake.con.execute("update lake.contacts set citizen_key = 'k' where contact_id like '%7'")
    lake.con.execute("delete from lake.contacts where contact_id like '%3'")
    said = fingerprint(lake)
    maintain(lake)
    assert fingerprint(lake) == said
    assert said["contacts"][0] == 3600
    of_table = "ducklake_table where table_name = 'contacts' and end_snapshot is null"
    files, deletes = (
        lake.frame(
            f"select count(*) from __ducklake_metadata_lake.{table} where end_snapshot is null "
            f"and table_id in (select table_id from __ducklake_metadata_lake.{of_table})"
        ).item()
        for table in ("ducklake_data_file", "ducklake_delete_file")
    )
    assert (files, deletes) == (2, 0)


def test_of_files_only_what_they_are_chosen_by_is_known_and_upkeep_goes_on(lake):
    lake.con.execute(CALLS, {"first": 0, "last": 2000})
    maintain(lake)
    known = lake.frame("""
        select distinct columns.column_name
        from __ducklake_metadata_lake.ducklake_file_column_stats as stats
        inner join __ducklake_metadata_lake.ducklake_column as columns using (table_id, column_id)
    """).to_series()
    assert set(known) <= {"contact_id", "event_at", "received_at", "received_date", "row_at"}
    lake.con.execute("delete from lake.contacts where contact_id like '%3'")
    said = fingerprint(lake)
    maintain(lake)
    assert fingerprint(lake) == said
    of_a_day = "explain analyze select line from lake.contacts where received_date = '2026-11-16'"
    assert "Total Files Read: 1" in lake.con.execute(of_a_day).fetchall()[0][1]
