"""A lake written by an older program opens, and settles itself."""

from datetime import date

import pytest

from pipelines.errors import LakeError
from pipelines.lake.connect import open_lake
from pipelines.lake.schema import SCHEMA_VERSION, TABLES
from pipelines.marts import settled
from pipelines.marts.build import build


def make_older(lake) -> None:
    """As version 1 had it: clocks with columns of their contacts; no wrap_s in legs."""
    with lake.transaction():
        lake.con.execute("drop table lake.clocks")
        lake.con.execute("create table lake.clocks (contact_id varchar, line varchar)")
        lake.con.execute("alter table lake.legs drop column wrap_s")
        lake.con.execute("update lake.meta set value = '1' where name = 'schema_version'")
        lake.con.execute(
            "insert into lake.contacts (contact_id, received_date) values ('a', '2026-11-16')"
        )


def test_an_older_lake_gets_the_columns_it_lacks_and_its_days_are_judged_again(lake, settings):
    make_older(lake)
    lake.close()
    opened = open_lake(settings)
    for table in ("clocks", "legs"):
        have = [row[0] for row in opened.con.sql(f"describe lake.{table}").fetchall()]
        assert sorted(have) == sorted(TABLES[table])
    assert opened.con.sql("select * from lake.dirty_days").fetchall() == [
        (date(2026, 11, 16), True)
    ]
    assert opened.con.sql("select contact_id from lake.contacts").fetchall() == [("a",)]
    opened.close()


def test_a_lake_whose_marts_alone_are_older_is_of_this_version_and_its_days_are_built_again(
    lake, settings
):
    day, said = date(2026, 11, 16), "select value from lake.meta where name = 'schema_version'"
    with lake.transaction():
        lake.con.execute(
            "insert into lake.contacts (contact_id, received_at, received_date)"
            " values ('a', '2026-11-16 09:00:00+00', '2026-11-16')"
        )
    with lake.transaction():
        build(lake, [day])
    assert settled.clean(lake, [day]) == [day]
    with lake.transaction():  # as version 9 left it: another mart, made by other rules
        lake.con.execute("alter table lake.mart_operator_parts drop column next_reply_s")
        lake.con.execute("update lake.meta set value = 'of 9' where name = 'marts'")
        lake.con.execute("update lake.meta set value = '9' where name = 'schema_version'")
    lake.close()
    with pytest.raises(LakeError, match=r"of version 9.*Start the worker"):
        open_lake(settings, read_only=True)
    opened = open_lake(settings)
    assert opened.con.sql(said).fetchall() == [(str(SCHEMA_VERSION),)]
    assert settled.clean(opened, [day]) == []  # answered from rows until built again
    with opened.transaction():
        build(opened, [day])
    assert settled.clean(opened, [day]) == [day]
    columns = opened.con.sql("describe lake.mart_operator_parts").fetchall()
    assert "next_reply_s" in {row[0] for row in columns}
    opened.close()
    open_lake(settings, read_only=True).close()


def test_a_reader_of_an_older_lake_is_told_who_brings_it_up_to_date(lake, settings):
    make_older(lake)
    lake.close()
    with pytest.raises(LakeError, match=r"of version 1.*Start the worker"):
        open_lake(settings, read_only=True)


def test_a_lake_of_a_newer_program_is_refused(lake, settings):
    lake.con.execute(f"update lake.meta set value = '{SCHEMA_VERSION + 1}'")
    lake.close()
    with pytest.raises(LakeError, match="Update the program"):
        open_lake(settings)


def test_new_tables_are_known_to_the_catalogue_and_empty_also_after_a_kill_in_the_making(lake):
    counted = "select count(*) from __ducklake_metadata_lake.ducklake_table_stats"
    assert lake.con.sql(counted).fetchall() == [(len(TABLES),)]
    with lake.transaction():  # as a kill between its two transactions leaves it
        lake.con.execute("insert into lake.meta values ('new_tables', 'legs clocks')")
        lake.con.execute("insert into lake.clocks (contact_id) values (null), ('a')")
    lake.close()
    opened = open_lake(lake.settings)
    assert opened.con.sql("select contact_id from lake.clocks").fetchall() == [("a",)]
    for table in TABLES.keys() - {"meta", "clocks"}:
        assert opened.con.sql(f"select 1 from lake.{table} limit 1").fetchall() == []
    new = "select 1 from lake.meta where name = 'new_tables'"
    assert opened.con.sql(new).fetchall() == []
    opened.close()
