"""A queue_log in the lake: rotated, packed, in a table, told with gaps; each call counts once."""

import gzip

import pytest

EPOCH = 1772434800  # 10:00 in Moscow
LEGS = (
    "contact_id, leg, line, epoch(queued_at)::bigint - 1772434800, "
    "epoch(answered_at)::bigint - 1772434800, epoch(left_at)::bigint - 1772434800, left_as, "
    "operator_id"
)


def log(*lines):
    parts = (line.partition("|") for line in lines)
    return "".join(f"{EPOCH + int(at)}|{rest}\n" for at, _, rest in parts)


def table(text):
    """The same log as the exchange's table holds it: a little earlier within the second."""
    rows = ["id,time,callid,queuename,agent,event,data1,data2,data3,data4,data5"]
    for n, line in enumerate(text.splitlines()):
        epoch, callid, queue, agent, event, *data = line.split("|")
        minute, second = divmod(int(epoch) - EPOCH, 60)
        time = f"2026-03-02 10:{minute:02}:{second:02}.250000"
        rows.append(",".join([str(n), time, callid, queue, agent, event, *(data + [""] * 5)[:5]]))
    return "\n".join(rows) + "\n"


def account(result):
    return (result.read, result.accepted, result.updated, result.duplicate, result.quarantined)


@pytest.fixture
def legs(lake):
    return lambda: lake.con.sql(f"select {LEGS} from lake.legs order by 1, 2").fetchall()


@pytest.fixture
def write(tmp_path):
    def to(name, text):
        path = tmp_path / name
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return to


CALL = log(
    "0|1.1|main|NONE|ENTERQUEUE||89161234567|1",
    "60|1.1|main|NONE|EXITWITHTIMEOUT|1|1|60",
    "60|1.1|faults|NONE|ENTERQUEUE||89161234567|1",
    "70|1.1|faults|SIP/2|CONNECT|10|1.2|3",
    "90|1.1|faults|SIP/2|COMPLETEAGENT|10|20|1",
    "95|1.3|main|NONE|ENTERQUEUE||89161234568|1",
    "99|1.3|main|NONE|ABANDON|1|1|4",
)
CALL_LEGS = [
    ("queue_log:1.1", 1, "main", 0, None, 60, "flowed_out", None),
    ("queue_log:1.1", 2, "faults", 60, 70, 90, "answered", "SIP/2"),
    ("queue_log:1.3", 1, "main", 95, None, 99, "abandoned", None),
]


@pytest.mark.parametrize(
    ("cut", "newest_first"), [(1, True), (2, False), (4, True), (5, False), (6, True)]
)
def test_a_call_that_spans_two_rotated_files_is_one_call(lake, put, write, legs, cut, newest_first):
    lines = CALL.splitlines(keepends=True)
    names = ("queue_log-20260301.gz", "queue_log")
    # rotation by copying leaves a line in both
    texts = ("".join(lines[:cut]), "".join(lines[cut - 1 :]))
    files = [write(name, text) for name, text in zip(names, texts, strict=True)]
    first, second = [put(file) for file in (reversed(files) if newest_first else files)]
    assert first.quarantined + second.quarantined == 0
    assert (first.duplicate, second.duplicate, second.accepted) == (0, 1, second.read - 1)
    assert legs() == CALL_LEGS
    kinds = "select contact_id, kind, count(*) from lake.events group by all having count(*) > 1"
    assert lake.con.sql(kinds).fetchall() == [("queue_log:1.1", "queued", 2)]
    assert lake.con.sql(
        "select min(seq), count(distinct seq), count(*) from lake.events "
        "where contact_id = 'queue_log:1.1'"
    ).fetchall()[0][1:] == (6, 6)


@pytest.mark.parametrize("table_first", [True, False])
def test_the_text_and_the_table_of_one_log_count_once(lake, put, write, legs, table_first):
    files = [write("queue_log", CALL), write("export.csv", table(CALL))]
    first, second = [put(file) for file in (reversed(files) if table_first else files)]
    assert account(first) == (7, 7, 0, 0, 0)
    assert account(second) == (7, 0, 0, 7, 0)
    assert legs() == CALL_LEGS
    # each row belongs to the text; those of the table are noted beside
    names = lake.con.sql("""
        select files.name, count(*) from lake.source_rows as rows
        inner join lake.files as files on rows.file_id = files.file_id group by 1
    """).fetchall()
    assert names == [("queue_log", 7)]
    assert lake.con.sql("select count(*) from lake.row_copies").fetchall() == [(7,)]


def test_an_entry_the_table_tells_a_second_later_is_the_same_entry(put, write, legs):
    put(write("queue_log", CALL))
    put(write("export.csv", table(CALL.replace(f"{EPOCH + 60}|", f"{EPOCH + 61}|"))))
    assert [leg[:3] for leg in legs()] == [leg[:3] for leg in CALL_LEGS]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        # no CONNECT: the end of the talk proves the answer
        (
            ("0|1|q|NONE|ENTERQUEUE||1|1", "30|1|q|SIP/1|COMPLETECALLER|10|20|1"),
            ("q", 0, 10, 30, "answered", "SIP/1"),
        ),
        # no COMPLETE: the transfer ends the talk
        (
            (
                "0|1|q|NONE|ENTERQUEUE||1|1",
                "10|1|q|SIP/1|CONNECT|10|x|3",
                "45|1|q|SIP/1|BLINDTRANSFER|210|ctx|10|35|1",
            ),
            ("q", 0, 10, 45, "answered", "SIP/1"),
        ),
        # neither: the fields of the transfer tell both
        (
            ("0|1|q|NONE|ENTERQUEUE||1|1", "45|1|q|SIP/1|ATTENDEDTRANSFER|BRIDGE|b|10|35|1"),
            ("q", 0, 10, 45, "answered", "SIP/1"),
        ),
        # no end: still talking, as far as the log knows
        (
            ("0|1|q|NONE|ENTERQUEUE||1|1", "10|1|q|SIP/1|CONNECT|10|x|3"),
            ("q", 0, 10, None, "answered", "SIP/1"),
        ),
        (("0|1|q|NONE|ENTERQUEUE||1|1",), ("q", 0, None, None, "open", None)),
        (
            ("0|1|q|NONE|ENTERQUEUE||1|1", "9|1|q|SIP/1|SYSCOMPAT|"),
            ("q", 0, None, 9, "abandoned", None),
        ),
        # the line that was called where nobody mapped the queue
        (
            (
                "0|1|q|NONE|DID|88005550101",
                "1|1|q|NONE|ENTERQUEUE||1|1",
                "9|1|q|NONE|EXITEMPTY|1|1|8",
            ),
            ("signature", 1, None, 9, "flowed_out", None),
        ),
        (
            (
                "0|1|q|NONE|DID|88005550101",
                "1|1|faults|NONE|ENTERQUEUE||1|1",
                "9|1|faults|NONE|ABANDON|1|1|8",
            ),
            ("faults", 1, None, 9, "abandoned", None),
        ),
    ],
)
def test_one_stay_in_a_queue(put, write, legs, lines, wanted):
    begins = "0|0|q|NONE|ENTERQUEUE||0|1"
    put(write("queue_log", log(begins, *lines)))
    assert [leg[2:] for leg in legs() if leg[0] == "queue_log:1"] == [wanted]


def test_what_was_proved_gives_way_to_what_is_told_later(lake, put, write, legs):
    told = log("0|1|q|NONE|ENTERQUEUE||1|1", "11|1|q|SIP/1|CONNECT|11|x|3")
    end = log("0|0|q|NONE|ENTERQUEUE||0|1", "31|1|q|SIP/1|COMPLETECALLER|10|20|1")
    put(write("b", end))
    # who had entered before the log begins is counted where that is told
    assert [leg[3:] for leg in legs() if leg[0] == "queue_log:1"] == []
    put(write("a", told.splitlines(keepends=True)[0]))
    assert [leg[3:] for leg in legs() if leg[0] == "queue_log:1"] == [
        (0, 11, 31, "answered", "SIP/1")
    ]
    put(write("b", told.replace("11|1|q", "13|1|q").splitlines(keepends=True)[1]))
    assert [leg[3:] for leg in legs() if leg[0] == "queue_log:1"] == [
        (0, 13, 31, "answered", "SIP/1")
    ]


def test_a_talk_that_two_lines_tell_differently_is_noted(lake, put, write, legs):
    lines = (
        "0|1|q|NONE|ENTERQUEUE||1|1",
        "10|1|q|SIP/1|CONNECT|10|x|3",
        "40|1|q|SIP/1|COMPLETECALLER|10|25|1",
    )
    for cut in (3, 2):  # in one file, and with the end in the next
        text = log(*lines).replace("|1|q", f"|{cut}|q")
        parts = text.splitlines(keepends=True)
        put(write(f"a{cut}", "".join(parts[:cut])))
        if parts[cut:]:
            put(write(f"b{cut}", "".join(parts[cut:])))
    assert [leg[3:6] for leg in legs()] == [(0, 10, 40)] * 2
    noted = lake.con.sql(
        "select contact_id, value, epoch(event_at)::bigint - 1772434800 from lake.events "
        "where kind = 'times_contradict' order by 1"
    ).fetchall()
    assert noted == [("queue_log:2", "25", 40), ("queue_log:3", "25", 40)]


def test_call_records_come_in_once_and_make_no_contacts(lake, put, write):
    record = (
        '"","89161234567","600","in","x","SIP/t-0000000a","SIP/301-0000000b","Queue","{queue},t",'
        '"2026-03-02 10:00:00","2026-03-02 10:00:30","2026-03-02 10:02:00",120,90,"ANSWERED",'
        '"DOCUMENTATION","1.{n}","","","1.1",{n}\n'
    )
    one = "".join(record.format(n=n, queue=q) for n, q in ((1, "main"), (2, "vip")))
    assert account(put(write("Master.csv", one))) == (2, 2, 0, 0, 0)
    assert account(put(write("Master.csv.1.gz", one + record.format(n=3, queue="main")))) == (
        3, 1, 0, 2, 0,
    )  # fmt: skip
    assert lake.con.sql(
        "select record_id, call_id, line, has_queue, operator_id, talk_s, received_date::varchar "
        "from lake.cdr order by 1"
    ).fetchall() == [
        ("1.1", "1.1", "main", True, "SIP/301", 90.0, "2026-03-02"),
        ("1.2", "1.1", "vip", True, "SIP/301", 90.0, "2026-03-02"),
        ("1.3", "1.1", "main", True, "SIP/301", 90.0, "2026-03-02"),
    ]
    assert lake.con.sql("select count(*) from lake.contacts").fetchall() == [(0,)]
