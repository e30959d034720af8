"""What stands behind a promise: bounds by failed checks, readings, recoding, silent sources."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines import metrics
from pipelines.errors import QueryError
from pipelines.metrics import Query, parse_moment
from tests.metrics.test_page_figures import clock, week

MSK = ZoneInfo("Europe/Moscow")
MONDAY = "2026-11-16T10:00:00"


def held(number: int, row: str, **more: Any) -> dict[str, Any]:
    return {
        "quarantine_id": f"q{number}", "source": "calls", "dataset": "calls", "file": "calls.csv",
        "file_id": "f", "row_no": number, "expectations": "e", "row": row,
        "quarantined_at": parse_moment("2026-11-30", MSK), "status": "held",
    } | more  # fmt: skip


@pytest.fixture
def four_calls(given):
    """Of one promise two met and two late, one of the late with a category of its own."""
    for name in "abcd":
        given.contact(name, MONDAY, citizen_key=name, category="form_error")
    given.rows("clocks", *(clock(n, "phone.wait_max", late=n in "cd") for n in "abcd"))
    given.rows(
        "source_provides",
        *({"source": "calls", "item": item} for item in ("queued", "answered")),
    )
    return given


def test_without_failed_rows_the_bounds_are_the_share_itself(lake, four_calls):
    assert metrics.doubt(lake, week(), "phone.wait_max") == {
        "share": 0.5, "low": 0.5, "high": 0.5, "inside": 0, "outside": 0
    }  # fmt: skip


def test_rows_held_back_are_all_broken_at_worst_and_all_met_at_best(lake, four_calls):
    at = parse_moment(MONDAY, MSK)
    four_calls.rows(
        "quarantine",
        held(1, '{"contact_id": "x", "channel": "phone"}', row_at=at),
        held(2, '{"contact_id": "x", "channel": "phone"}', row_at=at),  # its second leg
        held(3, '{"received_at": "2026-11-17 09:00:00+00"}'),  # the time stands in the row
        held(4, '{"contact_id": "a"}', row_at=at),  # a good version of it is in the lake
        held(5, '{"contact_id": "y", "channel": "video"}', row_at=at),  # no call
        held(6, "torn", row_at=parse_moment("2026-11-01", MSK)),  # another week
        held(7, "torn"),  # no time of its own, and nothing of its file in this week
        held(8, '{"contact_id": "z"}', row_at=at, status="retried"),  # put right since
    )
    found = metrics.doubt(lake, week(), "phone.wait_max")
    # 2 of 4; outside x and the third row; inside a, now met
    assert (found["inside"], found["outside"]) == (1, 2)
    assert (found["low"], found["high"]) == ((2 - 1) / 6, (2 + 2) / 6)


def test_a_torn_row_counts_where_its_file_has_rows_of_the_period(lake, four_calls):
    four_calls.rows("quarantine", held(1, "torn"))
    row = {"source": "calls", "row_key": 1, "file_id": "f", "row_at": parse_moment(MONDAY, MSK)}
    four_calls.rows("source_rows", row)
    assert metrics.doubt(lake, week(), "phone.wait_max")["outside"] == 1


def test_a_category_keeps_out_rows_of_another(lake, four_calls):
    at = parse_moment(MONDAY, MSK)
    four_calls.rows(
        "quarantine",
        held(1, '{"contact_id": "x", "category": "form_error"}', row_at=at),
        held(2, '{"contact_id": "y", "category": "registration"}', row_at=at),
    )
    found = metrics.doubt(lake, week(where={"category": "form_error"}), "phone.wait_max")
    assert (found["share"], found["outside"]) == (0.5, 1)


def test_means_and_slots_have_no_bounds_and_an_unknown_promise_is_named(lake, four_calls):
    for promise in ("phone.wait_mean", "main.available", "incident.restore"):
        assert metrics.doubt(lake, week(), promise)["share"] is None
    with pytest.raises(QueryError, match=r"did you mean 'phone\.wait_max'"):
        metrics.doubt(lake, week(), "phone.wait_maxx")


def test_a_promise_of_the_queue_stands_beside_five_formulas_at_its_own_target(lake, given):
    given.call("a", MONDAY, "answered", 20)
    given.call("b", MONDAY, "answered", 400)
    given.call("c", MONDAY, "abandoned", 4)
    found = metrics.readings(lake, week(), "phone.wait_max")
    assert found.select("reading", "threshold_s", "value", "n").rows() == [
        ("SL-1", 300.0, 1 / 3, 3),
        ("SL-2", 300.0, 1 / 2, 2),
        ("SL-3", 300.0, 1 / 2, 2),
        ("SL-4", 300.0, 2 / 3, 3),
        ("SL-5", 300.0, 1 / 2, 2),
    ]


def test_other_readings_of_the_words_stand_in_the_passport(lake, given):
    given.contact("p", MONDAY, channel="portal", line="portal")
    given.rows("clocks", clock("p", "feedback.answer_hours", late=False, kind="reading"))
    (row,) = metrics.readings(lake, week(), "feedback.answer").to_dicts()
    assert (row["reading"], row["value"], row["n"]) == ("feedback.answer_hours", 1.0, 1)
    assert metrics.readings(lake, week(), "confirmation.sent").is_empty()


def test_the_longest_wait_is_read_in_peak_hours_and_in_others(lake, given):
    for week_ago in range(1, 4):  # ten o'clock has three calls of a Monday, noon one
        day = (parse_moment("2026-11-16", MSK) - timedelta(weeks=week_ago)).strftime("%Y-%m-%d")
        for n, hour in enumerate(("10:00", "10:10", "10:20", "12:00")):
            given.contact(f"{week_ago}{n}", f"{day}T{hour}:00", is_staffed=True)
    for name, hour in (("a", "10"), ("b", "10"), ("c", "12"), ("d", "15")):
        given.contact(name, f"2026-11-16T{hour}:30:00", is_staffed=True)
    given.rows("clocks", *(clock(n, "phone.wait_max", late=n == "b") for n in "abcd"))
    found = metrics.readings(lake, week(), "phone.wait_max")
    assert found.filter(pl.col("formula").is_null()).select("reading", "value", "n").rows() == [
        ("peak", 0.5, 2),
        ("other", 1.0, 1),
        ("unknown_hours", 1.0, 1),  # nobody ever called at three
    ]


def test_callbacks_that_reached_nobody_stand_apart_from_those_that_did(lake, given):
    for name, result in (("a", "reached"), ("b", "attempted"), ("c", "reached"), ("d", None)):
        given.contact(name, MONDAY, callback_result=result)
    given.rows("clocks", *(clock(n, "callback.kept", late=n in "cd") for n in "abcd"))
    found = metrics.readings(lake, week(), "callback.kept")
    assert found.select("reading", "value", "n").rows() == [
        ("reached", 0.25, 4),
        ("attempted", 0.25, 4),
    ]


def test_the_operators_mark_the_outage_and_the_silence_are_three_voices(lake, given):
    for name, citizen in (("a", "x"), ("b", "y"), ("c", None)):
        given.contact(name, MONDAY, citizen_key=citizen, category="form_error", is_complex=True)
    given.event("b", MONDAY, "complex_marked", "2026-11-16T10:40:00")  # too late, but timed
    again = {"citizen_key": "x", "category": "form_error"}
    given.contact("later", "2026-11-17T09:00:00", **again)
    given.contact("much later", "2026-11-18T09:00:00", **again)
    given.rows("clocks", *(clock(n, "technical.restore", late=False) for n in "abc"))
    at = parse_moment(MONDAY, MSK)
    outage = {"incident_id": "i", "detected_at": at, "restored_at": at + timedelta(minutes=10)}
    given.rows("incidents", outage)
    found = metrics.readings(lake, week(), "technical.restore")
    assert found.select("reading", "value", "n").rows() == [
        ("silence", 0.5, 2),
        ("incident.restore", 1.0, 1),
    ]
    assert metrics.aside(lake, week(), "technical.restore") == {
        "attempts": 3, "people": 2, "untimed_complex": 2, "resolved": 2, "reopened": 1
    }  # fmt: skip
    # beside the promise for complex ones: flagged, and judged as ordinary for want of a time
    asked = week(where={"promise": ("technical.restore_complex", "technical.complex_notified")})
    assert metrics.asides(lake, asked).select("promise", "attempts", "untimed_complex").rows() == [
        ("technical.restore_complex", 0, 2), ("technical.complex_notified", 0, 0),
    ]  # fmt: skip
    # nothing is known of a silence that has not lasted a day yet
    young = week(as_of=parse_moment("2026-11-17T09:30", MSK))
    assert metrics.aside(lake, young, "technical.restore")["resolved"] == 0


def test_the_wait_stands_by_time_zone_beside_the_promise_of_every_region(lake, given):
    given.contact("a", MONDAY, region="77")
    given.contact("b", MONDAY, region="14")
    given.rows("clocks", *(clock(n, "phone.wait_max", late=n == "b") for n in "ab"))
    ((named, frame),) = metrics.beside(lake, week(), "equal.by_region").items()
    assert named == ("phone.wait_max", "time_zone")
    assert frame.select("time_zone", "met", "n").rows() == [
        ("UTC+03:00", 1, 1),
        ("UTC+09:00", 0, 1),
    ]


def test_contacts_recoded_after_the_deadline_are_listed_with_both_categories(lake, given):
    given.contact("a", MONDAY, category="registration")
    given.contact("b", MONDAY, category="form_error")
    given.contact("c", MONDAY, category="form_error")
    given.rows(
        "clocks",
        clock("a", "technical.restore", late=True, judged_category="form_error"),
        clock("b", "technical.restore", late=True),
        clock("c", "technical.restore", late=False, judged_category=""),  # none was known then
        clock("c", "confirmation.sent", late=False, judged_category=""),
    )
    found = metrics.recoded(lake, week(), "technical.restore")
    assert found.total == 2
    assert found.rows.select("contact_id", "judged_category", "category", "state").rows() == [
        ("a", "form_error", "registration", "breached"),
        ("c", None, "form_error", "met"),
    ]
    assert metrics.recoded(lake, week()).total == 3
    # the filter is of the category that judges, not of today's
    of_then = week(where={"category": "form_error"})
    assert metrics.recoded(lake, of_then, "technical.restore").rows["contact_id"].to_list() == ["a"]


def test_sources_that_cannot_know_are_named_with_what_they_lack(lake, given):
    given.contact("a", MONDAY, source="queue_log")
    given.contact("b", MONDAY)
    given.rows(
        "source_provides",
        *({"source": "calls", "item": item} for item in ("resolved", "confirmation_sent")),
        {"source": "queue_log", "item": "answered"},
    )
    found = metrics.unknowing(lake, week(), "confirmation.sent")
    assert found.rows() == [("queue_log", 1, ["confirmation_sent", "resolved"])]
    assert metrics.unknowing(lake, week(where={"line": "faults"}), "confirmation.sent").is_empty()


def test_sides_roll_days_up_from_counts_and_name_the_worst_line_first(lake, given):
    tuesday = parse_moment("2026-11-17T10:00", MSK)
    for name, line in (("a", "main"), ("b", "faults"), ("c", "faults")):
        given.contact(name, MONDAY, line=line)
    given.contact("d", "2026-11-17T10:00:00", line="main")
    given.rows(
        "clocks",
        clock("a", "phone.wait_max", late=True),
        clock("b", "phone.wait_max", late=True),
        clock("c", "phone.wait_max", late=True),
        clock("d", "phone.wait_max", late=False, received_date=tuesday.date()),
    )
    (row,) = metrics.promise_sides(lake, week()).filter(promise="phone.wait_max").to_dicts()
    assert row == {"promise": "phone.wait_max", "days": [0.0, 1.0], "lines": ["faults", "main"]}


def test_hours_of_a_promise_say_which_have_too_small_a_base(lake, given):
    for n in range(20):
        given.contact(f"a{n}", MONDAY)
    given.contact("b", "2026-11-17T23:00:00")
    given.rows(
        "clocks",
        *(clock(f"a{n}", "phone.wait_max", late=n < 5) for n in range(20)),
        clock(
            "b", "phone.wait_max", late=False, received_date=parse_moment("2026-11-17", MSK).date()
        ),
    )
    cells = metrics.heatmap(lake, week(), "promise", promise="phone.wait_max")
    assert cells.filter(cells["value"].is_not_null()).rows() == [
        (1, 10, 0.75, 20, False),
        (2, 23, 1.0, 1, True),
    ]


def test_people_of_a_sentence_and_of_the_page_are_counted_once(lake, four_calls):
    four_calls.rows("clocks", clock("c", "phone.wait_citizen", late=True))
    told = metrics.seed_map(lake, week())
    wait = told.filter(promise="phone.wait_max").row(0, named=True)
    assert (wait["citizens"], wait["people"], wait["sentence_state"]) == (2, 2, "broken")
    assert metrics.seed_people(lake, week()) == {"citizens": 4, "failed": 2}
    nobody = Query(parse_moment("2026-10-01", MSK), parse_moment("2026-10-02", MSK))
    assert metrics.seed_people(lake, nobody) == {"citizens": None, "failed": None}


def test_statutory_terms_stand_in_no_sentence_of_the_page(lake):
    basis = {p.id: p.basis for p in lake.reference.promises}
    mapped = {name for s in lake.reference.sentences for name in s.promises}
    assert {basis[name] for name in mapped} == {"seed", "assumed"}
