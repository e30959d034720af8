"""Which log a file is: its content decides."""

import gzip
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import SourceError
from pipelines.sources import Context, detect

HEADERS = {
    "calls": "call_id,received_at,answered_at,ended_at",
    "chats": "chat_id,received_at,platform",
    "feedback": "feedback_id,received_at,type,text",
    "operators": "operator_id,event_at,state,reason",
    "journal": "case_number,channel,received_at,contact_id",
    "events": "event_at,contact_id,channel,kind,line,operator_id,value",
}


@pytest.mark.parametrize("source", HEADERS)
def test_header_names_decide_and_not_the_name_of_the_file(
    source: str, tmp_path: Path, context: Context
) -> None:
    (tmp_path / "calls.csv").write_text(HEADERS[source] + "\n")
    assert detect(tmp_path / "calls.csv", context) == source


def test_keys_of_json_lines_decide_also_behind_a_torn_line(
    tmp_path: Path, context: Context
) -> None:
    (tmp_path / "x").write_text(
        '{"event_at":"20\n{"at":"2026-03-02","contact_id":"1","kind":"k"}\n'
    )
    assert detect(tmp_path / "x", context) == "events"


def test_gzip_is_looked_into(tmp_path: Path, context: Context) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(HEADERS["chats"].encode()))
    assert detect(tmp_path / "x.gz", context) == "chats"


def test_utf_16_a_json_array_and_one_object_over_many_lines_are_looked_into(
    tmp_path: Path, context: Context
) -> None:
    (tmp_path / "a").write_bytes(HEADERS["chats"].encode("utf-16"))
    (tmp_path / "b").write_text('[{"chat_id": 1,\n "received_at": "2026-03-02"}]')
    (tmp_path / "c").write_text('{\n "chat_id": 1,\n "received_at": "2026-03-02"\n}')
    assert [detect(tmp_path / name, context) for name in "abc"] == ["chats"] * 3


def test_a_queue_log_is_known_by_the_shape_of_its_lines(tmp_path: Path, context: Context) -> None:
    (tmp_path / "x").write_text("1772434801|1.1|main|NONE|ENTERQUEUE||1|1\n")
    assert detect(tmp_path / "x", context) == "queue_log"


@pytest.mark.parametrize(
    "header",
    [
        "time,callid,queuename,agent,event,data1,data2,data3,data4,data5",
        "uid,date_time,callid,queue_name,type,event,data",
        '"ID";"Time";"CallID";"QueueName";"ServerID";"Agent";"Event";"Data1"',
        "partition\ttime_id\tcall_id\tqueue\tagent\tverb\tdata1\tdata2",
    ],
)
def test_a_table_of_the_queue_log_is_known_by_its_columns(
    header: str, tmp_path: Path, context: Context
) -> None:
    (tmp_path / "calls.csv").write_text(header + "\n")
    assert detect(tmp_path / "calls.csv", context) == "queue_log"


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("7,2026-03-02 10:00:00.25,1.1,q,NONE,ENTERQUEUE,,1,1,,\n", "queue_log"),
        ("\\N\t1772434800\t1.1\tq\tSIP/1\tCONNECT\t3|x|2\n", "queue_log"),
        ("7,2026-03-02 10:00:00,1.1,q,NONE,greeting,,1,1,,\n", None),
        ("7,monday,1.1,q,NONE,ENTERQUEUE,,1,1,,\n", None),
    ],
)
def test_a_table_of_the_queue_log_without_a_header_is_known_by_its_events(
    line: str, source: str | None, tmp_path: Path, context: Context
) -> None:
    (tmp_path / "calls.csv").write_text(line * 3)
    if source:
        assert detect(tmp_path / "calls.csv", context) == source
        return
    with pytest.raises(SourceError, match="not clear which log"):
        detect(tmp_path / "calls.csv", context)


MASTER = (
    '"","89161234567","600","from-pstn","""A"" <89161234567>","SIP/trunk-0a","SIP/301-0b",'
    '"Queue","support,t,,,300","2026-03-02 10:00:00",{answer},"2026-03-02 10:02:00",120,90,'
    '"{disposition}","DOCUMENTATION"{more}\n'
)


@pytest.mark.parametrize("more", ["", ',"1772434800.1",""', ',"1.1","","","1772434800.1",7'])
def test_call_records_are_known_by_the_shape_of_their_lines(
    more: str, tmp_path: Path, context: Context
) -> None:
    lines = MASTER.format(answer='"2026-03-02 10:00:30"', disposition="ANSWERED", more=more)
    lines += MASTER.format(answer="", disposition="NO ANSWER", more=more)
    (tmp_path / "x").write_text(lines)
    assert detect(tmp_path / "x", context) == "asterisk_cdr"


def test_call_records_written_again_without_quotes_are_known_too(
    tmp_path: Path, context: Context
) -> None:
    line = ",89161234567,600,from-pstn,,SIP/a,SIP/b,Dial,,2026-03-02 10:00:00,,2026-03-02 10:02:00"
    (tmp_path / "x").write_text(f"{line},120,90,NO ANSWER,3,1.1\n" * 2)
    assert detect(tmp_path / "x", context) == "asterisk_cdr"


def test_call_records_with_a_header_are_known_by_it(tmp_path: Path, context: Context) -> None:
    head = (
        "calldate,clid,src,dst,dcontext,channel,lastapp,duration,billsec,disposition,uniqueid,did"
    )
    (tmp_path / "calls.csv").write_text(head + "\n")
    assert detect(tmp_path / "calls.csv", context) == "asterisk_cdr"


def test_an_archive_of_logs_is_told_from_a_damaged_workbook(
    tmp_path: Path, context: Context
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("calls.csv", "call_id,received_at\n")
    with pytest.raises(SourceError, match=r"a ZIP archive of 1 files.*Unpack it"):
        detect(tmp_path / "x.zip", context)


def test_feedback_and_journal_with_only_a_case_number_are_told_apart(
    tmp_path: Path, context: Context
) -> None:
    (tmp_path / "a").write_text("case_number,received_at,type\n")
    (tmp_path / "b").write_text("case_number,received_at,contact_id\n")
    assert [detect(tmp_path / n, context) for n in "ab"] == ["feedback", "journal"]


def test_the_name_breaks_a_tie_of_an_empty_file(tmp_path: Path, context: Context) -> None:
    (tmp_path / "events.jsonl").write_text("")
    assert detect(tmp_path / "events.jsonl", context) == "events"


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "", "{}\n", "просто текст\n"])
def test_an_undecided_file_asks_for_source_and_names_the_known_ones(
    text: str, tmp_path: Path, context: Context
) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(
        SourceError,
        match=r"--source.*calls, chats.*queue_log, asterisk_cdr, chatwoot, .*spb",
    ):
        detect(tmp_path / "x", context)


def test_an_undecided_file_does_not_show_its_rows(tmp_path: Path, context: Context) -> None:
    (tmp_path / "x").write_text("Иванов,89161234567\n")
    with pytest.raises(SourceError) as error:
        detect(tmp_path / "x", context)
    assert "8916" not in str(error.value)
    assert "Иванов" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[{"call_id": 1}, {"call_id"', "damaged JSON"),
        (b"PK\x03\x04 and nothing more", "not a workbook"),
        (b"PAR1 and nothing more", "damaged Parquet"),
        (gzip.compress(b"call_id,received_at\n" * 9999)[:-20], "cut off or damaged"),
    ],
)
def test_a_file_of_no_known_form_says_how_to_mend_it(
    content: bytes, says: str, tmp_path: Path, context: Context
) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(SourceError, match=says):
        detect(tmp_path / "x", context)
