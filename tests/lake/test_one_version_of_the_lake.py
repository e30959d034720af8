"""Figures of one page are of one version of the lake, whatever is committed meanwhile."""

from contextlib import closing

import pytest

from pipelines.lake.connect import open_lake

N = "select count(*) from lake.contacts"


def test_what_is_committed_meanwhile_is_seen_afterwards(lake, settings):
    with closing(open_lake(settings, read_only=True)) as reader:
        with reader.transaction():
            seen = [reader.con.sql(N).fetchall()]
            lake.con.execute("insert into lake.contacts (contact_id) values ('calls:1')")
            seen.append(reader.con.sql(N).fetchall())
        seen.append(reader.con.sql(N).fetchall())
    assert seen == [[(0,)], [(0,)], [(1,)]]


def test_an_error_leaves_the_reader_fit_for_the_next_question(lake, settings):
    with closing(open_lake(settings, read_only=True)) as reader:
        with pytest.raises(ValueError, match="no figure"), reader.transaction():
            raise ValueError("no figure")
        with reader.transaction():
            assert reader.con.sql(N).fetchall() == [(0,)]
