"""volume: literal rows in, literal figures out."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.errors import QueryError
from pipelines.metrics import Query, Scope, parse_moment, sla, volume
from pipelines.metrics.sla import FORMULAS
from tests.lakes import tables

MSK = ZoneInfo("Europe/Moscow")


def week(by: tuple[str, ...] = (), **more: Any) -> Query:
    return Query(
        parse_moment("2026-11-16", MSK),
        parse_moment("2026-11-23", MSK),
        by,
        **({"as_of": parse_moment("2026-12-01", MSK)} | more),
    )


def test_a_call_that_is_answered_has_a_wait_and_a_handle_time(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 30, talk_s=100, hold_s=20, wrap_s=10)
    assert volume(lake, week()).to_dicts() == [
        {
            "contacts": 1,
            "offered": 1,
            "answered": 1,
            "abandoned": 0,
            "abandoned_short": 0,
            "flowed_out": 0,
            "waiting": 0,
            "self_served": 0,
            "wait_mean_s": 30.0,
            "wait_p50_s": 30.0,
            "wait_p90_s": 30.0,
            "wait_p95_s": 30.0,
            "wait_max_s": 30.0,
            "handle_mean_s": 130.0,
        }
    ]


@pytest.mark.parametrize("settled", [False, True])
def test_a_form_of_the_portal_is_in_no_mean_of_waits_and_handling(lake, given, settled):
    given.call("a", "2026-11-16T10:00:00", "answered", 30, talk_s=100)
    given.call("f", "2026-11-16T10:00:00", "answered", 90_000, talk_s=90_000, channel="portal")
    if settled:
        given.marts("2026-11-16")
    (row,) = volume(lake, week()).to_dicts()
    assert (row["offered"], row["answered"]) == (2, 2)
    assert (row["wait_mean_s"], row["wait_p95_s"], row["wait_max_s"]) == (30.0, 30.0, 30.0)
    assert row["handle_mean_s"] == 100.0


def test_an_empty_period_counts_zero_and_knows_no_wait(lake):
    (row,) = volume(lake, week()).to_dicts()
    assert {row[n] for n in ("contacts", "offered", "answered", "waiting", "self_served")} == {0}
    assert row["wait_mean_s"] is None
    assert row["wait_p90_s"] is None
    assert row["handle_mean_s"] is None
    assert volume(lake, week(("line",))).is_empty()


def test_percentiles_are_nearest_rank(lake, given):
    for wait in range(1, 11):
        given.call(f"c{wait}", "2026-11-16T10:00:00", "answered", wait)
    (row,) = volume(lake, week()).to_dicts()
    assert (row["wait_p50_s"], row["wait_p90_s"], row["wait_p95_s"]) == (5.0, 9.0, 10.0)


def test_abandons_do_not_enter_the_mean_wait_and_short_ones_are_among_them(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 20)
    given.call("b", "2026-11-16T10:00:00", "abandoned", 300)
    given.call("c", "2026-11-16T10:00:00", "abandoned", 9.9)
    given.call("d", "2026-11-16T10:00:00", "abandoned", 10)
    (row,) = volume(lake, week()).to_dicts()
    assert (row["abandoned"], row["abandoned_short"], row["wait_mean_s"]) == (3, 1, 20.0)


@pytest.mark.parametrize("settled", [False, True])
def test_a_leg_whose_end_no_log_times_is_over_and_has_no_wait(lake, given, settled):
    given.call("a", "2026-11-16T10:00:00", "answered", None)  # served: by whom and when is unknown
    given.call("b", "2026-11-16T10:00:00", "abandoned", None)
    given.call("c", "2026-11-16T10:00:00", "open", None)
    if settled:
        given.marts("2026-11-16")
    wanted = ("answered", "abandoned", "abandoned_short", "waiting", "wait_mean_s", "wait_p50_s")
    assert volume(lake, week()).select(wanted).rows() == [(1, 1, 0, 1, None, None)]
    levels = {v: sla(lake, week(), 20, v).row(0)[:2] for v in FORMULAS}
    assert levels == dict.fromkeys(FORMULAS, (0, 3)) | {"SL-5": (0, 1)}


def test_a_second_leg_is_offered_on_its_own_line_and_the_contact_counts_once(lake, given):
    given.contact("a", "2026-11-16T10:00:00")
    given.leg("a", "2026-11-16T10:00:00", "flowed_out", 15)
    given.leg("a", "2026-11-16T10:00:00", "answered", 40, leg=2, line="faults")
    rows = volume(lake, week(("line",))).select("line", "contacts", "offered", "flowed_out").rows()
    assert rows == [("faults", 0, 1, 0), ("main", 1, 1, 1)]
    assert volume(lake, week()).select("contacts", "offered").rows() == [(1, 2)]


def test_what_happens_after_the_moment_asked_about_does_not_exist(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 60, talk_s=100)
    given.call("b", "2026-11-16T10:00:30", "abandoned", 60)
    given.contact("c", "2026-11-16T10:00:00", outcome="self_served")
    given.event("c", "2026-11-16T10:00:00", "self_served", "2026-11-16T10:00:45")
    given.call("d", "2026-11-16T10:05:00", "answered", 1)

    def at(text):
        wanted = ("contacts", "answered", "abandoned", "waiting", "self_served", "handle_mean_s")
        moment = parse_moment(text, MSK)
        return volume(lake, week(as_of=moment)).select(wanted).row(0)

    assert at("2026-11-16T10:00:40") == (3, 0, 0, 2, 0, None)
    assert at("2026-11-16T10:01:00") == (3, 1, 0, 1, 1, None)
    assert at("2026-11-16T10:03:00") == (3, 1, 1, 0, 1, 100.0)
    assert at("2026-11-16T10:05:00") == (4, 1, 1, 1, 1, 100.0)


def test_the_period_is_the_one_in_which_the_contact_was_received(lake, given):
    given.call("a", "2026-11-15T23:59:59", "answered", 5)
    given.call("b", "2026-11-16T00:00:00", "answered", 5)
    given.call("c", "2026-11-23T00:00:00", "answered", 5)
    assert volume(lake, week()).select("contacts", "offered").rows() == [(1, 1)]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("interval", "2026-11-16T10:15:00+03:00"),
        ("hour", "2026-11-16T10:00:00+03:00"),
        ("day", "2026-11-16"),
        ("week", "2026-W47"),
        ("month", "2026-11"),
        ("quarter", "2026-Q4"),
        ("hour_of_day", 10),
        ("weekday", 1),
        ("line", "main"),
        ("channel", "phone"),
        ("category", "form_error"),
        ("class", "technical"),
        ("operator", "op1"),
        ("team", "red"),
        ("skill", "general"),
        ("source", "calls"),
        ("region", "77"),
        ("feedback_type", None),
        ("menu_choice", "technical"),
    ],
)
def test_every_group_is_named_as_it_is_asked(lake, given, group, expected):
    given.rows("operators", {"operator_id": "op1", "team": "red"})
    given.call(
        "a",
        "2026-11-16T10:29:59",
        "answered",
        5,
        operator_id="op1",
        category="form_error",
        region="77",
        menu_choice="technical",
    )
    (row,) = volume(lake, week((group,))).to_dicts()
    assert (row[group], row["contacts"], row["answered"]) == (expected, 1, 1)
    given.marts("2026-11-16")
    (row,) = volume(lake, week((group,))).to_dicts()
    assert (row[group], row["contacts"], row["answered"]) == (expected, 1, 1)
    if expected is not None:
        assert volume(lake, week(where={group: expected})).item(0, "offered") == 1


def test_an_hour_of_a_zone_with_half_hours_begins_with_its_own_clock(tmp_path, given):
    from pipelines.settings import Settings

    india = tables(Settings(home=tmp_path / "india", zone="Asia/Kolkata"))
    type(given)(india).call("a", "2026-11-16T10:00:00", "answered", 5)
    asked = Query(parse_moment("2026-11-16", MSK), parse_moment("2026-11-17", MSK), ("hour",))
    assert volume(india, asked)["hour"].to_list() == ["2026-11-16T12:00:00+05:30"]
    india.close()


def test_filters_take_one_value_several_or_unknown(lake, given):
    given.call("a", "2026-11-16T10:00:00", category="form_error")
    given.call("b", "2026-11-16T10:00:00", category="account_locked")
    given.call("c", "2026-11-16T10:00:00")

    def offered(value):
        return volume(lake, week(where={"category": value})).item(0, "offered")

    assert offered("form_error") == 1
    assert offered(["form_error", "account_locked"]) == 2
    assert offered(None) == 1
    assert offered([]) == 0


def test_scope_is_part_of_the_query(lake, given):
    given.rows(
        "operators",
        {"operator_id": "r", "team": "red"},
        {"operator_id": "b", "team": "blue"},
    )
    given.call("a", "2026-11-16T10:00:00", operator_id="r")
    given.call("b", "2026-11-16T10:00:00", operator_id="b", line="faults")
    given.call("c", "2026-11-16T10:00:00", "waiting", None)
    given.marts("2026-11-16")

    def offered(**scope):
        return volume(lake, week(scope=Scope(**scope))).item(0, "offered")

    assert offered() == 3
    assert offered(lines=("main",)) == 2
    assert offered(lines=()) == 0
    assert offered(teams=("red",)) == 2  # with what nobody has taken yet
    assert offered(operator="b") == 1


def test_an_unknown_group_names_the_nearest_word():
    with pytest.raises(QueryError, match="did you mean 'category'"):
        week(("categry",))
    with pytest.raises(QueryError, match=r"unknown filter 'lines' \(did you mean 'line'"):
        week(where={"lines": "main"})


def test_a_group_volume_does_not_have_is_refused(lake):
    with pytest.raises(QueryError, match="unknown group of volume 'promise'"):
        volume(lake, week(("promise",)))


def test_a_moment_without_an_offset_is_refused():
    with pytest.raises(QueryError, match="without an offset"):
        Query(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
