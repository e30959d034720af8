"""Rare histories whose clocks a plain reading of promises.md found judged wrongly."""

from typing import Any

from pipelines.reference import EVENT_KINDS

DAY = "2026-11-20"  # a Friday
FAULT = {"category": "form_error"}


def at(clock: str) -> str:
    return f"{DAY} {clock}"


def test_a_pause_counts_once_whatever_the_number_of_categories(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error", first_category="passport",
        events=[("waiting_for_citizen", at("10:05")), ("recategorised", at("10:06"),
                {"value": "document_upload"}), ("recategorised", at("10:07"),
                {"value": "form_error"}), ("citizen_replied", at("10:25"))],
    )  # fmt: skip
    assert [row[3] for row in world.clocks("technical.restore")] == [at("10:50")]


def test_a_pause_that_begins_at_due_comes_too_late(world: Any) -> None:
    world.contact(
        "c", at("10:00"), **FAULT,
        events={"waiting_for_citizen": at("10:30"), "citizen_replied": at("11:00")},
    )  # fmt: skip
    assert world.clocks("technical.restore")[0][3] == at("10:30")


def test_a_resolution_of_the_case_before_a_contact_came_does_not_stop_its_clock(
    world: Any,
) -> None:
    world.contact("first", at("10:00"), category="passport", case_number="K-1",
                  events={"resolved": at("10:05")})  # fmt: skip
    world.contact("fault", at("10:20"), **FAULT, case_number="K-1",
                  events={"resolved": at("10:45")})  # fmt: skip
    assert world.clocks("technical.restore") == [
        ("fault", 1, at("10:20"), at("10:50"), at("10:45"), "stopped")
    ]


def versions(edited_reference: Any) -> Any:
    rows = "".join(
        f"""
  - id: case.restored
    label: {{ru: Починено, en: Mended}}
    kind: clock
    subject: case
    applies: {{channel: phone}}
    start: [received]
    stop: [resolved]
    target: {target}
    basis: assumed
    {valid}: 2026-11-21
"""
        for target, valid in (("PT30M", "valid_to"), ("PT20M", "valid_from"))
    )
    return edited_reference(rows)


def test_a_case_that_lives_through_a_change_of_version_has_one_clock(
    make_world: Any, edited_reference: Any
) -> None:
    world = make_world(versions(edited_reference))
    world.provides()
    world.contact("old", at("23:50"), case_number="K-1")
    world.contact("new", "2026-11-21 00:10", case_number="K-1")
    assert [row[:4] for row in world.clocks("case.restored")] == [
        ("old", 1, at("23:50"), "2026-11-21 00:20")
    ]


def test_a_clock_begun_by_a_late_reopening_is_judged_by_the_version_of_that_day(
    make_world: Any, edited_reference: Any
) -> None:
    world = make_world(versions(edited_reference))
    world.provides()
    world.contact("c", at("10:00"),
                  events=[("resolved", at("10:10")), ("reopened", "2026-11-21 12:00")])  # fmt: skip
    assert [row[:4] for row in world.clocks("case.restored")] == [
        ("c", 1, at("10:00"), at("10:30")),
        ("c", 2, "2026-11-21 12:00", "2026-11-21 12:20"),
    ]


def test_a_reopening_moves_no_clock_that_the_resolution_did_not_stop(world: Any) -> None:
    world.contact(
        "form", at("10:00"), channel="portal", line="portal",
        events=[("resolved", at("11:00")), ("reopened", at("12:00"))],
    )  # fmt: skip
    assert world.clocks("feedback.answer")[0][3] == "2026-11-23 10:00"


def test_an_attempted_callback_serves_nobody_also_where_it_stands_in_for_a_response(
    world: Any,
) -> None:
    kinds = [kind for kind in EVENT_KINDS if kind != "first_response"]
    world.provides("pbx", (*kinds, "case_number"))
    for name, result in (("reached", "reached"), ("attempted", "attempted")):
        world.contact(name, at("10:00"), source="pbx", callback_result=result,
                      events={"callback_made": at("10:10"), "ended": at("10:11")})  # fmt: skip
    assert [row[0] for row in world.clocks("contact.numbered")] == ["reached"]


def test_a_message_in_the_citizens_other_chat_ends_the_pause(world: Any) -> None:
    world.contact("chat", at("09:00"), channel="chat", line="chat", citizen_key="k",
                  events={"message_in": at("09:00"), "citizen_replied": at("10:15")})  # fmt: skip
    world.contact("c", at("10:00"), **FAULT, citizen_key="k",
                  events={"waiting_for_citizen": at("10:10")})  # fmt: skip
    dues = {row[0]: row[3] for row in world.clocks("technical.restore")}
    assert dues["c"] == at("10:35")


def test_a_transfer_answered_within_its_second_is_seamless_and_a_redial_counts_after_it(
    world: Any,
) -> None:
    for name, key in (("at_once", "a"), ("dialled_before", "b"), ("dialled_again", "c")):
        world.contact(
            name, at("10:00"), citizen_key=key,
            events={"answered": at("10:01"), "transferred": at("10:10"), "ended": at("10:20")},
            legs=[{"answered_at": at("10:01"), "operator_id": "op1"},
                  {"answered_at": at("10:10"), "operator_id": "op2"}],
        )  # fmt: skip
    world.contact("while_waiting", at("10:00:30"), citizen_key="b")
    world.contact("while_waiting_too", at("10:00:30"), citizen_key="c")
    world.contact("later", at("10:40"), citizen_key="c")
    assert world.states("transfer.seamless", at("12:00")) == {
        "at_once": "met",
        "dialled_again": "breached",
        "dialled_before": "met",
    }
