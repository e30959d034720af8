"""A queue_log in the lake: rotated, packed, in a table, told with gaps; each call counts once."""

import gzip

import pytest

from tests.ingest.conftest import putting

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


CUTS = (1, 2, 4, 5, 6)
CUT_AT = 100  # the second at which the log was rotated


def shifted(text, seconds, callid):
    """The log of other calls, so many seconds later."""
    for line in text.splitlines(keepends=True):
        at, _, rest = line.replace("|1.", f"|{callid}.").partition("|")
        yield f"{int(at) + seconds}|{rest}"


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_call_that_spans_two_rotated_files_is_one_call(lake, put, write, legs, newest_first):
    """One call for each place its lines may be cut at, each cut at the moment of rotation."""
    parts, wanted = ([], []), []
    for cut in CUTS:
        later = CUT_AT - int(CALL.splitlines()[cut - 1].partition("|")[0]) + EPOCH
        lines = list(shifted(CALL, later, cut))
        # rotation by copying leaves a line in both
        parts[0].extend(lines[:cut])
        parts[1].extend(lines[cut - 1 :])
        wanted += [
            (contact.replace(":1.", f":{cut}."), leg, line,
             *(at if at is None else at + later for at in times), *rest)
            for contact, leg, line, *times, rest in (
                (*found[:6], found[6:]) for found in CALL_LEGS
            )
        ]  # fmt: skip
    texts = ["".join(sorted(part, key=lambda line: line.partition("|")[0])) for part in parts]
    names = ("queue_log-20260301.gz", "queue_log")
    files = [write(name, text) for name, text in zip(names, texts, strict=True)]
    first, second = [put(file) for file in (reversed(files) if newest_first else files)]
    assert first.quarantined + second.quarantined == 0
    repeated = len(CUTS)
    assert (first.duplicate, second.duplicate, second.accepted) == (
        0, repeated, second.read - repeated,
    )  # fmt: skip
    assert legs() == wanted
    kinds = "select contact_id, kind, count(*) from lake.events group by all having count(*) > 1"
    assert sorted(lake.con.sql(kinds).fetchall()) == [
        (f"queue_log:{cut}.1", "queued", 2) for cut in CUTS
    ]
    assert lake.con.sql(
        "select count(distinct seq), count(*) from lake.events "
        "where contact_id like 'queue_log:_.1' group by contact_id"
    ).fetchall() == [(6, 6)] * len(CUTS)


@pytest.mark.parametrize("table_first", [True, False])
def test_the_text_and_the_table_of_one_log_count_once(lake, put, write, legs, table_first):
    # of a second call the table tells an entry, and the exit before it, a second later
    other = "".join(shifted(CALL, 100, 2))
    late = other.replace(f"{EPOCH + 160}|", f"{EPOCH + 161}|")
    assert late.count(f"{EPOCH + 161}|") == 2
    files = [write("queue_log", CALL + other), write("export.csv", table(CALL + late))]
    first, second = [put(file) for file in (reversed(files) if table_first else files)]
    assert account(first) == (14, 14, 0, 0, 0)
    assert account(second) == (14, 2, 0, 12, 0)
    assert [leg for leg in legs() if leg[0].startswith("queue_log:1")] == CALL_LEGS
    assert [leg[:3] for leg in legs() if leg[0].startswith("queue_log:2")] == [
        (leg[0].replace(":1.", ":2."), *leg[1:3]) for leg in CALL_LEGS
    ]
    # each row belongs to the text; those of the table are noted beside, also what it alone tells
    names = lake.con.sql("""
        select files.name, count(*) from lake.source_rows as rows
        inner join lake.files as files on rows.file_id = files.file_id group by 1
    """).fetchall()
    assert sorted(names) == [("export.csv", 2), ("queue_log", 14)]
    assert lake.con.sql("select count(*) from lake.row_copies").fetchall() == [(14,)]


# call -> its lines, and its stay as the lake has it
STAYS = {
    # no CONNECT: the end of the talk proves the answer
    "11": (
        ("0|11|q|NONE|ENTERQUEUE||1|1", "30|11|q|SIP/1|COMPLETECALLER|10|20|1"),
        ("q", 0, 10, 30, "answered", "SIP/1"),
    ),
    # no COMPLETE: the transfer ends the talk
    "12": (
        (
            "0|12|q|NONE|ENTERQUEUE||1|1",
            "10|12|q|SIP/1|CONNECT|10|x|3",
            "45|12|q|SIP/1|BLINDTRANSFER|210|ctx|10|35|1",
        ),
        ("q", 0, 10, 45, "answered", "SIP/1"),
    ),
    # neither: the fields of the transfer tell both
    "13": (
        ("0|13|q|NONE|ENTERQUEUE||1|1", "45|13|q|SIP/1|ATTENDEDTRANSFER|BRIDGE|b|10|35|1"),
        ("q", 0, 10, 45, "answered", "SIP/1"),
    ),
    # no end: still talking, as far as the log knows
    "14": (
        ("0|14|q|NONE|ENTERQUEUE||1|1", "10|14|q|SIP/1|CONNECT|10|x|3"),
        ("q", 0, 10, None, "answered", "SIP/1"),
    ),
    "15": (("0|15|q|NONE|ENTERQUEUE||1|1",), ("q", 0, None, None, "open", None)),
    "16": (
        ("0|16|q|NONE|ENTERQUEUE||1|1", "9|16|q|SIP/1|SYSCOMPAT|"),
        ("q", 0, None, 9, "abandoned", None),
    ),
    # the line that was called where nobody mapped the queue
    "17": (
        (
            "0|17|q|NONE|DID|88005550101",
            "1|17|q|NONE|ENTERQUEUE||1|1",
            "9|17|q|NONE|EXITEMPTY|1|1|8",
        ),
        ("signature", 1, None, 9, "flowed_out", None),
    ),
    "18": (
        (
            "0|18|q|NONE|DID|88005550101",
            "1|18|faults|NONE|ENTERQUEUE||1|1",
            "9|18|faults|NONE|ABANDON|1|1|8",
        ),
        ("faults", 1, None, 9, "abandoned", None),
    ),
}
# two lines tell the talk of a call differently: call 2 over two files, call 3 in one
TALKS = {
    cut: (
        f"0|{cut}|q|NONE|ENTERQUEUE||1|1",
        f"10|{cut}|q|SIP/1|CONNECT|10|x|3",
        f"40|{cut}|q|SIP/1|COMPLETECALLER|10|25|1",
    )
    for cut in (2, 3)
}


@pytest.fixture(scope="module")
def told(shared_lake, tmp_path_factory):
    """The lake after each of three files: (call -> its legs) thrice."""
    lines = ["0|0|q|NONE|ENTERQUEUE||0|1", "31|1|q|SIP/1|COMPLETECALLER|10|20|1"]
    lines += [line for stay, _ in STAYS.values() for line in stay]
    lines += [*TALKS[2][:2], *TALKS[3]]
    files = (
        sorted(lines, key=lambda line: int(line.partition("|")[0])),
        ["0|1|q|NONE|ENTERQUEUE||1|1", TALKS[2][2]],
        ["13|1|q|SIP/1|CONNECT|11|x|3"],
    )
    found = []
    for n, some in enumerate(files):
        path = tmp_path_factory.mktemp("told") / f"queue_log.{n}"
        path.write_text(log(*some), "utf-8")
        result = putting(shared_lake)(path)
        assert (result.error, result.quarantined) == ("", 0)
        rows = shared_lake.con.sql(f"select {LEGS} from lake.legs order by 1, 2").fetchall()
        calls = {row[0].removeprefix("queue_log:") for row in rows}
        found.append({call: [r[2:] for r in rows if r[0] == f"queue_log:{call}"] for call in calls})
    return found


@pytest.mark.parametrize("call", STAYS)
def test_one_stay_in_a_queue(told, call):
    assert told[0][call] == [STAYS[call][1]]


def test_what_was_proved_gives_way_to_what_is_told_later(told):
    # who had entered before the log begins is counted where that is told
    assert [calls.get("1", []) for calls in told] == [
        [],
        [("q", 0, 11, 31, "answered", "SIP/1")],
        [("q", 0, 13, 31, "answered", "SIP/1")],
    ]


def test_a_talk_that_two_lines_tell_differently_is_noted(told, shared_lake):
    assert [told[1][call] for call in ("2", "3")] == [[("q", 0, 10, 40, "answered", "SIP/1")]] * 2
    noted = shared_lake.con.sql(
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
