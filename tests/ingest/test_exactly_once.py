"""Every row once: repeated files, overlapping exports, later versions, late legs."""

import json
import shutil
from dataclasses import dataclass

import pytest

from pipelines import settle
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings
from pipelines.stage import FileResult
from tests.ingest.conftest import putting

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


def days_of(lake, table, contact):
    rows = lake.con.sql(
        f"select distinct received_date from lake.{table} where contact_id = '{contact}'"
    ).fetchall()
    return sorted(str(day) for (day,) in rows)


def write(path, *rows):
    path.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    return path


FIRST, LOST = CALLS.splitlines()[1:]


def named(call, row=FIRST):
    return row.replace(row.partition(",")[0], call, 1)


SECOND_LEG = (
    "leg,2,88005550101,,2026-03-02T10:00:00+03:00,2026-03-02T10:05:00+03:00,"
    "2026-03-02T10:05:30+03:00,2026-03-02T10:09:00+03:00,op2,,served"
)


@dataclass
class Twice:
    """A lake after two overlapping exports: their accounts, and that of the first again."""

    lake: Lake
    first: FileResult
    again: FileResult
    is_unchanged: bool
    second: FileResult


@pytest.fixture(scope="module")
def twice(shared_lake, tmp_path_factory):
    folder, put = tmp_path_factory.mktemp("twice"), putting(shared_lake)
    early = write(
        folder / "early.csv",
        FIRST,
        LOST,
        named("news"),
        named("same"),
        named("same"),
        named("versions"),
        named("versions").replace("form_error", "service_outage"),
        named("leg").replace("leg,,", "leg,1,"),
        named("backwards").replace("10:00:25", "09:59:25"),
        "torn,,88005553535,+79161234599",
    )
    late = write(
        folder / "late.csv",
        FIRST,
        LOST,
        named("a3"),
        named("news").replace("form_error", "document_upload"),
        SECOND_LEG,
    )
    first = put(early)
    before = shared_lake.snapshot()
    again = put(early)
    is_unchanged = shared_lake.snapshot() == before
    return Twice(shared_lake, first, again, is_unchanged, put(late))


def categories(lake, call):
    return lake.con.sql(
        f"select category from lake.contacts where contact_id = 'calls:{call}'"
    ).fetchall()


def test_the_same_file_again_changes_nothing_and_says_so(twice):
    assert account(twice.again) == (10, 0, 0, 10, 0)
    assert twice.again.is_known
    assert twice.is_unchanged


def test_each_row_of_overlapping_exports_counts_once(twice):
    # the same row twice in one file is a duplicate, two versions of it are an update
    assert account(twice.first) == (10, 6, 1, 1, 2)
    assert account(twice.second) == (5, 2, 1, 2, 0)
    contacts = twice.lake.con.sql("select contact_id from lake.contacts order by 1").fetchall()
    assert contacts == [
        (f"calls:{call}",) for call in ("a1", "a2", "a3", "leg", "news", "same", "versions")
    ]
    legs = "select contact_id, count(*) from lake.legs group by 1 order by 1"
    assert twice.lake.con.sql(legs).fetchall() == [
        (contact, 2 if contact == "calls:leg" else 1) for (contact,) in contacts
    ]


def test_a_later_version_replaces_the_contact_and_the_old_one_is_kept(twice):
    assert categories(twice.lake, "news") == [("document_upload",)]
    ((old,),) = twice.lake.con.sql(
        "select old from lake.contact_change where contact_id = 'calls:news'"
    ).fetchall()
    assert json.loads(old)["category"] == "form_error"


def test_two_versions_in_one_file_leave_the_later(twice):
    assert categories(twice.lake, "versions") == [("service_outage",)]


def test_a_further_leg_that_comes_in_a_later_file_completes_the_call(twice):
    of_it = "where contact_id = 'calls:leg'"
    assert twice.lake.con.sql(
        f"select leg, line, operator_id from lake.legs {of_it} order by leg"
    ).fetchall() == [(1, "main", "op1"), (2, "signature", "op2")]
    assert twice.lake.con.sql(f"select line, category from lake.contacts {of_it}").fetchall() == [
        ("main", "form_error")
    ]
    assert twice.lake.con.sql(
        f"select count(*), count(distinct seq) from lake.events {of_it}"
    ).fetchall()[0] in {(n, n) for n in range(1, 20)}


def test_rows_that_cannot_be_right_are_held_with_their_reason_and_the_rest_go_on(twice):
    held = twice.lake.con.sql(
        "select row_no, reason <> '', action <> '' from lake.quarantine order by row_no"
    ).fetchall()
    assert held == [(10, True, True), (11, True, True)]


def test_nothing_raw_of_a_citizen_is_stored_anywhere(twice):
    lake = twice.lake
    lake.con.execute("call ducklake_flush_inlined_data('lake')")
    for table in ("contacts", "events", "identity", "quarantine", "source_rows"):
        text = str(lake.con.sql(f"select * from lake.{table}").fetchall())
        assert "916123" not in text
    for file in lake.settings.home.rglob("*"):
        if file.is_file():
            assert b"9161234" not in file.read_bytes(), file.name


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


FIRST_CONTACT = """
    select stop_kind from lake.clocks
    where promise = 'resolution.first_contact' and contact_id = 'calls:first'
"""


@dataclass
class Moved:
    """A lake settled twice; how many clocks a contact had, and how one was judged, at first."""

    lake: Lake
    n_clocks: dict[str, int]
    first_contact: list[tuple[str]]


@pytest.fixture(scope="module")
def moved(tmp_path_factory, new_home):
    """Days settled one by one; then two contacts move to other days, and they are settled again."""
    folder = tmp_path_factory.mktemp("moved")
    shutil.copytree(new_home, folder / "home")
    lake = open_lake(Settings(home=folder / "home"))
    put = putting(lake)
    late = (
        '{"event_at": "2026-03-02T00:00:10+03:00", "contact_id": "calls:n1", "channel": "phone", '
    )
    early = late.replace("2026-03-02T00:00:10", "2026-03-01T23:59:50")
    lines = (late + f'"kind": "{kind}", "line": "faults"}}\n' for kind in ("queued", "answered"))
    (folder / "one.jsonl").write_text("".join(lines), "utf-8")
    (folder / "two.jsonl").write_text(early + '"kind": "received", "line": "faults"}\n', "utf-8")
    # two phones, two citizens; what one was served for on the 2nd the other asks on the 3rd
    served = (
        "{id},,88005550101,{phone},{day}T10:00:00+03:00,{day}T10:00:05+03:00,"
        "{day}T10:00:25+03:00,{day}T10:05:00+03:00,op1,signature_use,served,{day}T10:05:00+03:00"
    )
    other = f"{FIRST.replace('+79161234567', '+79160000001')},"
    with (folder / "early.csv").open("w", encoding="utf-8") as file:
        print(f"{HEAD},resolved_at", file=file)
        print(served.format(id="first", phone="+79161234567", day="2026-03-02"), file=file)
        print(served.format(id="again", phone="+79161234568", day="2026-03-03"), file=file)
        print(named("moves", other), file=file)
    # and then a chat by either phone and one address: they are one
    one = {"received_at": "2026-03-03T12:00:00+03:00", "citizen_email": "a@example.org"}
    chats = (
        one | {"chat_id": f"k{n}", "citizen_phone": f"+7916123456{n}", "messages": []}
        for n in (7, 8)
    )
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, chats)) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settle, "CONTACTS_AT_ONCE", 1)
        for path, source in (("one.jsonl", "events"), ("early.csv", None), ("chats.jsonl", None)):
            put(folder / path, source)
        assert settle.settle(lake) == 2
    clocks = "select contact_id, count(*) from lake.clocks group by contact_id"
    before = dict(lake.con.sql(clocks).fetchall())
    judged = lake.con.sql(FIRST_CONTACT).fetchall()
    put(folder / "two.jsonl", "events")
    late_row = named("moves", other).replace("2026-03-02", "2026-03-03")
    (folder / "late.csv").write_text(f"{HEAD},resolved_at\n{late_row}\n", "utf-8")
    put(folder / "late.csv")
    settle.settle(lake)
    yield Moved(lake, before, judged)
    lake.close()


def test_a_contact_whose_beginning_comes_late_moves_to_its_day_with_all_its_events(moved):
    for table in ("contacts", "legs", "events", "clocks"):
        assert days_of(moved.lake, table, "calls:n1") == ["2026-03-01"], table


def test_a_contact_whose_later_version_names_another_day_is_judged_on_that_day_only(moved):
    for table in ("contacts", "legs", "events", "clocks"):
        assert days_of(moved.lake, table, "calls:moves") == ["2026-03-03"], table
    now = "select count(*) from lake.clocks where contact_id = 'calls:moves'"
    assert moved.lake.con.sql(now).fetchall() == [(moved.n_clocks["calls:moves"],)]


def test_citizens_met_again_in_a_later_file_are_one_after_it(moved):
    citizens = """
        select count(*), count(distinct citizen_key) from lake.contacts
        where contact_id in ('calls:first', 'calls:again', 'chats:k7', 'chats:k8')
    """
    assert moved.lake.con.sql(citizens).fetchall() == [(4, 1)]


def test_a_repeat_is_seen_over_the_edge_of_the_days_settled_together(moved):
    """Of many days some are judged at once; all of them must know their citizens before."""
    assert moved.first_contact == [("failed",)]
