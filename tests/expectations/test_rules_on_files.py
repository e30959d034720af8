"""Rules meet rows as the readers make them: a file in, the reasons out."""

from pathlib import Path

import pytest

from expectations import validate
from pipelines.lake.connect import Lake
from pipelines.sources import Context, read

CALLS = """\
call_id,received_at,queued_at,answered_at,ended_at,dialled_number,category,outcome,rating,hold_s
1,2026-03-02T12:00:00+03:00,2026-03-02T12:00:00+03:00,2026-03-02T12:01:00+03:00,2026-03-02T12:05:00+03:00,8-800-555-35-35,passport,served,5,0
2,2026-03-02T12:00:00+03:00,,,,,,,,
3,2026-03-02T12:00:00+03:00,2026-03-02T12:00:00+03:00,2026-03-02T12:01:00+03:00,2026-03-02T12:00:59+03:00,112,passport,served,5,0
,2026-03-02T12:00:00+03:00,,,,112,,,,
5,yesterday,,,,112,,,,
6,,,,,112,,,,
7,2026-03-02T12:00:00+03:00,,,2026-03-02T25:00:00,112,,,,
8,2026-03-02T12:00:00+03:00,,,,8-800-000-00-00,Прочее,misc,отлично,-1
"""
CHATS = """\
{"chat_id": "1", "received_at": "2026-03-02T12:00:00+03:00", "messages": [{"at": "2026-03-02T12:00:01+03:00", "sender": "citizen", "text": "да"}]}
{"chat_id": "2", "received_at": "2026-03-02T12:00:00+03:00", "messages": []}
{"chat_id": "3", "received_at": "2026-03-02T12:00:00+03:00", "ended_at": "2026-03-02T11:00:00+03:00", "messages": [{"sent_at": "2026-03-02T11:59:59+03:00", "sender": "ghost"}]}
"""  # noqa: E501 a row of a log is a line


def reasons(lake: Lake, tmp_path: Path, name: str, text: str, *, quick: bool) -> list[object]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    source = name.split(".")[0]
    [staged] = read(path, source, Context.of(lake.settings))
    lake.con.register("incoming", staged.frame)
    lake.con.execute("create or replace table staged as select * from incoming")
    lake.con.unregister("incoming")
    first = staged.frame["row_no"].min()
    failures = validate(lake.con, "staged", source, staged.frame.columns, quick=quick).failures
    return [(row_no - first + 1, rule) for row_no, rule in failures.iter_rows()]


@pytest.mark.parametrize("quick", [False, True])
def test_rows_of_a_calls_file(lake, tmp_path, quick):
    assert reasons(lake, tmp_path, "calls.csv", CALLS, quick=quick) == [
        (3, "calls.ended_after_answered"),
        (4, "calls.id_present"),
        (5, "calls.received_present"),
        (6, "calls.received_present"),
        (7, "calls.fields_readable"),
        (8, "calls.category_known"),
        (8, "calls.details_readable"),
        (8, "calls.dialled_number_known"),
        (8, "calls.durations_not_negative"),
        (8, "calls.outcome_known"),
    ]


@pytest.mark.parametrize("quick", [False, True])
def test_rows_of_a_chats_file(lake, tmp_path, quick):
    assert reasons(lake, tmp_path, "chats.jsonl", CHATS, quick=quick) == [
        (2, "chats.has_messages"),
        (3, "chats.messages_after_received"),
        (3, "chats.nothing_before_received"),
        (3, "chats.senders_known"),
    ]
