"""Asterisk queue_log as events: kinds, values, what is proved, the accounting of every line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.sources import Context, Staged, detect, read

Read = Callable[..., list[Staged]]
Rows = Callable[..., list[tuple[object, ...]]]


def _log(*lines: str) -> str:
    parts = (line.partition("|") for line in lines)
    return "".join(f"{1772434800 + int(at)}|{rest}\n" for at, _, rest in parts)


def test_lines_become_events_of_the_call_each_with_its_queue(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|main|NONE|ENTERQUEUE||89161234567|1",
        "4|c1|main|SIP/1|RINGNOANSWER|4000",
        "60|c1|main|NONE|EXITWITHTIMEOUT|1|1|60",
        "60|c1|faults|NONE|ENTERQUEUE||89161234567|1",
        "70|c1|faults|SIP/2|CONNECT|10|c1.2|3",
        "75|c1|faults|SIP/2|HOLD|",
        "80|c1|faults|SIP/2|UNHOLD|",
        "90|c1|faults|SIP/2|COMPLETEAGENT|10|20|1",
    )
    staged = read_text(text, "queue_log")
    assert rows(staged, "row_no", "kind", "line", "operator_id", "value") == [
        (1, "received", "main", None, None),
        (1, "queued", "main", None, None),
        (2, "ring_no_answer", "main", "SIP/1", "4.0"),
        (3, "flowed_out", "main", None, "timeout"),
        (4, "received", "faults", None, None),
        (4, "queued", "faults", None, None),
        (5, "answered", "faults", "SIP/2", "3.0"),
        (6, "hold_started", "faults", "SIP/2", None),
        (7, "hold_ended", "faults", "SIP/2", None),
        (8, "ended", "faults", "SIP/2", "agent"),
    ]
    assert ("queue_log", "hold_s") in staged[0].provides
    assert ("queue_log", "hold_s") not in read_text(text.split("75|")[0], "queue_log")[0].provides


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("9|c1|q|NONE|ABANDON|1|1|9", "abandoned", None),
        ("9|c1|q|NONE|EXITWITHTIMEOUT|1|1|9", "flowed_out", "timeout"),
        ("9|c1|q|NONE|EXITWITHKEY|1|1|1|9", "flowed_out", "key"),
        ("9|c1|q|NONE|EXITEMPTY|1|1|9", "flowed_out", "empty"),
        ("9|c1|q|SIP/1|SYSCOMPAT|", "abandoned", "incompatible"),
        ("9|c1|q|SIP/1|TRANSFER|210|ctx", "transferred", "210"),
        ("9|c1|q|SIP/1|BLINDTRANSFER|210|ctx|0|9|1", "transferred", "210"),
        ("9|c1|q|SIP/1|ATTENDEDTRANSFER|BRIDGE|5f3a|0|9|1", "transferred", None),
        ("9|c1|q|SIP/1|ATTENDEDTRANSFER|APP|Queue|0|9|1", "transferred", None),
        (
            "9|c1|q|SIP/1|ATTENDEDTRANSFER|LINK|Local/210@ctx-0a;1|Local/210@ctx-0a;2|0|9|1",
            "transferred",
            "210",
        ),
        ("9|c1|q|SIP/1|RINGCANCELED|9000", "ringcanceled", None),
        ("9|c1|q|NONE|INFO|IVR|89161234567", "info", None),
    ],
)
def test_each_event_of_the_exchange_has_its_kind(
    line: str, kind: str, value: str | None, read_text: Read, rows: Rows
) -> None:
    begins = ("0|c1|q|NONE|ENTERQUEUE||1|1", "0|c1|q|SIP/1|CONNECT|0|x|0")
    got = rows(read_text(_log(*begins, line), "queue_log"), "row_no", "kind", "value")
    assert [row for row in got if row[0] == 3] == [(3, kind, value)]


def test_the_dialled_number_is_the_first_word_of_a_call(read_text: Read, rows: Rows) -> None:
    text = _log("0|c1|q|NONE|DID|88005550101", "0|c1|q|NONE|ENTERQUEUE||1|1", "1|c2|q|NONE|DID|")
    got = rows(read_text(text, "queue_log"), "kind", "line", "dialled_number", "value")
    assert got == [
        ("received", None, "88005550101", "dialled"),
        ("received", "q", None, None),
        ("queued", "q", None, None),
        ("received", None, None, None),
    ]


def test_an_answer_whose_line_is_lost_is_proved_by_the_end_of_its_talk(
    read_text: Read, rows: Rows
) -> None:
    text = _log(
        "0|c0|q|NONE|ENTERQUEUE||1|1",
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "30|c1|q|SIP/1|COMPLETEAGENT|10|20|1",
        "40|c2|q|NONE|ENTERQUEUE||1|1",
        "90|c2|q|SIP/1|ATTENDEDTRANSFER|LINK|a|b|10|40|1",
        "99|c0|q|SIP/1|CONNECT|99|x|3",
        "110|c0|q|SIP/1|COMPLETECALLER|99|12|1",
    )
    got = rows(read_text(text, "queue_log"), "row_no", "event_at", "kind", "operator_id", "value")
    start = datetime.fromtimestamp(1772434800, UTC)
    assert [row for row in got if row[2] == "answered"] == [
        (3, start + timedelta(seconds=10), "answered", "SIP/1", "recovered"),
        (5, start + timedelta(seconds=50), "answered", "SIP/1", "recovered"),
        (6, start + timedelta(seconds=99), "answered", "SIP/1", "3.0"),
    ]


def test_an_entry_whose_line_is_lost_is_proved_unless_it_lies_before_the_log(
    read_text: Read, rows: Rows
) -> None:
    text = _log(
        "5|c0|q|NONE|ABANDON|1|1|20",
        "6|c1|q|SIP/1|CONNECT|30|x|2",
        "60|c2|q|NONE|ABANDON|1|1|20",
        "90|c3|q|NONE|EXITWITHKEY|1|1|1|25",
        "95|c3|q2|NONE|ENTERQUEUE||1|1",
    )
    got = rows(read_text(text, "queue_log"), "row_no", "event_at", "kind", "value")
    start = datetime.fromtimestamp(1772434800, UTC)
    assert [row for row in got if row[3] == "recovered"] == [
        (2, start - timedelta(seconds=24), "queued", "recovered"),
        (3, start + timedelta(seconds=40), "queued", "recovered"),
    ]


def test_a_member_at_home_shows_no_phone(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "1|c1|q|Local/89161234567@from-queue/n|CONNECT|1|x|1",
        "1|c2|q|Local/+79161234567@from-queue/n|CONNECT|1|x|1",
        "1|NONE|q|Local/89161234567@from-queue/n|PAUSE|обед",
    )
    staged = read_text(text, "queue_log")
    names = {name for (name,) in rows(staged, "operator_id", dataset="events") if name}
    assert len(names) == 2  # the same person, written with and without the plus
    assert not any("916123" in name for name in names)
    assert rows(staged, "operator_id", dataset="operators")[0][0] in names


def test_the_number_of_the_caller_becomes_a_key_of_the_first_event(
    read_text: Read, rows: Rows
) -> None:
    text = _log("0|c1|q|NONE|ENTERQUEUE||+7 916 123-45-67|1", "0|c2|q|NONE|ENTERQUEUE||anonymous|1")
    keys = rows(read_text(text, "queue_log"), "phone_key")
    assert [key is not None for (key,) in keys] == [True, False, False, False]


def test_a_line_is_known_by_what_it_says_in_text_and_in_a_table(
    read_text: Read, rows: Rows
) -> None:
    text = _log(
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "3|c1|q|SIP/1|CONNECT|3|x|2",
        "3|NONE|q|SIP/2|PAUSE|обед",
    )
    table = (
        "id;Time;CallID;QueueName;Agent;Event;Data1;Data2;Data3;Data4;Data5\n"
        "7;2026-03-02 10:00:00.700000;c1;q;NONE;ENTERQUEUE;;1;1;;\n"
        '8;"2026-03-02 10:00:03";c1;q;SIP/1;CONNECT;3;x;2|;NULL;\n'
        "9;1772434803.2;NONE;q;SIP/2;PAUSE;обед;;;;\n"
    )
    names = ("kind", "contact_id", "line", "operator_id", "row_key")
    one, two = read_text(text + text, "queue_log"), read_text(table, "queue_log")
    assert rows(one, *names, dataset="events")[:3] == rows(two, *names, dataset="events")
    keys = [rows(part, "row_key", dataset="operators") for part in (one, two)]
    assert keys[0] == keys[1] * 2
    assert [part.is_copy for part in (one[0], two[0])] == [False, True]


@pytest.mark.parametrize(
    "table",
    [
        "uid,date_time,callid,queue_name,type,event,data\n"
        '1,2026-03-02 10:00:00,c1,q,NONE,ENTERQUEUE,"|1|1"\n'
        '2,2026-03-02 10:00:03,c1,q,SIP/1,CONNECT,"3|x|2"\n',
        "uid,date_time,callid,queue_name,type,event,agent,data1,data2,data3\n"
        "1,2026-03-02 10:00:00,c1,q,call,ENTERQUEUE,NONE,,1,1\n"
        "2,2026-03-02 10:00:03,c1,q,call,CONNECT,SIP/1,3,x,2\n",
        "id;date_time;callid;queue_name;agent;event;data1;data2;data3\n"
        "1;02.03.2026 10:00:00;c1;q;NONE;ENTERQUEUE;;1;1\n"
        "2;02.03.2026 10:00:03;c1;q;SIP/1;CONNECT;3;x;2\n",
        "TIME_ID\tCALL_ID\tQUEUE\tAGENT\tVERB\tDATA1\tDATA2\tDATA3\n"
        "1772434800\tc1\tq\tNONE\tENTERQUEUE\t\t1\t1\n"
        "1772434803\tc1\tq\tSIP/1\tCONNECT\t3\tx\t2\n",
        "time,callid,queuename,agent,event,data1,data2,data3\n"
        "1772434800000,c1,q,NONE,ENTERQUEUE,,1,1\n1772434803000,c1,q,SIP/1,CONNECT,3,x,2\n",
        "time;callid;queuename;agent;event;data1;data2;data3\n"
        "2.3.2026 10:00:00.000;c1;q;NONE;ENTERQUEUE;;1;1\n"
        "2026/03/02 10:00:03;c1;q;SIP/1;CONNECT;3;x;2\n",
        # exported without the names of its columns
        '"1","2026-03-02 10:00:00","c1","q","NONE","ENTERQUEUE","","1","1","","",NULL\n'
        '"2","2026-03-02 10:00:03","c1","q","SIP/1","CONNECT","3","x","2","","",NULL\n',
        "1772434800;c1;q;;ENTERQUEUE;|1|1\n1772434803;c1;q;SIP/1;CONNECT;3|x|2\n",
    ],
)
def test_tables_name_their_columns_in_many_ways(table: str, read_text: Read, rows: Rows) -> None:
    got = rows(read_text(table, "queue_log"), "event_at", "kind", "line", "operator_id", "value")
    start = datetime.fromtimestamp(1772434800, UTC)
    assert got == [
        (start, "received", "q", None, None),
        (start, "queued", "q", None, None),
        (start + timedelta(seconds=3), "answered", "q", "SIP/1", "2.0"),
    ]


def test_a_table_in_json_lines_may_leave_keys_out(read_text: Read, rows: Rows) -> None:
    text = (
        '{"time": "2026-03-02 10:00:00", "callid": "c1", "queuename": "q", "event": "ENTERQUEUE"}\n'
        '{"time": 1772434803, "callid": "c1", "queuename": "q", "event": "ABANDON", "data3": 3}\n'
    )
    assert rows(read_text(text, "queue_log"), "kind", "line") == [
        ("received", "q"),
        ("queued", "q"),
        ("abandoned", "q"),
    ]


def test_a_column_called_type_that_names_no_member_is_left_alone(
    read_text: Read, rows: Rows
) -> None:
    table = "uid,date_time,callid,queue_name,type,event\n1,2026-03-02 10:00:00,c1,q,in,ENTERQUEUE\n"
    assert rows(read_text(table, "queue_log"), "operator_id") == [(None,), (None,)]


def test_a_column_called_type_that_says_agent_of_every_agent_makes_nobody_of_them(
    read_text: Read, rows: Rows
) -> None:
    table = (
        "uid,date_time,callid,queue_name,type,event\n"
        "1,2026-03-02 10:00:00,c1,q,NONE,ENTERQUEUE\n2,2026-03-02 10:00:05,c1,q,agent,CONNECT\n"
    )
    found = rows(read_text(table, "queue_log"), "kind", "operator_id")
    assert ("answered", None) in found
    assert {operator for _, operator in found} == {None}


def test_rows_of_a_table_without_a_time_or_an_event_are_held_masked(read_text: Read) -> None:
    table = (
        "time,callid,queuename,agent,event,data1,data2\n"
        "вчера,c1,q,NONE,ENTERQUEUE,,89161234567\n2026-03-02 10:00:00,c1,q,NONE,,,\n"
    )
    (staged,) = read_text(table, "queue_log")
    assert (staged.n_read, len(staged.frame)) == (2, 0)
    assert staged.unreadable["row_no"].to_list() == [2, 3]
    assert "89161234567" not in str(staged.unreadable["row"].to_list())


def test_a_table_of_other_columns_says_which_are_wanted(read_text: Read) -> None:
    frame = read_text("time,callid,queuename,agent,event\n", "queue_log")
    assert sum(part.n_read for part in frame) == 0


def test_operators_states_are_their_own_dataset(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|NONE|q|SIP/1|ADDMEMBER|", "9|NONE|NONE|SIP/1|PAUSEALL|обед", "20|NONE|q|SIP/1|UNPAUSE|"
    )
    got = rows(read_text(text, "queue_log"), "operator_id", "state", "reason", dataset="operators")
    assert got == [("SIP/1", "login", None), ("SIP/1", "pause", "обед"), ("SIP/1", "resume", None)]


def test_lines_of_the_server_are_ignored_aloud_and_unknown_events_kept(
    read_text: Read, rows: Rows
) -> None:
    text = _log(
        "0|NONE|NONE|NONE|QUEUESTART|",
        "1|c1|q|NONE|COFFEE|74950000000",
        "2|NONE|NONE|NONE|CONFIGRELOAD|",
        "3|REALTIME|q|SIP/1|PENALTY|5",
        "3|c1|q||AGENTLOGOFF|x",
    )
    (staged,) = read_text(text + "junk\n", "queue_log")
    assert staged.ignored["reason"].to_list() == [
        "queue_log: QUEUESTART",
        "queue_log: CONFIGRELOAD",
        "queue_log: PENALTY",
        "queue_log: AGENTLOGOFF",
    ]
    assert rows([staged], "kind", "contact_id") == [("coffee", "queue_log:c1")]
    assert (staged.note, staged.n_read) == ("unknown events kept: COFFEE 1", 6)
    assert staged.unreadable["row_no"].to_list() == [6]


def test_a_transfer_to_a_mobile_number_hides_it(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "1|c1|q|SIP/1|CONNECT|1|x|1",
        "5|c1|q|SIP/1|BLINDTRANSFER|89161234567|ctx|1|4|1",
        "6|c1|q|SIP/1|BLINDTRANSFER|210|ctx|1|4|1",
    )
    got = rows(read_text(text, "queue_log"), "kind", "value")[-2:]
    assert got == [("transferred", "[ТЕЛЕФОН]"), ("transferred", "210")]


def test_the_real_log_counts_to_the_line(shared_data: Path, context: Context) -> None:
    file = shared_data / "technion_feb1999" / "queue_log"
    assert detect(file, context) == "queue_log"
    parts = list(read(file, "queue_log", context))
    assert sum(p.n_read for p in parts) == 46_136
    events = pl.concat(p.frame for p in parts if p.dataset == "events")
    assert dict(events["kind"].value_counts().iter_rows()) == {
        "received": 16_003,
        "queued": 16_003,
        "answered": 14_130,
        "ended": 14_130,
        "abandoned": 1_873,
    }
    assert "recovered" not in events["value"]  # every line is there, nothing to prove
