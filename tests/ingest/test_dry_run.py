"""The dry run: what would be read, from which column, what rejected and why, and nothing raw."""

import json
from pathlib import Path

from pipelines.dryrun import dry_run
from pipelines.settings import Settings
from tests.chatwoot import WEBHOOKS

CALLS = """\
call_id;Received_At;answered_at;caller_number;text;цвет
1;2026-03-02 10:00;2026-03-02 10:01;+79161234567;Звоните +7 916 123-45-67;red
2;2026-03-02 10:05;2026-03-02 10:01;;;
3;вчера;;+79161234568;;
4;2026-03-02 10:05
"""


def test_a_dry_run_shows_columns_and_rejected_rows_and_writes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS)
    found = dry_run(settings, [path], None)
    (file,) = found.documents()
    assert (file["source"], file["read"], file["accepted"], file["quarantined"]) == (
        "calls",
        4,
        1,
        3,
    )
    shown = {c["column"]: c for c in file["columns"]}
    assert shown["received_at"] == {
        "column": "received_at",
        "read_from": "Received_At",
        "filled": 2,
        "unreadable": 1,
        "example": "2026-03-02 07:00:00+00:00",
    }
    assert shown["text"]["example"] == "Звоните [ТЕЛЕФОН]"
    assert (shown["caller_number"]["filled"], file["unread"]) == (2, ["цвет"])
    assert [(r["row_no"], r["rows"]) for r in file["rejected"]] == [(3, 1), (4, 1), (5, 1)]
    assert file["rejected"][0]["row"].startswith('{"call_id": "2"')
    assert all(r["reason"] and r["action"] for r in file["rejected"])
    assert "916" not in str(found.documents())
    assert not settings.catalog.exists()


def test_a_dry_run_names_what_a_profile_computes_and_joins(
    settings: Settings, tmp_path: Path
) -> None:
    table = Path(__file__).parent.parent / "sources" / "samples" / "city_311.csv"
    (file,) = dry_run(settings, [table], "city_311").documents()
    shown = {c["column"]: c["read_from"] for c in file["columns"]}
    assert shown["due_at"] == "sla_target_dt | target_dt"
    assert shown["is_on_time"] == "on_time | ontime | ontime_status"
    assert "closure_reason" in file["unread"]
    assert [r["row_no"] for r in file["rejected"]] == [7]


QUEUE_LOG = """\
1772434800|c1|main|NONE|ENTERQUEUE||89161234567|1
1772434809|c1|main|SIP/1|CONNECT|9|c1.2|3
1772434810|NONE|NONE|SIP/1|PAUSE|обед
"""
QUEUE_TABLE = """\
uid,date_time,callid,queue_name,type,event,data1,data2,data3
1,2026-03-02 10:00:00,c1,main,NONE,ENTERQUEUE,,89161234567,1
2,2026-03-02 10:00:09,c1,main,SIP/1,CONNECT,9,c1.2,3
"""
CDR = """\
"","89161234567","600","in","","SIP/1-0000000a","SIP/2-0000000b","Queue","main,t",\
"2026-03-02 10:00:00","","2026-03-02 10:02:00",120,90,"ANSWERED","D","1.1","","","1.1",7
"""


def test_built_in_adapters_tell_the_field_of_their_log_each_column_is_read_from(
    settings: Settings, tmp_path: Path
) -> None:
    hooks = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in WEBHOOKS)
    logs = {"queue_log": QUEUE_LOG, "table.csv": QUEUE_TABLE, "Master.csv": CDR, "hooks": hooks}
    for name, text in logs.items():
        (tmp_path / name).write_text(text)
    found = dry_run(settings, [tmp_path / name for name in logs], None)
    text, table, cdr, chat = (
        {c["column"]: c["read_from"] for c in file["columns"]} for file in found.documents()
    )
    assert (text["event_at"], text["operator_id"]) == ("field 1 (epoch)", "field 4 (agent)")
    assert text["caller_number"] == "field 5 (event), field 7 (data2)"
    assert text["reason"] == "field 5 (event), field 6 (data1)"
    assert (table["event_at"], table["operator_id"]) == ("date_time", "type")
    assert (table["line"], table["channel"]) == ("queue_name, event", "= phone")
    assert cdr["call_id"].endswith("field 17 (uniqueid), field 18-20 (linkedid)")
    assert (cdr["operator_id"], cdr["talk_s"]) == ("field 7 (dstchannel)", "field 14 (billsec)")
    assert chat["event_at"].startswith("messages[].created_at, ")
    assert (chat["citizen_phone"], "region" in chat) == ("meta.sender.phone_number", False)
    assert not [c for one in (text, table, cdr, chat) for c in one.values() if c == "events"]
    assert [f["unread"][:2] for f in found.documents()][1:3] == [
        ["uid"], ["field 1 (accountcode)", "field 4 (dcontext)"],
    ]  # fmt: skip
