"""A change of promises.yml is heeded by itself: every day is judged by the new rules."""

from dataclasses import replace
from typing import Any

from pipelines.lake.connect import open_lake
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
    settings = lake.settings
    lake.close()
    again = open_lake(replace(settings, reference=edited_reference(ROW)))
    assert settle(again) == 1
    assert again.con.sql(
        "select contact_id, stopped_at = due_at from lake.clocks where promise = 'phone.wait_two'"
    ).fetchall() == [("calls:a1", True)]
    assert settle(again) == 0
    again.close()
