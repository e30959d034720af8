"""Outages: contacts join by category, line, region and time; announcements; who is to be told."""

import shutil
from datetime import timedelta

import pytest

from pipelines import metrics
from pipelines.lake.connect import open_lake
from pipelines.metrics import Query, Scope, board, going_on, incident_for, parse_moment
from pipelines.operators.observations import observations
from pipelines.operators.weights import read_weights
from pipelines.settings import Settings
from pipelines.shift import incidents as shift
from pipelines.shift.project import project
from tests.metrics.conftest import MSK

DAY = "2026-11-16"
AT = parse_moment(f"{DAY}T11:00", MSK)
QUERY = Query(parse_moment(DAY, MSK), AT + timedelta(hours=10), as_of=AT)


def at(clock: str):
    return parse_moment(f"{DAY}T{clock}", MSK)


def outage(given, incident_id: str = "i", begun: str = "10:00", until: str | None = None, **more):
    row = {"incident_id": incident_id, "detected_at": at(begun), "restored_at": until and at(until)}
    given.rows("incidents", row | {"category": "service_outage"} | more)


def acted(given, n: int, kind: str, clock: str, args: str = "{}", text: str | None = None):
    given.rows(
        "acts",
        {"act_id": str(n), "seq": n, "acted_at": at(clock), "who": "anna", "kind": kind,
         "incident_id": "i", "text": text, "args": args},
    )  # fmt: skip


def came(given, contact_id: str, clock: str, **more):
    about = {"category": "service_outage", "region": "Омск", "citizen_key": f"k-{contact_id}"}
    given.contact(contact_id, f"{DAY}T{clock}", **about | more)


def figures(lake, query: Query = QUERY) -> dict:
    (row,) = metrics.incidents(lake, query).to_dicts()
    return row


def test_contacts_join_while_it_goes_on_and_no_longer(lake, given):
    outage(given, until="10:30")
    came(given, "before", "09:59:59")
    came(given, "first", "10:00:00")
    came(given, "again", "10:20:00", citizen_key="k-first")
    came(given, "last", "10:29:59")
    came(given, "after", "10:30:00")
    found = figures(lake)
    assert (found["contacts"], found["citizens"], found["contacts_unknown"]) == (3, 2, 0)
    earlier = Query(QUERY.start, QUERY.end, as_of=at("10:10"))
    assert (figures(lake, earlier)["contacts"], figures(lake, earlier)["restored_at"]) == (1, None)


@pytest.mark.parametrize(
    ("limits", "joined"),
    [
        ({}, {"a", "b", "c"}),
        ({"line": "main"}, {"a", "b"}),
        ({"region": "Омск"}, {"a", "c"}),
        ({"category": None, "line": "main"}, {"a", "b", "d"}),
    ],
)
def test_contacts_join_by_all_that_the_outage_names(lake, given, limits, joined):
    outage(given, **limits)
    came(given, "a", "10:01")
    came(given, "b", "10:01", region=None)
    came(given, "c", "10:01", line="faults")
    came(given, "d", "10:01", category=None)
    assert figures(lake)["contacts"] == len(joined)
    # the same contacts stay out of operators' scores
    for contact_id in "abcd":
        given.leg(contact_id, f"{DAY}T10:01", "answered", 10, operator_id="op")
    day = AT.date()
    weights = read_weights(lake.settings.reference, day)
    left = observations(lake, day, day + timedelta(days=1), weights)
    assert set(left["contact_id"]) == set("abcd") - joined


def test_people_nobody_knows_are_no_number_and_nobody_is_none(lake, given):
    outage(given)
    assert (figures(lake)["contacts"], figures(lake)["citizens"]) == (0, 0)
    came(given, "a", "10:01", citizen_key=None)
    found = figures(lake)
    assert (found["contacts"], found["citizens"], found["contacts_unknown"]) == (1, None, 1)


@pytest.mark.parametrize(
    ("is_complex", "until", "state"),
    [
        (False, None, "overdue"),
        (True, None, "running"),
        (False, "10:30", "met"),
        (False, "10:31", "breached"),
        (True, "11:00", "met"),
    ],
)
def test_the_clock_is_of_thirty_minutes_and_of_two_hours_where_complex(
    lake, given, is_complex, until, state
):
    outage(given, until=until, is_complex=is_complex)
    found = figures(lake)
    assert found["target_s"] == (7200 if is_complex else 1800)
    assert (found["due_at"] - found["detected_at"]).total_seconds() == found["target_s"]
    assert found["state"] == state


def test_hang_ups_before_and_while_an_announcement_was_on_come_with_their_bases(lake, given):
    outage(given)
    came(given, "a", "10:01")
    for n in range(4):  # on the line of its callers, whatever they call about
        given.leg(f"b{n}", f"{DAY}T10:02", "abandoned" if n < 3 else "answered", 5)
    for n in range(10):
        given.leg(f"w{n}", f"{DAY}T10:20", "abandoned" if n < 1 else "answered", 5)
    given.leg("off", f"{DAY}T10:50", "abandoned", 5)
    given.leg("waits", f"{DAY}T10:21", "open", None)
    given.leg("elsewhere", f"{DAY}T10:20", "abandoned", 5, line="faults")
    found = figures(lake)
    assert (found["offered_before"], found["offered_announced"]) == (15, 0)
    assert found["abandoned_share_announced"] is None
    acted(given, 1, "announced", "10:10", text="Портал недоступен")
    acted(given, 2, "silenced", "10:40")
    found = figures(lake)
    assert (found["abandoned_before"], found["offered_before"]) == (3, 4)
    assert (found["abandoned_announced"], found["offered_announced"]) == (1, 10)
    assert (found["abandoned_share_before"], found["abandoned_share_announced"]) == (0.75, 0.1)
    assert (found["is_announced"], found["silenced_at"]) == (False, at("10:40"))
    on = figures(lake, Query(QUERY.start, QUERY.end, as_of=at("10:30")))
    assert (on["is_announced"], on["silenced_at"], on["announcement"]) == (
        True, None, "Портал недоступен",
    )  # fmt: skip


def test_people_to_be_told_count_down_to_none(lake, given):
    outage(given, until="10:30")
    came(given, "a", "10:01")
    came(given, "a2", "10:05", citizen_key="k-a")
    came(given, "b", "10:02")
    came(given, "c", "10:03")
    came(given, "x", "10:04", citizen_key=None)
    assert figures(lake)["to_notify"] == 4
    listed = metrics.to_notify(lake, "i", AT)
    assert listed["contact_id"].to_list() == ["a2", "b", "c", "x"]
    assert listed["contacts"].to_list() == [2, 1, 1, 1]
    given.event("b", f"{DAY}T10:02", "notified", f"{DAY}T10:35")
    given.event("c", f"{DAY}T10:03", "notified", f"{DAY}T10:20")  # before it was back
    acted(given, 1, "notified", "10:40", '{"contact_ids": ["a", "c"]}')
    assert metrics.to_notify(lake, "i", AT)["contact_id"].to_list() == ["x"]
    acted(given, 2, "notified", "10:41", '{"contact_ids": ["x"]}')
    assert figures(lake)["to_notify"] == 0
    assert metrics.to_notify(lake, "i", AT).is_empty()


def test_nobody_is_to_be_told_while_it_goes_on(lake, given):
    outage(given)
    came(given, "a", "10:01")
    assert figures(lake)["to_notify"] is None
    assert metrics.to_notify(lake, "i", AT).is_empty()


def test_the_board_shows_open_outages_and_those_with_people_to_be_told(lake, given):
    outage(given, "open", begun="10:40")
    outage(given, "told", begun="10:10", until="10:20")
    outage(given, "untold", until="10:30", category="form_error")
    came(given, "a", "10:01", category="form_error")
    rows = board(lake, AT)["incidents"]
    assert [(r["incident_id"], r["to_notify"]) for r in rows] == [("open", None), ("untold", 1)]
    shown = {row["incident_id"]: row for row in metrics.incidents(lake, QUERY).to_dicts()}
    assert [shown[row["incident_id"]] | row for row in rows] == [
        shown[row["incident_id"]] for row in rows
    ]


def test_an_outage_that_is_not_there_has_nobody_to_be_told(lake, given):
    came(given, "a", "10:01")
    assert metrics.to_notify(lake, "none", AT).is_empty()
    assert metrics.incidents(lake, QUERY).is_empty()


def test_a_scope_sees_outages_and_contacts_of_its_lines_only(lake, given):
    outage(given, "i")
    outage(given, "f", line="faults")
    came(given, "a", "10:01")
    came(given, "b", "10:01", line="faults")
    scope = Scope(lines=("main",))
    found = metrics.incidents(lake, Query(QUERY.start, QUERY.end, as_of=AT, scope=scope))
    assert found.select("incident_id", "contacts").rows() == [("i", 1)]


def test_what_folds_under_an_outage_is_covered_by_all_that_it_names(lake, given):
    outage(given, "wide")
    outage(given, "narrow", begun="10:30", line="main")
    outage(given, "over", until="10:30", category="form_error")
    named = {"category": "service_outage"}

    def covers(moment, **what):
        return incident_for(going_on(lake, moment), **what)

    assert covers(AT, **named) == "wide"
    assert covers(AT, **named, line="main", region="Омск") == "narrow"
    assert covers(at("10:10"), **named, line="main") == "wide"
    assert covers(AT, category="form_error") is None
    assert covers(at("10:10"), category="form_error") == "over"
    assert covers(AT, line="main") is None


def test_a_line_folds_under_the_outage_most_of_its_late_contacts_are_of(lake, given):
    outage(given)  # of a category, on no line

    def line_at(clock):
        return incident_for(going_on(lake, at(clock)), line="faults")

    for minute in range(4):
        came(given, f"it{minute}", f"10:0{minute}", line="faults")
    assert line_at("10:05") is None  # four say nothing yet
    came(given, "it4", "10:05", line="faults")
    assert line_at("10:06") == "i"
    for minute in range(6):
        came(given, f"other{minute}", f"10:1{minute}", line="faults", category="form_error")
    assert line_at("10:16") is None
    assert line_at("11:11") is None  # the hour before holds others only
    assert incident_for(going_on(lake, at("10:06")), line="main") is None


def test_all_lines_fold_under_the_outage_most_of_what_is_above_the_usual_is_of(lake, given):
    outage(given)

    def whole_at(clock):
        outages = going_on(lake, at(clock))
        lines = incident_for(outages, line=None)
        assert incident_for(outages, category="*") == lines
        return lines

    for minute in range(6):  # a week before and today: what always comes
        given.contact(f"week{minute}", f"2026-11-09T10:0{minute}", category="form_error")
        came(given, f"usual{minute}", f"10:0{minute}", category="form_error")
    for minute in range(4):
        came(given, f"it{minute}", f"10:0{minute}")
    assert whole_at("10:06") is None  # four above the usual say nothing yet
    came(given, "it4", "10:05:30")
    assert whole_at("10:06") == "i"  # all of five above the usual, if fewer than half of eleven
    for minute in range(6):
        came(given, f"other{minute}", f"10:1{minute}", category="form_error")
    assert whole_at("10:16") is None
    assert whole_at("11:11") is None  # the hour before holds others only


def test_the_log_tells_every_act_by_time_with_who(lake_of_its_own):
    lake = lake_of_its_own
    found = shift.open_incident(
        lake, "anna", AT, detected_at=at("10:00"), category="service_outage", line="faults"
    )
    shift.note(lake, "boris", AT, "Подрядчик едет", found)
    shift.hand_over(lake, "anna", AT, "Сбой открыт")
    project(lake)
    log = metrics.shift_log(lake, QUERY)
    assert log.select("who", "kind", "incident_id", "text").rows() == [
        ("anna", "opened", found, None),
        ("boris", "note", found, "Подрядчик едет"),
        ("anna", "handover", None, "Сбой открыт"),
    ]
    assert log["category"].to_list() == ["service_outage", "service_outage", None]
    mine = Query(QUERY.start, QUERY.end, as_of=AT, scope=Scope(lines=("main",)))
    assert metrics.shift_log(lake, mine)["kind"].to_list() == ["handover"]
    assert metrics.shift_log(lake, QUERY, found)["kind"].to_list() == ["opened", "note"]


@pytest.fixture
def lake_of_its_own(tmp_path, new_home):
    shutil.copytree(new_home, tmp_path / "home")
    lake = open_lake(Settings(home=tmp_path / "home"))
    yield lake
    lake.close()
