"""A duty comes at its time, and later where it takes long."""

import time

from pipelines.due import Due


def test_a_duty_comes_first_after_a_while_then_at_its_time() -> None:
    due = Due()
    assert not due.now("check", every_s=60, first_s=60)
    assert due.now("settle", every_s=60)
    assert not due.now("settle", every_s=60)
    due.last["settle"] -= 60
    assert due.now("settle", every_s=60)


def test_a_duty_that_takes_long_comes_as_seldom_as_its_share_of_the_time_allows() -> None:
    due = Due()
    assert due.now("judge", every_s=2, most=1 / 8)
    with due.timed("judge"):
        time.sleep(0.01)
    assert due.took["judge"] >= 0.01
    due.took["judge"] = 10.0
    due.last["judge"] -= 79
    assert not due.now("judge", every_s=2, most=1 / 8)
    due.last["judge"] -= 1
    assert due.now("judge", every_s=2, most=1 / 8)
