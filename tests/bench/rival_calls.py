"""What a team that knows pandas and Great Expectations would write to check a log of calls.

A built-in expectation wherever there is one; where a rule has none (how long the talk was, whether
the outcome agrees with the marks) a column derived by whole columns and held by a built-in one.
One expectation holds both bounds of the time received; others are not merged: the row of one goes
to quarantine, that of another stays.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from expectations.calls import COURSE, FACTS, LONGEST_TALK_S, LONGEST_WAIT_S
from expectations.vocabulary import CALL_CHANNELS, CALLBACK_RESULTS, LANGUAGES, OUTCOMES
from pipelines.lake.connect import Lake
from tests.bench.rival import TIMES, Suite, Took, timed

NUMBERS = ("leg", "hold_s", "wrap_s", "ring_s", "rating", "ring_no_answer")
LENIENT = ("rating", "ring_no_answer", "is_complex")  # unreadable, these cost a warning only
ALONE = ("abandoned", "abandoned_menu", "self_served")  # outcomes without an operator
HEARD = ("answered_at", "first_response_at", "callback_made_at", "transfer_answered_at")
TIME_BOUNDS = "received_not_in_future, received_not_too_old"  # one expectation holds two rules
# rule -> the time that comes first, the time that comes then
ORDERS = {
    "queued_after_received": ("received_at", "queued_at"),
    "answered_after_queued": ("begun_at", "answered_at"),
    "ended_after_answered": ("talked_at", "ended_at"),
    "nothing_before_received": ("received_at", "earliest_at"),
    "interpreter_joined_after_requested": ("interpreter_requested_at", "interpreter_joined_at"),
    "callback_made_after_requested": ("callback_requested_at", "callback_made_at"),
    "callback_due_after_requested": ("callback_requested_at", "callback_due_at"),
    "ticket_accepted_after_created": ("ticket_created_at", "ticket_accepted_at"),
    "transfer_answered_after_transferred": ("transferred_at", "transfer_answered_at"),
    "reopened_after_resolved": ("resolved_at", "reopened_at"),
    "forwarded_after_verified": ("verified_at", "forwarded_at"),
    "first_response_after_answered": ("answered_at", "first_response_at"),
}  # fmt: skip


def rival(path: Path, lake: Lake) -> Took:
    """Read the log and check it; columns derived for a rule count as checking."""
    log, read_s = timed(lambda: _read(path))
    frame, derived_s = timed(lambda: _derived(log), TIMES)
    known, known_s = timed(lambda: _known(log, lake), TIMES)
    broken, held_s = timed(Suite(frame, _expectations(known)).broken, TIMES)
    return Took(read_s, derived_s + known_s + held_s, broken)


def _read(path: Path) -> pd.DataFrame:
    """Parse times and numbers, noting what was there and could not be read, as our reader does."""
    log = pd.read_csv(path, dtype=str)
    unread = {True: pd.Series(False, log.index), False: pd.Series(False, log.index)}
    for column in log.columns:
        given = log[column]
        if column.endswith("_at"):
            log[column] = pd.to_datetime(given, utc=True, errors="coerce", format="ISO8601")
        elif column in NUMBERS:
            log[column] = pd.to_numeric(given, errors="coerce").astype(float)
        elif column == "is_complex":
            log[column] = given.map({"true": True, "false": False})
        if column != "received_at":
            unread[column in LENIENT] |= given.notna() & log[column].isna()
    return log.assign(is_unreadable=unread[False], is_detail_unreadable=unread[True])


def _derived(log: pd.DataFrame) -> pd.DataFrame:
    """Add what rules without a built-in expectation ask."""
    answered, talk_s = log["answered_at"], _seconds(log["answered_at"], log["ended_at"])
    is_heard = log[list(HEARD)].notna().any(axis=1)
    facts = [column for column in FACTS if column in log]
    lost = log["outcome"].isin(ALONE) & answered.notna()
    return log.assign(
        begun_at=_outermost(np.fmax, log, ("received_at", "queued_at")),
        talked_at=_outermost(np.fmax, log, ("received_at", "queued_at", "answered_at")),
        earliest_at=_outermost(np.fmin, log, facts),
        latest_at=_outermost(np.fmax, log, (*facts, *COURSE)),
        talk_s=talk_s,
        wait_s=_seconds(log["queued_at"], answered.fillna(log["ended_at"])),
        hold_over_s=(log["hold_s"] - talk_s - 1).where(talk_s >= 0),
        shortest_s=log[["hold_s", "wrap_s", "ring_s"]].min(axis=1),
        is_contradictory=lost | ((log["outcome"] == "served") & ~is_heard),
    )


def _seconds(first: pd.Series, then: pd.Series) -> pd.Series:
    return (then - first).dt.total_seconds()


def _outermost(ufunc: np.ufunc, log: pd.DataFrame, columns: Iterable[str]) -> pd.Series:
    """Return the earliest or latest of some times, leaving out those that are not there."""
    times = [log[column].dt.tz_localize(None).to_numpy() for column in columns]
    return pd.Series(ufunc.reduce(times), log.index).dt.tz_localize("UTC")


def _known(log: pd.DataFrame, lake: Lake) -> dict[str, list[str]]:
    """Return the codes that may stand, having looked at each distinct value once."""

    def words(sql: str) -> set[str]:
        return {word for (word,) in lake.con.sql(sql).fetchall()}

    numbers = words("select digits from ref_numbers")
    routes = words("select queue from ref_queues union select line from ref_lines")
    dialled = pd.Series(log["dialled_number"].dropna().unique())
    digits = dialled.str.replace("[^0-9]+", "", regex=True).str[-10:]
    languages = pd.Series(log["language"].dropna().unique())
    codes = languages.str.lower().str.replace("_", "-").str.split("-").str[0]
    return {
        "channel": list(CALL_CHANNELS),
        "dialled_number": list(dialled[digits.isin(numbers) | dialled.isin(routes)]),
        "category": list(words("select category from ref_categories")),
        "outcome": list(OUTCOMES),
        "callback_result": list(CALLBACK_RESULTS),
        "language": list(languages[codes.isin(LANGUAGES)]),
    }


def _expectations(known: dict[str, list[str]]) -> dict[str, Any]:
    """Return an expectation for each rule, or for two: names are those of our rules."""
    from great_expectations import expectations as gxe

    between, in_set = gxe.ExpectColumnValuesToBeBetween, gxe.ExpectColumnValuesToBeInSet
    no_later = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    no_earlier = pd.Timestamp("1990-01-01", tz="UTC")
    return {
        "fields_readable": in_set(column="is_unreadable", value_set=[False]),
        "details_readable": in_set(column="is_detail_unreadable", value_set=[False]),
        "id_present": gxe.ExpectColumnValuesToNotBeNull(column="call_id"),
        "received_present": gxe.ExpectColumnValuesToNotBeNull(column="received_at"),
        TIME_BOUNDS: between(column="received_at", min_value=no_earlier, max_value=no_later),
        "facts_not_in_future": between(column="latest_at", max_value=no_later),
        "durations_not_negative": between(column="shortest_s", min_value=0),
        "talk_not_too_long": between(column="talk_s", max_value=LONGEST_TALK_S),
        "wait_not_too_long": between(column="wait_s", max_value=LONGEST_WAIT_S),
        "hold_within_talk": between(column="hold_over_s", max_value=0),
        "rating_in_range": between(column="rating", min_value=1, max_value=5),
        "leg_is_number": between(column="leg", min_value=1),
        "outcome_agrees": in_set(column="is_contradictory", value_set=[False]),
        **{f"{c}_known": in_set(column=c, value_set=words) for c, words in known.items()},
        **{
            rule: gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=then, column_B=first, or_equal=True,
                ignore_row_if="either_value_is_missing",
            )
            for rule, (first, then) in ORDERS.items()
        },
    }  # fmt: skip
