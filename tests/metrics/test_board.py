"""board: the figures of one moment, from literal rows."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.metrics import Scope, board, parse_moment, unserved
from pipelines.settings import Settings
from tests.lakes import tables

MSK = ZoneInfo("Europe/Moscow")
TODAY = "2026-11-18"  # a Wednesday
NOW = parse_moment(f"{TODAY}T12:00:00", MSK)


def line(figures: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [row for row in figures["lines"] if row["line"] == name]
    return found


def level(row: dict[str, Any], window: str) -> tuple[int, int]:
    return row["level"][window]["within"], row["level"][window]["base"]


def test_an_empty_lake_knows_its_lines_and_nothing_else(lake):
    figures = board(lake, NOW)
    assert line(figures, "main")["waiting"] == 0
    assert line(figures, "main")["level"]["today"]["share"] is None
    assert line(figures, "main")["expected_volume"] is None
    assert (figures["operators"], figures["chats"], figures["unserved"]) == (None, None, None)
    assert (figures["due"], figures["incidents"], figures["sources"]) == ([], [], [])
    assert figures["total"]["offered"] == 0


def test_who_waits_now_and_since_when(lake, given):
    given.call("a", f"{TODAY}T11:58:00", "answered", 30)
    given.call("b", f"{TODAY}T11:59:00", "answered", 61)  # answered a second after now
    given.call("c", f"{TODAY}T11:59:30", "open", None)
    given.call("d", "2026-11-17T23:59:00", "open", None, line="faults")  # since yesterday
    given.call("e", f"{TODAY}T12:00:01", "open", None)  # not yet
    figures = board(lake, NOW)
    assert line(figures, "main")["waiting"] == 2
    assert line(figures, "main")["oldest_queued_at"] == parse_moment(f"{TODAY}T11:59", MSK)
    assert line(figures, "faults")["waiting"] == 1
    assert figures["total"]["waiting"] == 3
    assert line(figures, "main")["offered"] == 3


def test_who_waits_for_days_is_seen_and_a_late_row_of_a_day_that_was_over_too(lake, given):
    given.call("a", "2026-11-12T10:00:00", "answered", 30, 600)
    given.call("b", "2026-11-13T10:00:00", "open", None)
    given.marts("2026-11-12", "2026-11-13")
    assert line(board(lake, NOW), "main")["waiting"] == 1

    given.call("c", "2026-11-12T11:00:00", "open", None)
    given.rows("dirty_days", {"received_date": date(2026, 11, 12), "needs_clocks": False})
    assert line(board(lake, NOW), "main")["waiting"] == 2


def test_the_last_half_hour_is_ripe(lake, given):
    given.call("a", f"{TODAY}T11:59:50", "answered", 5)  # its target is not over yet
    given.call("b", f"{TODAY}T11:40:00", "answered", 20)
    given.call("c", f"{TODAY}T11:35:00", "answered", 21)
    given.call("d", f"{TODAY}T11:10:00", "answered", 1)
    given.call("e", f"{TODAY}T09:00:00", "abandoned", 1)
    row = line(board(lake, NOW), "main")
    assert level(row, "half_hour") == (1, 2)
    assert row["level"]["half_hour"]["end"] == NOW - timedelta(seconds=20)
    assert level(row, "before") == (1, 1)
    assert level(row, "hour") == (0, 0)  # of the clock: it has just begun
    assert level(row, "hour_before") == (3, 4)
    assert level(row, "today") == (3, 5)
    assert level(row, "today_before") == (3, 5)  # as it stood at noon
    assert level(line(board(lake, NOW - timedelta(seconds=1)), "main"), "hour") == (3, 4)


def test_nobody_holds_the_line_of_the_portal(lake, given):
    given.call("a", f"{TODAY}T10:00:00", "open", None, channel="portal", line="portal")
    figures = board(lake, NOW)
    assert (line(figures, "portal")["waiting"], line(figures, "portal")["offered"]) == (None, 1)
    assert (figures["total"]["waiting"], level(figures["total"], "today")) == (0, (0, 0))


def test_a_line_reference_does_not_know_is_shown_under_its_own_name(lake, given):
    given.call("a", f"{TODAY}T10:00:00", line="NW")
    assert line(board(lake, NOW), "NW")["offered"] == 1


def clock(given, contact_id, due, stopped=None, started="10:00", line="main", **more):
    at = parse_moment(f"{TODAY}T{started}", MSK)
    given.contact(contact_id, f"{TODAY}T{started}:00", line=line)
    row = {
        "promise": "phone.wait_max",
        "kind": "clock",
        "contact_id": contact_id,
        "number": 1,
        "received_date": at.date(),
        "started_at": at,
        "due_at": parse_moment(f"{TODAY}T{due}", MSK),
        "stopped_at": stopped and parse_moment(f"{TODAY}T{stopped}", MSK),
        "stop_kind": stopped and "stopped",
    }
    given.rows("clocks", row | more)


def test_what_breaches_next_stands_first_then_what_was_missed_then_the_rest(lake, given):
    for n in range(9):
        clock(given, f"late {n}", f"11:5{n}")  # more than there is room for: the oldest is left out
    clock(given, "soon", "12:00:50")
    clock(given, "later", "12:04")
    clock(given, "tomorrow", "23:00", line="faults")
    clock(given, "broken", "11:00", "11:30")
    clock(given, "kept", "11:00", "10:30")
    clock(given, "kept late today", "12:30", "12:10")
    figures = board(lake, NOW)
    late = [(f"late {n}", "overdue") for n in range(8, 0, -1)]
    assert [(row["contact_id"], row["state"]) for row in figures["due"]] == [
        ("soon", "running"),
        ("later", "running"),
        *late,
        ("kept late today", "running"),
        ("tomorrow", "running"),
    ]
    assert figures["due"][0]["basis"] == "seed"
    assert figures["counts"] == {
        "overdue": 9,
        "running": 4,
        "breached_today": 10,
        "due_1min": 1,
        "due_2min": 1,
        "due_5min": 2,
    }
    seen = board(lake, NOW, Scope(lines=("faults",)))
    assert [row["contact_id"] for row in seen["due"]] == ["tomorrow"]


def test_unserved_are_people_whom_no_channel_served_today(lake, given):
    given.call("a1", f"{TODAY}T10:00:00", "abandoned", 60, citizen_key="a")
    given.call("a2", f"{TODAY}T10:05:00", "abandoned", 60, citizen_key="a")
    given.call("b1", f"{TODAY}T10:00:00", "abandoned", 60, citizen_key="b")
    given.call("b2", f"{TODAY}T10:05:00", "answered", 60, citizen_key="b", line="chat")
    given.call("c1", f"{TODAY}T11:59:00", "abandoned", 30, citizen_key="c")
    given.call("c2", f"{TODAY}T11:59:40", "open", None, citizen_key="c")
    assert board(lake, NOW)["unserved"] == 1
    # b was served on a line that may not be seen
    assert board(lake, NOW, Scope(lines=("main",)))["unserved"] == 1


def test_who_was_called_back_is_served_and_who_will_be_is_no_debt_yet(lake, given):
    def lost(name):
        given.call(name, f"{TODAY}T10:00:00", "abandoned", 60, citizen_key=name)

    def event(contact_id, kind, time, value=None):
        given.event(contact_id, f"{TODAY}T10:00:00", kind, f"{TODAY}T{time}", value=value)

    lost("reached")
    event("reached", "callback_made", "10:30:00", "reached")
    lost("attempted")
    event("attempted", "callback_requested", "10:00:50")
    event("attempted", "callback_made", "10:30:00", "attempted")
    lost("promised")
    given.call("p2", f"{TODAY}T10:05:00", "flowed_out", 60, citizen_key="promised")
    event("p2", "callback_requested", "10:06:00")
    lost("later")
    event("later", "callback_made", "12:30:00", "reached")
    assert board(lake, NOW)["unserved"] == 2  # attempted, and later: nobody knows of it yet


def test_the_debt_of_today_begins_at_midnight(lake, given):
    given.call("a", "2026-11-17T23:30:00", "abandoned", 60, citizen_key="a")
    given.call("b", f"{TODAY}T00:10:00", "abandoned", 60, citizen_key="b")
    assert board(lake, parse_moment(f"{TODAY}T01:00", MSK))["unserved"] == 1


def test_a_contact_of_no_known_line_is_in_the_total(lake, given):
    given.call("a", f"{TODAY}T10:00:00", "answered", 5, line=None)
    given.call("b", f"{TODAY}T10:00:00", "answered", 5)
    figures = board(lake, NOW)
    total = figures["total"]
    assert (total["offered"], total["volume"], level(total, "today")) == (2, 2, (2, 2))
    assert None not in [row["line"] for row in figures["lines"]]


def test_operators_by_what_they_do_now(lake, given):
    def log(operator_id, time, state, reason=None):
        at = parse_moment(f"{TODAY}T{time}", MSK)
        row = {"operator_id": operator_id, "event_at": at, "state": state, "reason": reason}
        given.rows("operator_events", row)

    log("talks", "08:00", "login")
    log("free", "08:00", "login")
    log("rests", "08:00", "login")
    log("rests", "11:50", "pause", "lunch")
    log("back", "08:00", "pause", "lunch")
    log("back", "09:00", "resume")
    log("again", "08:00", "pause", "lunch")
    log("again", "09:00", "resume")
    log("again", "11:58", "pause")
    log("gone", "08:00", "login")
    log("gone", "11:00", "logout")
    given.call("a", f"{TODAY}T11:55:00", "answered", 5, 3600, operator_id="talks")
    given.call("b", f"{TODAY}T11:55:00", "answered", 5, 3600, operator_id="ghost")
    assert board(lake, NOW)["operators"] == {
        "contact": 1,
        "free": 2,
        "wrap": 0,
        "pause": 2,
        "unknown": 1,
        "by_pause_reason": {"lunch": 1, "": 1},  # a pause without a reason has none
    }


def test_chats_open_and_who_waits_for_whom(lake, given):
    given.call("a", f"{TODAY}T11:50:00", "answered", 5, 3600, channel="chat", line="chat")
    given.event("a", f"{TODAY}T11:50:00", "message_out", f"{TODAY}T11:50:05", operator_id="o")
    given.event("a", f"{TODAY}T11:50:00", "message_in", f"{TODAY}T11:58:00")
    given.call("b", f"{TODAY}T11:59:50", "open", None, channel="chat", line="chat")
    given.call("c", f"{TODAY}T11:00:00", "answered", 5, 60, channel="chat", line="chat")
    assert board(lake, NOW)["chats"] == {
        "open": 2,
        "awaiting_first": 1,
        "awaiting_next": 1,
        "per_operator": None,  # the log names no operators
        "most_per_operator": None,
    }


def test_an_open_outage_has_the_time_it_is_promised_to_end(lake, given):
    given.rows(
        "incidents",
        {"incident_id": "i", "detected_at": NOW - timedelta(minutes=10), "is_complex": False},
        {
            "incident_id": "j",
            "detected_at": NOW - timedelta(minutes=20),
            "restored_at": NOW - timedelta(minutes=5),
        },
    )
    (row,) = board(lake, NOW)["incidents"]
    assert (row["incident_id"], row["due_at"]) == ("i", NOW + timedelta(minutes=20))


@pytest.fixture
def four_wednesdays(given):
    """Two calls at 10:00 and two at 11:55 on each of four Wednesdays before."""
    days = ("2026-10-21", "2026-10-28", "2026-11-11", "2026-10-14")
    for day in days:
        for n, time in enumerate(("10:00:00", "10:01:00", "11:55:00", "11:56:00", "13:00:00")):
            given.call(f"{day}{n}", f"{day}T{time}")
    given.marts(*days)
    return given


def test_what_is_usual_by_this_hour_comes_from_the_same_weekdays(lake, four_wednesdays):
    four_wednesdays.call("a", f"{TODAY}T11:50:00")
    four_wednesdays.event("a", f"{TODAY}T11:50:00", "received", f"{TODAY}T11:50:00")
    figures = board(lake, NOW)
    assert (line(figures, "main")["volume"], line(figures, "main")["expected_volume"]) == (1, 4.0)
    assert figures["total"]["expected_volume"] == 4.0
    assert line(figures, "faults")["expected_volume"] == 0.0
    last = figures["spark"][-2]
    assert (last["start"], last["offered"], last["expected"]) == (
        parse_moment(f"{TODAY}T11:45", MSK),
        1,
        2.0,
    )
    assert len(figures["spark"]) == 12
    assert figures["sources"] == [
        {
            "source": "calls",
            "newest_at": parse_moment(f"{TODAY}T11:50", MSK),
            "is_silent": False,
            "silent_since": None,
        }
    ]


def test_the_forecast_leans_to_the_latest_days_and_says_how_far_it_was_off(lake, given):
    days = ("2026-11-11", "2026-10-28", "2026-10-21", "2026-10-14", "2026-10-07")
    for day in days:
        for n in range(3 if day == days[0] else 2):
            given.call(f"{day}{n}", f"{day}T10:0{n}:00")
    given.marts(*days)
    total = board(lake, NOW)["total"]
    weights = [0.85**k for k in range(5)]
    assert total["expected_volume"] == pytest.approx(2 + 1 / sum(weights))
    assert total["forecast_wape"] == pytest.approx(1 / 3)  # of the latest: two were expected


def test_what_is_usual_goes_by_the_clock_on_the_wall_also_where_clocks_are_put_forward(
    tmp_path, given
):
    berlin = tables(Settings(home=tmp_path / "berlin", zone="Europe/Berlin"))
    there = type(given)(berlin)
    sundays = ("2026-03-01", "2026-03-08", "2026-03-15", "2026-03-22")
    for day in sundays:
        there.call(day, f"{day}T12:00:00")  # 10 o'clock in Berlin
    there.marts(*sundays)
    on_the_day = parse_moment("2026-03-29T10:30", ZoneInfo("Europe/Berlin"))  # 9.5 h after midnight
    figures = board(berlin, on_the_day)
    assert figures["total"]["expected_volume"] == 1.0
    usual = {
        row["start"].hour * 60 + row["start"].minute: row["expected"] for row in figures["spark"]
    }
    assert (usual[9 * 60], usual[10 * 60]) == (0.0, 1.0)
    berlin.close()


def test_a_source_is_silent_when_it_owes_a_slot_of_contacts(lake, given):
    for day in ("2026-10-21", "2026-10-28", "2026-11-11", "2026-10-14"):
        for n in range(20):
            given.call(f"{day}{n}", f"{day}T11:{n:02}:00")
        given.marts(day)
    given.event("a", f"{TODAY}T10:59:00", "received", f"{TODAY}T10:59:00")
    (row,) = board(lake, NOW)["sources"]
    assert (row["is_silent"], row["silent_since"]) == (True, parse_moment(f"{TODAY}T10:59", MSK))


def test_a_queue_grows_by_who_came_less_who_went(lake, given):
    given.call("a", f"{TODAY}T11:40:00", "answered", 700)  # waited before, answered at 11:51:40
    given.call("b", f"{TODAY}T11:49:59", "open", None)  # came before the ten minutes
    for n in range(1, 5):
        given.call(f"c{n}", f"{TODAY}T11:5{n}:00", "open", None)
    given.call("d", f"{TODAY}T11:55:00", "abandoned", 30)
    ten_minutes_ago = line(board(lake, NOW - timedelta(minutes=10)), "main")["waiting"]
    now = line(board(lake, NOW), "main")
    assert (ten_minutes_ago, now["waiting"]) == (2, 5)
    assert now["growth_per_min"] == (now["waiting"] - ten_minutes_ago) / 10 == 0.3


def test_a_caller_behind_a_queue_waits_for_those_who_talk(lake, given):
    for n in range(20):  # handled in 300 s, nobody hangs up
        given.call(f"h{n}", f"{TODAY}T09:00:00", "answered", 5, 300)
    given.call("talks1", f"{TODAY}T11:58:00", "answered", 5, 3600)
    given.call("talks2", f"{TODAY}T11:58:00", "answered", 5, 3600)
    for n in range(3):
        given.call(f"w{n}", f"{TODAY}T11:59:00", "open", None)
    # the next to end of two talks of 300 s, four times; hardly anybody hangs up (an hour)
    expected = sum(1 / (2 / 300 + ahead / 3600) for ahead in range(4))
    figures = board(lake, NOW)
    assert line(figures, "main")["expected_wait_s"] == pytest.approx(expected)
    assert line(figures, "faults")["expected_wait_s"] is None


def test_callers_whom_free_operators_take_at_once_wait_like_the_last_ones(lake, shift):
    for n in range(20):
        shift.call(f"h{n}", f"{TODAY}T09:00:00", "answered", 5, 300)
    shift.call("talks", f"{TODAY}T11:58:00", "answered", 7, 3600, operator_id="b")
    shift.call("done", f"{TODAY}T11:40:00", "answered", 5, 30, operator_id="a")
    shift.call("w0", f"{TODAY}T11:59:58", "open", None)
    row = line(board(lake, NOW), "main")  # a is being put through to w0
    assert (row["waiting"], row["expected_wait_s"]) == (1, 7)
    shift.log("a", "pause", "11:59")
    assert line(board(lake, NOW), "main")["expected_wait_s"] > 100


def test_a_caller_of_an_empty_queue_waits_like_the_last_ones(lake, given):
    given.call("a", f"{TODAY}T11:58:00", "answered", 4, 3600)
    given.call("b", f"{TODAY}T11:59:00", "answered", 8, 3600)
    given.call("c", f"{TODAY}T11:00:00", "answered", 500, 3600)
    assert line(board(lake, NOW), "main")["expected_wait_s"] == 6


def test_deadlines_of_emergencies_and_of_personal_data_are_counted_first(lake, given):
    clock(given, "soon", "12:00:50")
    clock(given, "private", "12:01:30", line="privacy")
    clock(given, "private too", "12:04", line="privacy")
    given.contact("menu", f"{TODAY}T11:45:00", menu_choice="emergency")
    given.rows("clocks", {
        "promise": "offhours.emergency", "kind": "clock", "contact_id": "menu", "number": 1,
        "received_date": NOW.date(), "started_at": NOW - timedelta(minutes=15),
        "due_at": NOW + timedelta(minutes=1),
    })  # fmt: skip
    found = {
        row["class"]: (row["due_1min"], row["due_2min"], row["due_5min"])
        for row in board(lake, NOW)["first"]
    }
    assert list(found.items()) == [
        ("emergency", (1, 1, 1)),
        ("privacy", (0, 1, 2)),
        (None, (1, 1, 1)),
    ]


def test_past_due_is_counted_by_line(lake, given):
    clock(given, "late", "11:59")
    clock(given, "late too", "11:58", line="faults")
    clock(given, "running", "12:30", line="faults")
    figures = board(lake, NOW)
    assert [line(figures, name)["overdue"] for name in ("main", "faults", "chat")] == [1, 1, 0]
    assert figures["total"]["overdue"] == 2


def test_the_debt_names_the_call_to_answer_and_who_comes_first(lake, given):
    given.call("a1", f"{TODAY}T09:00:00", "abandoned", 60, citizen_key="a")
    given.call("a2", f"{TODAY}T10:05:00", "abandoned", 90, citizen_key="a", line="faults")
    given.call("b1", f"{TODAY}T10:00:00", "abandoned", 60, citizen_key="b")
    given.call("b2", f"{TODAY}T10:05:00", "answered", 60, citizen_key="b")
    given.call("c1", f"{TODAY}T11:00:00", "abandoned", 30, citizen_key="c", line="privacy")
    figures = board(lake, NOW)
    assert figures["unserved"] == 2
    assert [
        (row["contact_id"], row["line"], row["tries"], row["waited_s"]) for row in figures["debt"]
    ] == [("c1", "privacy", 1, 30.0), ("a2", "faults", 2, 90.0)]
    assert figures["debt"][1]["first_lost_at"] == parse_moment(f"{TODAY}T09:01", MSK)
    assert unserved(lake, NOW).to_dicts() == figures["debt"]
    assert unserved(lake, NOW, Scope(lines=("faults",)))["contact_id"].to_list() == ["a2"]


@pytest.fixture
def shift(given):
    """Three operators on shift: two know technical matters."""

    def log(operator_id, state, time="08:00"):
        at = parse_moment(f"{TODAY}T{time}", MSK)
        given.rows("operator_events", {"operator_id": operator_id, "event_at": at, "state": state})

    for name, skills in (("a", "general;technical"), ("b", "technical"), ("c", "general")):
        given.rows("operators", {"operator_id": name, "team": "t", "skills": skills})
        log(name, "login")
    given.log = log
    return given


def test_ready_operators_of_other_lines_are_named_where_a_line_needs_them(lake, shift):
    shift.call("own", f"{TODAY}T11:00:00", "answered", 5, 60, line="faults", operator_id="b")
    shift.call("other", f"{TODAY}T11:00:00", "answered", 5, 60, line="main", operator_id="a")
    for n in range(3):  # the half hour of faults is lost
        shift.call(f"lost{n}", f"{TODAY}T11:40:00", "abandoned", 60, line="faults")
    (row,) = board(lake, NOW)["moves"]["ready"]
    assert (row["line"], row["skill"]) == ("faults", "technical")
    assert row["operators"] == [{"operator_id": "a", "line": "main"}]  # b is of that line already
    shift.log("a", "pause", "11:59")
    assert board(lake, NOW)["moves"]["ready"][0]["n"] == 0


def test_long_talks_holds_and_wraps_and_phones_nobody_took_are_listed(lake, shift):
    for n in range(20):
        shift.call(f"h{n}", f"{TODAY}T09:00:00", "answered", 5, 100)
    shift.call("long", f"{TODAY}T11:50:00", "answered", 5, 3600, operator_id="a")
    shift.call("short", f"{TODAY}T11:56:00", "answered", 5, 3600, operator_id="b")
    shift.event("short", f"{TODAY}T11:56:00", "hold_started", f"{TODAY}T11:58:30")
    shift.event("long", f"{TODAY}T11:50:00", "hold_started", f"{TODAY}T11:56:00")
    shift.event("long", f"{TODAY}T11:50:00", "hold_ended", f"{TODAY}T11:57:00")
    shift.call("w", f"{TODAY}T11:50:00", "answered", 5, 100, wrap_s=900, operator_id="c")
    rings = f"{TODAY}T11:45:00"
    shift.event("x", rings, "ring_no_answer", f"{TODAY}T11:45:10", operator_id="c", line="main")
    shift.event("y", rings, "ring_no_answer", f"{TODAY}T11:46:10", operator_id="c", line="main")
    figures = board(lake, NOW)
    moves = figures["moves"]
    assert [row["contact_id"] for row in moves["long_talks"]] == ["long"]
    assert [(row["contact_id"], row["operator_id"]) for row in moves["long_holds"]] == [
        ("short", "b")
    ]
    assert [row["operator_id"] for row in moves["long_wraps"]] == ["c"]
    assert [(row["operator_id"], row["n"]) for row in moves["no_answer"]] == [("c", 2)]
    assert (figures["operators"]["wrap"], figures["operators"]["free"]) == (1, 0)


def test_intervals_hold_the_level_of_each_line_and_its_distance_from_the_goal(lake, given):
    given.call("a", f"{TODAY}T11:16:00", "answered", 5)
    given.call("b", f"{TODAY}T11:31:00", "answered", 5)
    given.call("c", f"{TODAY}T11:46:00", "answered", 25, line="faults")
    found = board(lake, NOW + timedelta(minutes=1))["intervals"]
    *_, half, running = found["half_hour"]
    assert (half["start"], half["end"]) == (NOW - timedelta(minutes=30), NOW)
    assert half["cells"][None]["share"] == 0.5
    assert half["cells"][None]["deviation"] == pytest.approx(-0.3)
    assert half["cells"]["faults"] == {
        "offered": 1, "within": 0, "base": 1, "share": 0.0, "deviation": -0.8,
    }  # fmt: skip
    assert (running["end"], running["cells"]) == (NOW + timedelta(minutes=1), {})
    assert [row["cells"].keys() for row in found["quarter"][-4:]] == [
        {"main", None}, {"main", None}, {"faults", None}, set(),
    ]  # fmt: skip
