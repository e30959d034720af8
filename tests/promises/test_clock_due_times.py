"""Calendars: where a clock of working days is due."""

from typing import Any

import pytest

PORTAL = {"channel": "portal", "line": "portal"}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-10-31 18:00", "2025-11-01 18:00"),  # a working Saturday
        ("2025-12-30 15:00", "2026-01-12 15:00"),  # over the New Year holidays
        ("2026-03-06 17:30", "2026-03-10 17:30"),  # a moved day off
        ("2026-05-08 20:00", "2026-05-12 20:00"),
        ("2026-11-21 12:00", "2026-11-24 00:00"),  # received on a Saturday: all of Monday
    ],
)
def test_24_hours_of_working_days_stand_still_on_days_off(
    world: Any, received: str, due: str
) -> None:
    world.contact("c", received, **PORTAL)
    assert world.clocks("feedback.answer") == [("c", 1, received, due, None, None)]
