"""Logs of few columns come in, and what they do not tell is unknown, not wrong."""

from datetime import UTC, datetime

from pipelines.metrics import Query, volume
from pipelines.quality import check

COUNTS = ("offered", "answered", "abandoned", "abandoned_short", "flowed_out", "waiting")
CALLS = """call_id,received_at,queued_at,outcome
a,2026-03-02T10:00:00+03:00,2026-03-02T10:00:05+03:00,abandoned
b,2026-03-02T10:01:00+03:00,2026-03-02T10:01:05+03:00,served
c,2026-03-02T10:02:00+03:00,2026-03-02T10:02:05+03:00,callback
"""
CHAT = '{"chat_id": "h", "received_at": "2026-03-02T10:00:00+03:00", "closed_by": "operator"}\n'


def test_how_a_contact_ended_is_counted_where_no_log_tells_when(lake, put, tmp_path):
    for name, text in (("calls.csv", CALLS), ("chats.jsonl", CHAT)):
        (tmp_path / name).write_text(text, "utf-8")
        assert put(tmp_path / name).quarantined == 0
    day = {"start": datetime(2026, 3, 2, tzinfo=UTC), "end": datetime(2026, 3, 3, tzinfo=UTC)}
    asked = Query(**day, by=("channel",), as_of=datetime(2026, 4, 1, tzinfo=UTC))
    assert volume(lake, asked).select("channel", *COUNTS).rows() == [
        ("chat", 1, 1, 0, 0, 0, 0),
        ("phone", 3, 1, 1, 0, 1, 0),
    ]
    found = check(lake).filter(severity="critical", is_success=False)
    assert found["expectation"].to_list() == []
