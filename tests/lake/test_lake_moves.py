"""A lake's folder may be moved or restored elsewhere."""

import shutil
from dataclasses import replace

import pytest

from pipelines.errors import LakeError, NoLakeError
from pipelines.lake.connect import open_lake


def test_a_lake_copied_to_another_folder_opens_there_with_its_rows(lake, tmp_path):
    lake.con.execute("insert into lake.journal (contact_id) select range::varchar from range(1000)")
    settings = lake.settings
    lake.close()
    shutil.move(settings.home, tmp_path / "elsewhere")
    moved = open_lake(replace(settings, home=tmp_path / "elsewhere"), read_only=True)
    assert moved.con.sql("select count(*) from lake.journal").fetchall() == [(1000,)]
    moved.close()


@pytest.mark.parametrize("read_only", [True, False])
def test_files_without_their_catalogue_are_told_and_no_new_lake_is_made_over_them(lake, read_only):
    lake.con.execute("insert into lake.journal (contact_id) select range::varchar from range(9000)")
    lake.con.execute("call ducklake_flush_inlined_data('lake')")
    settings = lake.settings
    lake.close()
    settings.catalog.unlink()
    with pytest.raises(LakeError, match="catalogue is gone") as told:
        open_lake(settings, read_only=read_only)
    assert not isinstance(told.value, NoLakeError)
    assert not settings.catalog.exists()
