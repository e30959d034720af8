"""How a clock starts, stops, is cancelled, pauses and goes on after a reopening."""

from typing import Any

DAY = "2026-11-20"  # a Friday


def at(clock: str) -> str:
    return f"{DAY} {clock}"


def test_a_stop_exactly_at_due_is_met_and_a_second_later_is_not(world: Any) -> None:
    for name, answered in (("a", "10:05:00"), ("b", "10:05:01")):
        world.contact(name, at("10:00"), events={"queued": at("10:00"), "answered": at(answered)})
    clocks = world.clocks("phone.wait_max")
    assert clocks == [
        ("a", 1, at("10:00"), at("10:05"), at("10:05"), "stopped"),
        ("b", 1, at("10:00"), at("10:05"), at("10:05:01"), "stopped"),
    ]
    assert world.states("phone.wait_max", at("12:00")) == {"a": "met", "b": "breached"}


def test_who_leaves_before_due_cancels_and_who_leaves_after_it_was_failed(world: Any) -> None:
    for name, left in (("early", "10:05:00"), ("late", "10:05:01")):
        world.contact(
            name, at("10:00"), outcome="abandoned",
            events={"queued": at("10:00"), "abandoned": at(left), "ended": at(left)},
        )  # fmt: skip
    assert world.states("phone.wait_max", at("12:00")) == {
        "early": "cancelled",
        "late": "breached",
    }
    assert world.states("phone.wait_max", at("10:05")) == {"early": "cancelled", "late": "running"}
    assert world.states("phone.wait_max", at("09:59")) == {"early": None, "late": None}


def test_an_accepted_callback_cancels_the_wait_and_starts_its_own_clock(world: Any) -> None:
    world.contact(
        "named", at("10:00"), callback_due_at=at("12:00"),
        events={"queued": at("10:00"), "callback_requested": at("10:02"), "ended": at("10:02"),
                "callback_made": at("12:00:01")},
    )  # fmt: skip
    world.contact(
        "open", at("10:00"),
        events={"queued": at("10:00"), "callback_requested": at("10:02"), "ended": at("10:02")},
    )  # fmt: skip
    waits = world.clocks("phone.wait_max")
    assert [row[4:] for row in waits] == [(at("10:02"), "gave_up")] * 2
    assert world.clocks("callback.kept") == [
        ("named", 1, at("10:02"), at("12:00"), at("12:00:01"), "stopped"),
        ("open", 1, at("10:02"), at("10:32"), None, None),
    ]
    assert world.states("callback.kept", at("10:40")) == {"named": "running", "open": "overdue"}


def test_a_technical_clock_goes_on_when_the_citizen_hangs_up(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error", outcome="abandoned",
        events={"queued": at("10:00"), "abandoned": at("10:01"), "resolved": at("10:31")},
    )  # fmt: skip
    assert world.states("technical.restore", at("10:30:30")) == {"c": "overdue"}
    assert world.states("technical.restore", at("10:40")) == {"c": "breached"}


def test_complex_counts_only_if_marked_before_the_ordinary_deadline(world: Any) -> None:
    for name, marked in (("in_time", "10:30:00"), ("after_the_fact", "10:30:01")):
        world.contact(
            name, at("10:00"), category="form_error", is_complex=True,
            events={"complex_marked": at(marked), "resolved": at("11:30")},
        )  # fmt: skip
    world.contact(
        "no_time", at("10:00"), category="form_error", is_complex=True,
        events={"resolved": at("11:30")},
    )  # fmt: skip
    assert world.states("technical.restore_complex", at("13:00")) == {"in_time": "met"}
    assert world.states("technical.restore", at("13:00")) == {
        "after_the_fact": "breached",
        "no_time": "breached",
    }


def test_the_clock_stands_still_while_it_waits_for_the_citizen(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("waiting_for_citizen", at("10:10")), ("waiting_for_citizen", at("10:12")),
                ("citizen_replied", at("10:50")), ("resolved", at("11:10"))],
    )  # fmt: skip
    assert world.clocks("technical.restore") == [
        ("c", 1, at("10:00"), at("11:10"), at("11:10"), "stopped")
    ]
    assert world.clocks("technical.first_response")[0][3] == at("10:05")


def test_a_pause_lasts_at_most_72_hours_and_counts_only_before_due(world: Any) -> None:
    world.contact(
        "silent", at("10:00"), category="form_error",
        events={"waiting_for_citizen": at("10:10")},
    )  # fmt: skip
    world.contact(
        "late", at("10:00"), category="form_error",
        events={"waiting_for_citizen": at("10:31"), "citizen_replied": at("11:00")},
    )  # fmt: skip
    dues = {row[0]: row[3] for row in world.clocks("technical.restore")}
    assert dues == {"silent": "2026-11-23 10:30", "late": at("10:30")}


def test_a_second_pause_counts_when_the_first_one_moved_the_due_time_past_it(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("waiting_for_citizen", at("10:10")), ("citizen_replied", at("10:30")),
                ("waiting_for_citizen", at("10:45")), ("citizen_replied", at("11:00"))],
    )  # fmt: skip
    assert world.clocks("technical.restore")[0][3] == at("11:05")


def test_the_pause_ends_with_the_citizens_next_contact_on_any_channel(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error", citizen_key="k",
        events={"waiting_for_citizen": at("10:10")},
    )  # fmt: skip
    world.contact("d", at("10:20"), channel="chat", line="chat", citizen_key="k")
    assert world.clocks("technical.restore")[0][3] == at("10:40")


def test_a_reopening_within_24_hours_goes_on_with_the_time_between_as_a_pause(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("resolved", at("10:20")), ("reopened", at("11:20")), ("resolved", at("11:30"))],
    )  # fmt: skip
    # a row for each run: what was resolved until it was opened again stays as it was known then
    assert world.clocks("technical.restore") == [
        ("c", 1, at("10:00"), at("10:30"), at("10:20"), "stopped"),
        ("c", 1, at("10:00"), at("11:30"), at("11:30"), "stopped"),
    ]


def test_as_of_a_moment_before_the_reopening_the_clock_is_stopped(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("resolved", at("10:20")), ("reopened", at("11:20")), ("resolved", at("11:31"))],
    )  # fmt: skip
    seen = [
        world.figures("2026-11-20", "2026-11-21", as_of=at(moment), promise="technical.restore")
        .select("met", "breached", "overdue", "running")
        .row(0)
        for moment in ("10:10", "10:20", "11:19:59", "11:20", "11:30:30", "12:00")
    ]
    assert seen == [
        (0, 0, 0, 1), (1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0), (0, 1, 0, 0),
    ]  # fmt: skip


def test_a_second_mark_of_the_same_resolution_or_reopening_changes_nothing(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("resolved", at("10:20")), ("resolved", at("10:50")), ("reopened", at("11:20")),
                ("reopened", at("11:25")), ("resolved", at("11:30"))],
    )  # fmt: skip
    assert [row[2:5] for row in world.clocks("technical.restore")] == [
        (at("10:00"), at("10:30"), at("10:20")),
        (at("10:00"), at("11:30"), at("11:30")),
    ]


def test_the_category_known_at_the_deadline_decides_and_a_later_recoding_does_not(
    world: Any,
) -> None:
    for name, recoded in (("in_time", "10:30:00"), ("after", "10:30:01")):
        world.contact(
            name, at("10:00"), category="passport", first_category="form_error",
            events=[("recategorised", at(recoded), {"value": "passport"})],
        )  # fmt: skip
    world.contact(
        "became", at("10:00"), category="form_error",
        events=[("recategorised", at("10:29"), {"value": "form_error"}),
                ("resolved", at("10:40"))],
    )  # fmt: skip
    assert world.states("technical.restore", at("13:00")) == {
        "after": "overdue",
        "became": "breached",
    }
    # one clock each of what does not ask for the category
    waits = world.figures("2026-11-20", "2026-11-21", by=("promise", "category"))
    row = waits.filter(promise="technical.restore").select("category", "overdue", "breached")
    assert row.rows() == [("form_error", 1, 1)]


def test_a_reopening_after_24_hours_is_a_new_clock_and_the_first_stays(world: Any) -> None:
    world.contact(
        "c", at("10:00"), category="form_error",
        events=[("resolved", at("10:20")), ("reopened", "2026-11-21 10:20:01")],
    )  # fmt: skip
    assert world.clocks("technical.restore") == [
        ("c", 1, at("10:00"), at("10:30"), at("10:20"), "stopped"),
        ("c", 2, "2026-11-21 10:20:01", "2026-11-21 10:50:01", None, None),
    ]
    assert world.clocks("technical.first_response")[0][1] == 1


def test_a_case_has_one_clock_from_its_first_contact_to_any_resolution(world: Any) -> None:
    world.contact("first", at("10:00"), category="form_error", case_number="K-1")
    world.contact(
        "second", at("10:15"), category="form_error", case_number="K-1", channel="chat",
        line="chat", events={"resolved": at("10:25")},
    )  # fmt: skip
    assert world.clocks("technical.restore") == [
        ("first", 1, at("10:00"), at("10:30"), at("10:25"), "stopped")
    ]


def test_a_source_without_first_response_is_judged_by_the_first_human_answer(world: Any) -> None:
    world.provides("chats", ("message_in", "message_out", "answered"))
    world.contact(
        "chats:1", at("10:00"), source="chats", channel="chat", line="chat",
        events={"message_in": at("10:00"), "message_out": at("10:00:30")},
    )  # fmt: skip
    world.contact("told", at("10:00"), channel="chat", line="chat",
                  events={"message_out": at("10:00:10")})  # fmt: skip
    assert world.clocks("chat.first_response") == [
        ("chats:1", 1, at("10:00"), at("10:00:30"), at("10:00:30"), "stopped"),
        ("told", 1, at("10:00"), at("10:00:30"), None, None),
    ]


def test_every_unanswered_message_of_a_chat_has_its_clock(world: Any) -> None:
    human = {"operator_id": "op1"}
    world.contact(
        "c", at("10:00"), channel="chat", line="chat",
        events=[("message_in", at("10:00")), ("message_out", at("10:00:20"), human),
                ("message_in", at("10:01")), ("message_in", at("10:01:30")),
                ("message_out", at("10:03:00"), human), ("message_in", at("10:10")),
                ("ended", at("10:11"))],
    )  # fmt: skip
    assert world.clocks("chat.next_response") == [
        ("c", 1, at("10:01"), at("10:03"), at("10:03"), "stopped"),
        ("c", 2, at("10:10"), at("10:12"), at("10:11"), "gave_up"),
    ]


def test_an_escalated_chat_is_answered_by_the_contact_that_continues_it(world: Any) -> None:
    world.contact("chat", at("10:00"), channel="chat", line="chat", escalated_to="phone",
                  events={"escalated": at("10:10")})  # fmt: skip
    world.contact("call", at("10:12"), parent_contact_id="chat",
                  events={"queued": at("10:12"), "answered": at("10:16")})  # fmt: skip
    assert world.clocks("chat.escalated") == [
        ("chat", 1, at("10:10"), at("10:15"), at("10:16"), "stopped")
    ]


def test_off_hours_an_emergency_is_answered_by_the_reserve_centre_only(world: Any) -> None:
    world.insert("operators", [{"operator_id": "r1", "team": "reserve"}])
    night = {"is_staffed": False, "menu_choice": "emergency"}
    world.contact("team", at("23:00"), **night,
                  events=[("answered", at("23:10"), {"operator_id": "r1"})])  # fmt: skip
    world.contact("other", at("23:00"), **night,
                  events=[("answered", at("23:10"), {"operator_id": "o1"})])  # fmt: skip
    world.contact("line", at("23:00"), **night,
                  legs=[{"answered_at": at("23:30"), "line": "reserve"}])  # fmt: skip
    assert world.states("offhours.emergency", "2026-11-21 10:00") == {
        "line": "met",
        "other": "overdue",
        "team": "met",
    }


def test_a_new_version_judges_contacts_that_begin_from_its_day_on(
    make_world: Any, tmp_path: Any, edited_reference: Any
) -> None:
    world = make_world(edited_reference(
        """
  - id: phone.wait_max
    label: {ru: Ожидание, en: Wait}
    kind: clock
    applies: {channel: phone}
    start: [queued]
    stop: [answered]
    target: PT5M
    basis: seed
    valid_to: 2026-11-20
  - id: phone.wait_max
    label: {ru: Ожидание, en: Wait}
    kind: clock
    applies: {channel: phone}
    start: [queued]
    stop: [answered]
    target: PT3M
    basis: seed
    valid_from: 2026-11-20
""", drop=("phone.wait_max",)))  # fmt: skip
    world.provides()
    world.contact("old", "2026-11-19 23:59", events={"queued": "2026-11-19 23:59"})
    world.contact("new", "2026-11-20 00:00", events={"queued": "2026-11-20 00:00"})
    assert [row[:4] for row in world.clocks("phone.wait_max")] == [
        ("new", 1, "2026-11-20 00:00", "2026-11-20 00:03"),
        ("old", 1, "2026-11-19 23:59", "2026-11-20 00:04"),
    ]


def test_the_version_in_force_when_the_clock_starts_judges_it(
    make_world: Any, edited_reference: Any
) -> None:
    """A forwarding starts when the report is verified, days after it came."""
    rows = "".join(
        f"""
  - id: privacy.forwarded
    label: {{ru: Передано, en: Forwarded}}
    kind: clock
    applies: {{line: privacy}}
    start: [verified]
    stop: [forwarded]
    target: {target}
    basis: assumed
    {valid}: 2026-11-22
"""
        for target, valid in (("PT24H", "valid_to"), ("PT2H", "valid_from"))
    )
    world = make_world(edited_reference(rows, drop=("privacy.forwarded",)))
    world.provides()
    for name, verified in (("old", "2026-11-21 23:59"), ("new", "2026-11-22 00:00")):
        world.contact(name, at("10:00"), line="privacy", events={"verified": verified})
    assert [row[:4] for row in world.clocks("privacy.forwarded")] == [
        ("new", 1, "2026-11-22 00:00", "2026-11-22 02:00"),
        ("old", 1, "2026-11-21 23:59", "2026-11-22 23:59"),
    ]


def test_a_source_that_cannot_know_the_stop_gives_no_clock(make_world: Any) -> None:
    world = make_world()
    world.provides("queue_log", ("received", "queued", "answered", "abandoned", "ended"))
    world.contact("q:1", at("10:00"), source="queue_log", events={"queued": at("10:00"),
                  "answered": at("10:01"), "ended": at("10:04")})  # fmt: skip
    made = set(world.judge()["promise"])
    assert "phone.wait_max" in made
    assert not made & {"confirmation.protocol", "contact.numbered", "technical.first_response"}
