"""Erlang A by integrals says what the birth-and-death process says, and goes on between numbers."""

import numpy as np
import pytest

from pipelines.metrics.erlang_a import Work, level
from pipelines.metrics.erlang_hours import levels

# calls an hour, handling, patience, operators: small, large, overloaded, patient, idle
CASES = [
    (120, 300, 120, 12), (600, 240, 120, 43), (300, 300, 120, 24), (60, 300, 3600, 8),
    (600, 300, 3600, 40), (3000, 300, 300, 230), (5, 400, 200, 1), (2, 300, 600, 30),
]  # fmt: skip


def test_for_whole_numbers_it_is_the_same_as_by_the_states_of_the_queue():
    calls, handle, patience, operators = np.array(CASES, dtype=np.float64).T
    found = levels(calls / 3600, handle, patience, operators, 20)
    for case, share in zip(CASES, found, strict=True):
        expected = level((case[0] / 3600,), Work(case[1], case[2]), case[3], 20)
        assert share == pytest.approx(expected, abs=2e-6), case


def test_between_whole_numbers_it_rises_and_nobody_answers_nothing():
    operators = np.array([0, 0.01, 0.4, 1, 6.5, 7, 7.25, 7.5, 8, 40])
    one = np.ones(len(operators))
    found = levels(one * 100 / 3600, one * 300, one * 120, operators, 20)
    assert (found[:2] == 0).all()
    assert (np.diff(found[1:]) > 0).all()
    assert found[-1] > 0.9999
