"""Every row once: repeated files, overlapping exports, later versions, late legs."""

import json

from pipelines import settle
from pipelines.ingest import ingest

COLUMNS = (
    "call_id,leg,dialled_number,caller_number,received_at,queued_at,answered_at,ended_at,"
    "operator_id,category,outcome"
)
CALLS = f"""{COLUMNS}
a1,,88005553535,+79161234567,2026-03-02T10:00:00+03:00,2026-03-02T10:00:05+03:00,2026-03-02T10:00:25+03:00,2026-03-02T10:05:00+03:00,op1,form_error,served
a2,,88005553535,+79161234568,2026-03-02T10:01:00+03:00,2026-03-02T10:01:05+03:00,,2026-03-02T10:02:05+03:00,,,abandoned
"""
HEAD = CALLS.splitlines()[0]


def account(result):
    return (result.read, result.accepted, result.updated, result.duplicate, result.quarantined)


def count(lake, table):
    return lake.con.sql(f"select count(*) from lake.{table}").fetchall()[0][0]


def days_of(lake, table):
    rows = lake.con.sql(f"select distinct received_date from lake.{table}").fetchall()
    return sorted(str(day) for (day,) in rows)


def write(path, *rows):
    path.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    return path


def test_the_same_file_again_changes_nothing_and_says_so(lake, put, tmp_path):
    file = tmp_path / "calls.csv"
    file.write_text(CALLS, "utf-8")
    assert account(put(file)) == (2, 2, 0, 0, 0)
    before = lake.snapshot()
    again = put(file)
    assert account(again) == (2, 0, 0, 2, 0)
    assert again.is_known
    assert lake.snapshot() == before


def test_overlapping_exports_add_only_what_is_new(lake, put, tmp_path):
    rows = CALLS.splitlines()[1:]
    put(write(tmp_path / "monday.csv", *rows))
    third = rows[0].replace("a1,", "a3,")
    assert account(put(write(tmp_path / "week.csv", *rows, third))) == (3, 1, 0, 2, 0)
    assert (count(lake, "contacts"), count(lake, "legs")) == (3, 3)


def test_a_later_version_replaces_the_contact_and_the_old_one_is_kept(lake, put, tmp_path):
    rows = CALLS.splitlines()[1:]
    put(write(tmp_path / "early.csv", *rows))
    news = rows[0].replace("form_error", "document_upload")
    assert account(put(write(tmp_path / "late.csv", news, rows[1]))) == (2, 0, 1, 1, 0)
    assert lake.con.sql("select category from lake.contacts order by contact_id").fetchall() == [
        ("document_upload",),
        (None,),
    ]
    ((contact, old),) = lake.con.sql("select contact_id, old from lake.contact_change").fetchall()
    assert (contact, json.loads(old)["category"]) == ("calls:a1", "form_error")
    assert (count(lake, "contacts"), count(lake, "legs")) == (2, 2)


def test_the_same_row_twice_in_one_file_counts_once(lake, put, tmp_path):
    row = CALLS.splitlines()[1]
    assert account(put(write(tmp_path / "c.csv", row, row))) == (2, 1, 0, 1, 0)
    assert count(lake, "legs") == 1


def test_two_versions_in_one_file_leave_the_later(lake, put, tmp_path):
    row = CALLS.splitlines()[1]
    later = row.replace("form_error", "service_outage")
    assert account(put(write(tmp_path / "c.csv", row, later))) == (2, 1, 1, 0, 0)
    assert lake.con.sql("select category from lake.contacts").fetchall() == [("service_outage",)]


def test_a_further_leg_that_comes_in_a_later_file_completes_the_call(lake, put, tmp_path):
    first = CALLS.splitlines()[1].replace("a1,,", "a1,1,")
    second = (
        "a1,2,88005550101,,2026-03-02T10:00:00+03:00,2026-03-02T10:05:00+03:00,"
        "2026-03-02T10:05:30+03:00,2026-03-02T10:09:00+03:00,op2,,served"
    )
    put(write(tmp_path / "one.csv", first))
    assert account(put(write(tmp_path / "two.csv", second))) == (1, 1, 0, 0, 0)
    assert lake.con.sql("select leg, line, operator_id from lake.legs order by leg").fetchall() == [
        (1, "main", "op1"),
        (2, "signature", "op2"),
    ]
    assert lake.con.sql("select line, category from lake.contacts").fetchall() == [
        ("main", "form_error")
    ]
    assert lake.con.sql("select count(*), count(distinct seq) from lake.events").fetchall()[0] in {
        (n, n) for n in range(20)
    }


def test_rows_that_cannot_be_right_are_held_with_their_reason_and_the_rest_go_on(
    lake, put, tmp_path
):
    good, _ = CALLS.splitlines()[1:]
    backwards = good.replace("a1,", "a9,").replace("10:00:25", "09:59:25")
    torn = "a7,,88005553535"
    result = put(write(tmp_path / "c.csv", good, backwards, torn))
    assert (result.read, result.accepted, result.quarantined) == (3, 1, 2)
    held = lake.con.sql(
        "select row_no, reason <> '', action <> '' from lake.quarantine order by row_no"
    ).fetchall()
    assert [row[1:] for row in held] == [(True, True), (True, True)]
    assert count(lake, "contacts") == 1


def test_nothing_raw_of_a_citizen_is_stored_anywhere(lake, put, tmp_path, settings):
    rows = CALLS.splitlines()[1:]
    put(write(tmp_path / "c.csv", *rows, "a7,,88005553535,+79161234599"))
    lake.con.execute("call ducklake_flush_inlined_data('lake')")
    for table in ("contacts", "events", "identity", "quarantine", "source_rows"):
        text = str(lake.con.sql(f"select * from lake.{table}").fetchall())
        assert "916123" not in text
    for file in settings.home.rglob("*"):
        if file.is_file():
            assert b"9161234" not in file.read_bytes(), file.name


def test_a_contact_whose_beginning_comes_late_moves_to_its_day_with_all_its_events(
    lake, put, tmp_path
):
    late = (
        '{"event_at": "2026-03-02T00:00:10+03:00", "contact_id": "calls:n1", "channel": "phone", '
    )
    early = late.replace("2026-03-02T00:00:10", "2026-03-01T23:59:50")
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    lines = (late + f'"kind": "{kind}", "line": "faults"}}\n' for kind in ("queued", "answered"))
    one.write_text("".join(lines), "utf-8")
    two.write_text(early + '"kind": "received", "line": "faults"}\n', "utf-8")
    for file in (one, two):
        put(file, "events")
        settle.settle(lake)
    assert count(lake, "clocks") > 0
    for table in ("contacts", "legs", "events", "clocks"):
        assert days_of(lake, table) == ["2026-03-01"], table


def test_a_contact_whose_later_version_names_another_day_is_judged_on_that_day_only(
    lake, put, tmp_path
):
    row = CALLS.splitlines()[1]
    put(write(tmp_path / "early.csv", row))
    settle.settle(lake)
    once = count(lake, "clocks")
    put(write(tmp_path / "late.csv", row.replace("2026-03-02", "2026-03-03")))
    settle.settle(lake)
    for table in ("contacts", "legs", "events", "clocks"):
        assert days_of(lake, table) == ["2026-03-03"], table
    assert count(lake, "clocks") == once > 0


def test_a_journal_or_operators_log_alone_comes_in(lake, put, tmp_path):
    journal, operators = tmp_path / "journal.csv", tmp_path / "operators.csv"
    journal.write_text(
        "case_number,channel,received_at,contact_id\n"
        "К-1,phone,2026-03-02T10:00:00+03:00,calls:a1\n",
        "utf-8",
    )
    operators.write_text(
        "operator_id,name,team,skills,hired_on,event_at,state,reason\n"
        "op1,Имя,north,technical;ru,2025-01-01,2026-03-02T08:00:00+03:00,login,\n",
        "utf-8",
    )
    assert account(put(journal)) == (1, 1, 0, 0, 0)
    assert account(put(operators)) == (1, 1, 0, 0, 0)
    assert count(lake, "journal") == 1
    assert lake.con.sql("select operator_id, team, skills from lake.operators").fetchall() == [
        ("op1", "north", "technical;ru")
    ]


def test_citizens_met_again_in_a_later_file_are_one_after_it(lake, put, tmp_path):
    rows = CALLS.splitlines()[1:]
    put(write(tmp_path / "calls.csv", *rows))  # two phones, two citizens
    chats = tmp_path / "chats.jsonl"
    both = {
        "chat_id": "k1",
        "received_at": "2026-03-03T10:00:00+03:00",
        "citizen_phone": "+79161234567",
        "citizen_email": "a@example.org",
        "messages": [],
    }
    again = both | {"chat_id": "k2", "citizen_phone": "+79161234568"}
    chats.write_text("\n".join(json.dumps(c) for c in (both, again)) + "\n", "utf-8")
    put(chats)
    settle.settle(lake)
    assert lake.con.sql("select count(distinct citizen_key) from lake.contacts").fetchall() == [
        (1,)
    ]
    assert count(lake, "contacts") == 4


def test_a_repeat_is_seen_over_the_edge_of_the_days_settled_together(lake, tmp_path, monkeypatch):
    """Of many days some are judged at once; all of them must know their citizens before."""
    monkeypatch.setattr(settle, "CONTACTS_AT_ONCE", 1)  # every day by itself
    served = (
        "{id},,88005550101,{phone},{day}T10:00:00+03:00,{day}T10:00:05+03:00,"
        "{day}T10:00:25+03:00,{day}T10:05:00+03:00,op1,{category},served,{day}T10:05:00+03:00"
    )
    days = [f"2026-03-{n:02}" for n in range(1, 5)]
    calls = [
        served.format(id=f"f{n}", phone=f"+7916000{n:04}", day=day, category="passport")
        for n, day in enumerate(days)
    ]
    for name, day in (("first", days[1]), ("again", days[2])):
        phone = {"first": "+79161234567", "again": "+79161234568"}[name]
        calls.append(served.format(id=name, phone=phone, day=day, category="signature_use"))
    (tmp_path / "a.csv").write_text("\n".join((f"{HEAD},resolved_at", *calls)) + "\n", "utf-8")
    one = {"received_at": f"{days[-1]}T12:00:00+03:00", "citizen_email": "a@example.org"}
    chats = (
        one | {"chat_id": f"k{n}", "citizen_phone": f"+7916123456{n}", "messages": []}
        for n in (7, 8)
    )
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, chats)) + "\n", "utf-8")
    list(ingest(lake, [tmp_path / "a.csv", tmp_path / "b.jsonl"]))
    judged = """
        select stop_kind from lake.clocks
        where promise = 'resolution.first_contact' and contact_id = 'calls:first'
    """
    assert lake.con.sql(judged).fetchall() == [("failed",)]
