"""A change of promises.yml, or of the marts, is heeded by itself: every day is made again by it."""

from dataclasses import replace
from datetime import date
from typing import Any

from pipelines.lake.connect import open_lake
from pipelines.marts import settled
from pipelines.settle import settle

CALL = """call_id,dialled_number,received_at,queued_at,answered_at,ended_at
a1,88005553535,2026-03-02T10:00:00+03:00,2026-03-02T10:00:00+03:00,2026-03-02T10:02:00+03:00,2026-03-02T10:05:00+03:00
"""
ROW = """
  - id: phone.wait_two
    label: {ru: Две минуты, en: Two minutes}
    kind: clock
    applies: {channel: phone}
    start: [queued]
    stop: [answered]
    target: PT2M
    basis: assumed
"""


def test_days_judged_before_a_row_was_added_are_judged_by_it(
    lake: Any, tmp_path: Any, edited_reference: Any
) -> None:
    from pipelines.ingest import ingest

    log = tmp_path / "calls.csv"
    log.write_text(CALL, "utf-8")
    list(ingest(lake, [log]))
    assert settle(lake) == 0  # nothing changed: nothing to do
    # marts an earlier program made are made anew by themselves, too
    lake.con.execute("update lake.meta set value = 'earlier' where name = 'marts'")
    lake.con.execute("drop table lake.mart_operator_parts")
    assert settle(lake) == 1
    assert settled.clean(lake, [date(2026, 3, 2)]) == [date(2026, 3, 2)]
    assert lake.con.sql("select count(*) from lake.mart_operator_parts").fetchall() == [(0,)]
    settings = lake.settings
    lake.close()
    again = open_lake(replace(settings, reference=edited_reference(ROW)))
    assert settle(again) == 1
    assert again.con.sql(
        "select contact_id, stopped_at = due_at from lake.clocks where promise = 'phone.wait_two'"
    ).fetchall() == [("calls:a1", True)]
    assert settle(again) == 0
    again.close()
