"""What one log tells of a contact is not lost when another log brings the contact again."""

import json

HEAD = "call_id,dialled_number,received_at,queued_at,answered_at,ended_at,operator_id,category"
DAY = "2026-03-02"


def event(second: str, kind: str, **more: str) -> str:
    row = {"event_at": f"{DAY}T{second}+03:00", "contact_id": "calls:a1", "channel": "phone"}
    return json.dumps(row | {"kind": kind, **more})


def times(*clocks: str) -> str:
    return ",".join(f"{DAY}T{c}+03:00" if c else "" for c in clocks)


def live(tmp_path):
    """A call as it was told live: held, recategorised, confirmed, rated."""
    log = tmp_path / "events.jsonl"
    rows = [
        event("10:00:00", "received", line="main", category="form_error", text="Не грузится"),
        event("10:00:05", "queued", line="main"),
        event("10:00:20", "answered", operator_id="op1"),
        event("10:01:00", "hold_started"),
        event("10:02:00", "hold_ended"),
        event("10:03:00", "recategorised", value="document_upload"),
        event("10:05:00", "ended", value="served"),
        event("10:06:00", "confirmation_sent", value="email"),
        event("10:07:00", "rated", value="5"),
    ]
    log.write_text("\n".join(rows) + "\n", "utf-8")
    return log


def test_a_wide_log_without_a_column_leaves_what_the_events_told(lake, put, tmp_path):
    put(live(tmp_path))
    wide = tmp_path / "calls.csv"
    row = f"a1,88005553535,{times('10:00:00', '10:00:05', '10:00:20', '10:05:00')},op1,"
    wide.write_text(f"{HEAD}\n{row}document_upload\n", "utf-8")
    assert put(wide).updated == 1
    kinds = lake.con.sql("select kind from lake.events order by event_at, seq").fetchall()
    assert [kind for (kind,) in kinds] == [
        "received", "queued", "answered", "hold_started", "hold_ended", "recategorised", "ended",
        "confirmation_sent", "rated",
    ]  # fmt: skip
    header = lake.con.sql(
        "select category, first_category, rating, confirmation_channel, text, outcome "
        "from lake.contacts"
    ).fetchall()
    assert header == [("document_upload", "form_error", 5.0, "email", "Не грузится", "served")]
    assert lake.con.sql("select max(seq), count(distinct seq) from lake.events").fetchall() == [
        (9, 9)
    ]


def test_a_wide_log_with_the_column_says_it_anew(lake, put, tmp_path):
    put(live(tmp_path))
    wide = tmp_path / "calls.csv"
    row = f"a1,88005553535,{times('10:00:00', '10:00:05', '10:00:20', '10:05:00')},op1,passport,"
    wide.write_text(f"{HEAD},rating,confirmation_sent_at\n{row},\n", "utf-8")
    put(wide)
    header = lake.con.sql("select category, rating from lake.contacts").fetchall()
    assert header == [("passport", None)]
    assert lake.con.sql(
        "select count(*) from lake.events where kind in ('rated', 'confirmation_sent')"
    ).fetchall() == [(0,)]
