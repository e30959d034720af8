"""Operators and the journal."""

from datetime import date


def test_operators_are_known_by_their_last_values_and_their_states(bench, at):
    bench.conform(
        "operators",
        [
            {"operator_id": "op1", "name": "Анна", "team": "first", "hired_on": date(2025, 1, 2)},
            {"operator_id": "op1", "event_at": at("08:00:00"), "state": "login", "team": "second"},
            {"operator_id": "op1", "event_at": at("12:00:00"), "state": "pause", "reason": "lunch"},
            {"operator_id": "op2", "skills": "general;en"},
        ],
    )
    assert bench.rows("select * from new_operators order by operator_id") == [
        ("op1", "second", None, date(2025, 1, 2)),
        ("op2", None, "general;en", None),
    ]
    assert bench.rows("select * from new_operator_names") == [("op1", "Анна")]
    assert bench.rows("select * from new_operator_events order by event_at") == [
        ("op1", at("08:00:00"), "login", None, "operators"),
        ("op1", at("12:00:00"), "pause", "lunch", "operators"),
    ]


def test_the_journal_keeps_its_entries_by_local_day(bench, at):
    bench.conform(
        "journal",
        [
            {
                "case_number": "ОБ-1",
                "contact_id": "calls:1",
                "channel": "phone",
                "received_at": at("00:30:00"),
            }
        ],
    )
    assert bench.rows("select * from new_journal") == [
        ("ОБ-1", "calls:1", "phone", at("00:30:00"), date(2026, 11, 9))
    ]
