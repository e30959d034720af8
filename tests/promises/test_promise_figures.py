"""Figures of promises on rows small enough to count by hand."""

from typing import Any

import polars as pl
import pytest

from pipelines.errors import QueryError

DAY, NEXT = "2026-11-20", "2026-11-21"


def at(clock: str) -> str:
    return f"{DAY} {clock}"


def row(frame: pl.DataFrame, promise: str, **groups: Any) -> dict[str, Any]:
    for name, value in groups.items():
        frame = frame.filter(pl.col(name) == value)
    return frame.filter(pl.col("promise") == promise).row(0, named=True)


def test_a_clock_counts_every_state_and_its_share_leaves_open_and_gone_out(world: Any) -> None:
    for name, stop in (("a", "10:01"), ("b", "10:05"), ("c", "10:06")):
        world.contact(name, at("10:00"), events={"queued": at("10:00"), "answered": at(stop)})
    world.contact("waits", at("10:00"), events={"queued": at("10:00")})
    world.contact("new", at("11:57"), events={"queued": at("11:57")})
    world.contact("gone", at("10:00"), outcome="abandoned",
                  events={"queued": at("10:00"), "abandoned": at("10:01")})  # fmt: skip
    found = row(world.figures(DAY, NEXT, as_of=at("12:00")), "phone.wait_max")
    assert found == {
        "promise": "phone.wait_max", "kind": "clock", "met": 2, "breached": 1, "overdue": 1,
        "running": 1, "cancelled": 1, "n": 4, "share": 0.5, "value": 0.5, "unit": "share",
        "goal": 0.95, "target_s": 300, "basis": "seed", "state": "broken", "provided_share": 1.0,
    }  # fmt: skip


def test_a_mean_is_of_those_answered_and_counts_nobody_as_met(world: Any) -> None:
    for name, stop in (("a", "10:02"), ("b", "10:05")):
        world.contact(name, at("10:00"), events={"queued": at("10:00"), "answered": at(stop)})
    world.contact("waits", at("10:00"), events={"queued": at("10:00")})
    found = row(world.figures(DAY, NEXT), "phone.wait_mean")
    assert (found["value"], found["n"], found["unit"]) == (210.0, 2, "s")
    assert (found["met"], found["share"], found["state"]) == (None, None, "at_risk")


def test_an_empty_base_is_no_data_and_never_zero_or_one(world: Any) -> None:
    frame = world.figures(DAY, NEXT)
    shown = {p.id for p in world.lake.reference.promises if not p.passport_of}
    assert set(frame["promise"]) == shown
    assert len(frame) == len(shown)
    assert frame["share"].null_count() == len(frame)
    assert set(frame["state"]) == {"no_data"}


def test_a_share_without_its_property_is_running_until_it_is_ripe(world: Any) -> None:
    world.contact("a", at("10:00"), channel="portal", line="portal",
                  events={"replied": at("11:00")})  # fmt: skip
    young = row(world.figures(DAY, NEXT, as_of=at("11:14")), "feedback.notified")
    ripe = row(world.figures(DAY, NEXT, as_of=at("11:16")), "feedback.notified")
    assert (young["running"], young["n"], young["state"]) == (1, 0, "no_data")
    assert (ripe["breached"], ripe["n"], ripe["share"]) == (1, 1, 0.0)


def test_a_first_contact_resolution_is_lost_at_the_repeat_and_certain_after_7_days(
    world: Any,
) -> None:
    same = {"category": "form_error", "citizen_key": "k"}
    world.contact("first", "2026-11-10 10:00", **same, events={"resolved": "2026-11-10 10:10"})
    world.contact("again", "2026-11-12 10:00", **same, channel="chat", line="chat",
                  events={"resolved": "2026-11-12 10:10"})  # fmt: skip
    world.contact("child", "2026-11-12 10:05", **same, parent_contact_id="again")
    world.contact("stranger", "2026-11-10 10:00", category="form_error",
                  events={"resolved": "2026-11-10 10:10"})  # fmt: skip
    clocks = world.clocks("resolution.first_contact")
    assert clocks == [
        ("again", 1, "2026-11-12 10:00", "2026-11-19 10:00", "2026-11-19 10:00", "stopped"),
        ("first", 1, "2026-11-10 10:00", "2026-11-17 10:00", "2026-11-12 10:00", "failed"),
    ]


def test_a_call_back_within_the_hour_answers_the_call_and_later_does_not(world: Any) -> None:
    for name, made in (("in_time", "11:00"), ("late", "11:01")):
        world.contact(name, at("10:00"), outcome="abandoned",
                      events={"queued": at("10:00"), "abandoned": at("10:02"),
                              "callback_made": at(made)})  # fmt: skip
    world.contact("short", at("10:00"), outcome="abandoned",
                  events={"queued": at("10:00"), "abandoned": at("10:00:09")})  # fmt: skip
    found = row(world.figures(DAY, NEXT), "phone.answered")
    assert (found["met"], found["breached"], found["n"]) == (1, 1, 2)


def test_a_transfer_is_seamless_when_answered_in_3_minutes_with_no_redial(world: Any) -> None:
    for name, answered in (("good", "10:08"), ("slow", "10:08:01"), ("redialled", "10:06")):
        world.contact(name, at("10:00"), citizen_key=name, events=[
            ("queued", at("10:00")), ("answered", at("10:01")), ("transferred", at("10:05")),
            ("answered", at(answered)), ("ended", at("10:20"))])  # fmt: skip
    world.contact("redial", at("10:34"), citizen_key="redialled")
    found = row(world.figures(DAY, NEXT), "transfer.seamless")
    assert (found["met"], found["breached"]) == (1, 2)


def test_off_hours_items_are_judged_by_the_priority_of_the_menu(world: Any) -> None:
    night = {"is_staffed": False}
    world.contact("access", at("22:00"), **night, menu_choice="access",
                  events={"specialist_contacted": at("23:00")})  # fmt: skip
    world.contact("fault", at("22:30"), **night, menu_choice="technical",
                  events={"specialist_contacted": at("23:30")})  # fmt: skip
    world.contact("rescue", at("23:40"), **night, menu_choice="emergency",
                  events={"specialist_contacted": at("23:50")})  # fmt: skip
    frame = world.judge().filter(pl.col("promise") == "offhours.priority").sort("contact_id")
    assert frame.select("contact_id", "stop_kind").rows() == [
        ("access", None),
        ("fault", "stopped"),
        ("rescue", "stopped"),
    ]


def test_the_journal_is_compared_both_ways(world: Any) -> None:
    world.contact("in", at("10:00"))
    world.contact("out", at("11:00"))
    world.contact("beyond", "2026-11-18 11:00")
    entries = [("in", "K1"), ("lost", "K2")]
    world.insert("journal", [
        {"case_number": k, "contact_id": c, "channel": "phone",
         "received_at": world.moment(at("10:00")), "received_date": DAY} for c, k in entries
    ])  # fmt: skip
    found = row(world.figures("2026-11-18", NEXT), "journal.complete")
    assert (found["met"], found["breached"], found["n"]) == (1, 2, 3)


def test_the_citizens_own_day_is_that_of_the_region(world: Any) -> None:
    for name, region, hour in (("vl", "Приморский край", "02:00"), ("msk", "Москва", "02:00"),
                               ("west", "39", "09:30")):  # fmt: skip
        world.contact(name, at(hour), region=region,
                      events={"answered": at(hour), "ended": at("12:00")})  # fmt: skip
    assert [c[0] for c in world.clocks("equal.by_region")] == ["vl"]


def test_an_outage_is_one_clock_whatever_the_number_of_people(world: Any) -> None:
    world.insert("incidents", [
        {"incident_id": str(n), "line": "faults", "category": "service_outage",
         "detected_at": world.moment(at("10:00")), "restored_at": world.moment(restored),
         "is_complex": is_complex}
        for n, (restored, is_complex) in enumerate(
            [(at("10:30"), False), (at("10:31"), False), (at("11:59"), True), (None, None)])
    ])  # fmt: skip
    found = row(world.figures(DAY, NEXT), "incident.restore")
    assert [found[c] for c in ("met", "breached", "overdue", "n")] == [2, 1, 1, 4]
    by_line = world.figures(DAY, NEXT, by=("line", "promise"), line="faults")
    assert row(by_line, "incident.restore")["n"] == 4


def test_a_slot_is_down_when_five_waited_and_nobody_was_served(world: Any) -> None:
    def calls(slot: str, n: int, **leg: Any) -> None:
        for i in range(n):
            world.contact(f"{slot}{i}", at(slot), legs=[{"queued_at": at(slot), **leg}])

    calls("10:00", 5)
    calls("10:15", 4)
    calls("10:30", 4)
    calls("10:31", 1, answered_at=at("10:50"))
    calls("11:00", 5)
    world.contact("menu", at("11:05"), events={"self_served": at("11:06")})
    found = row(world.figures(DAY, NEXT, as_of=at("11:15")), "main.available")
    # 09:30 to 11:15: slots around a delivery within half an hour
    assert (found["met"], found["breached"], found["n"]) == (6, 1, 7)


def test_silence_where_calls_were_expected_is_down_only_while_the_source_delivers(
    world: Any,
) -> None:
    for week in (23, 30):
        for i in range(7):
            world.contact(f"{week}{i}", f"2026-10-{week} 10:00",
                          legs=[{"queued_at": f"2026-10-{week} 10:00"}])  # fmt: skip
    for day in ("06", "13"):
        for i in range(7):
            world.contact(f"n{day}{i}", f"2026-11-{day} 10:00",
                          legs=[{"queued_at": f"2026-11-{day} 10:00"}])  # fmt: skip
    silent = row(world.figures(DAY, NEXT, as_of=at("10:20")), "main.available")
    assert (silent["n"], silent["state"]) == (0, "no_data")
    world.contact("other", at("10:10"), line="signature",
                  legs=[{"queued_at": at("10:10"), "answered_at": at("10:11")}])  # fmt: skip
    by_slot = world.figures(DAY, NEXT, by=("interval",), as_of=at("10:30"), line="main")
    down = by_slot.filter((pl.col("promise") == "main.available") & (pl.col("breached") > 0))
    assert down["interval"].to_list() == ["2026-11-20T10:00:00+03:00"]


def test_assumed_promises_are_below_our_own_target_and_never_broken(world: Any) -> None:
    for i in range(30):
        world.contact(f"c{i}", at("10:00"), line="signature",
                      events={"queued": at("10:00"), "answered": at("10:10")})  # fmt: skip
    frame = world.figures(DAY, NEXT, by=("line", "promise"))
    assert row(frame, "phone.wait_max", line="signature")["state"] == "below_own_target"
    assert row(frame, "phone.wait_max", line="signature")["basis"] == "assumed"


def test_groups_carry_local_times_and_labels_of_the_contract(world: Any) -> None:
    world.contact("a", at("10:20"), category="form_error",
                  events={"queued": at("10:20"), "answered": at("10:21")})  # fmt: skip
    by = ("interval", "hour", "day", "week", "month", "quarter", "hour_of_day", "weekday", "class")
    frame = world.figures(DAY, NEXT, by=by, promise="phone.wait_max")
    assert frame.select(by).row(0) == (
        "2026-11-20T10:15:00+03:00", "2026-11-20T10:00:00+03:00", "2026-11-20", "2026-W47",
        "2026-11", "2026-Q4", 10, 5, "technical",
    )  # fmt: skip
    assert frame["n"].to_list() == [1]


def test_day_and_night_are_hours_of_the_line_for_contacts_and_for_slots_alike(world: Any) -> None:
    for name, when, more in (("day", "12:00", True), ("night", "03:00", False)):
        world.contact(name, at(when), is_staffed=more, legs=[
            {"queued_at": at(when), "answered_at": at(when)},
        ], events={"ended": at(when)})  # fmt: skip
    frame = world.figures(DAY, NEXT, by=("promise", "regime"))
    counts = frame.filter(pl.col("promise").is_in(["main.available", "contact.numbered"]))
    assert counts.select("promise", "regime", "met", "breached").rows() == [
        ("main.available", "off_hours", 5, 0),  # half an hour to each side of a sign of life
        ("main.available", "staffed", 5, 0),
        ("contact.numbered", "off_hours", 0, 1),
        ("contact.numbered", "staffed", 0, 1),
    ]
    assert world.figures(DAY, NEXT, by=("line",), regime="staffed", promise="main.available")[
        "n"
    ].to_list() == [5]


def test_a_zone_is_that_of_the_citizens_region(world: Any) -> None:
    for name, region in (("a", "77"), ("b", "Якутия"), ("c", None)):
        world.contact(name, at("10:00"), region=region,
                      events={"queued": at("10:00"), "answered": at("10:01")})  # fmt: skip
    frame = world.figures(DAY, NEXT, by=("time_zone",), promise="phone.wait_max")
    assert frame.select("time_zone", "met").rows() == [
        ("UTC+03:00", 1), ("UTC+09:00", 1), (None, 1),
    ]  # fmt: skip


def test_provided_share_is_the_part_of_contacts_whose_source_can_know(world: Any) -> None:
    world.provides("queue_log", ("queued", "answered", "ended"))
    for i in range(3):
        world.contact(f"c{i}", at("10:00"), events={"queued": at("10:00")})
    world.contact("q", at("10:00"), source="queue_log", events={"queued": at("10:00")})
    frame = world.figures(DAY, NEXT)
    assert row(frame, "phone.wait_max")["provided_share"] == 1.0
    assert row(frame, "confirmation.protocol")["provided_share"] == 0.75


def test_filters_take_several_values_unknown_ones_and_none_at_all(world: Any) -> None:
    for line in ("main", "signature", None):
        world.contact(f"c{line}", at("10:00"), line=line, events={"queued": at("10:00")})

    def n(lines: Any) -> int:
        frame = world.figures(DAY, NEXT, line=lines)
        return int(row(frame, "phone.wait_max")["n"])

    assert [n("main"), n(("main", None)), n(()), n(("main", "signature", None))] == [1, 2, 0, 3]


def test_an_unknown_group_names_the_nearest_word(world: Any) -> None:
    with pytest.raises(QueryError, match="did you mean 'channel'"):
        world.figures(DAY, NEXT, by=("chanel",))


def test_a_promise_is_added_by_a_row_of_yaml_and_nothing_else(
    make_world: Any, edited_reference: Any
) -> None:
    world = make_world(edited_reference("""
  - id: signature.quick
    label: {ru: Подпись быстро, en: Signature quickly}
    kind: clock
    applies: {line: signature, not: {within: {moment: resolved, of: received, limit: PT1M}}}
    start: {latest: [queued, menu_choice]}
    stop: [answered, callback_made]
    target: PT1M
    goal: 0.9
    basis: assumed
"""))  # fmt: skip
    world.provides()
    world.contact("a", at("10:00"), line="signature", events=[
        ("queued", at("10:00")), ("menu_choice", at("10:02")), ("callback_made", at("10:03")),
    ])  # fmt: skip
    found = row(world.figures(DAY, NEXT), "signature.quick")
    assert (found["met"], found["n"], found["target_s"]) == (1, 1, 60)
