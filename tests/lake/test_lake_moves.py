"""A lake's folder may be moved or restored elsewhere."""

import shutil
from dataclasses import replace

from pipelines.lake.connect import open_lake


def test_a_lake_copied_to_another_folder_opens_there_with_its_rows(lake, tmp_path):
    lake.con.execute("insert into lake.journal (contact_id) select range::varchar from range(1000)")
    settings = lake.settings
    lake.close()
    shutil.move(settings.home, tmp_path / "elsewhere")
    moved = open_lake(replace(settings, home=tmp_path / "elsewhere"), read_only=True)
    assert moved.con.sql("select count(*) from lake.journal").fetchall() == [(1000,)]
    moved.close()
