"""A source against its own rhythm, and a day against its usual level."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from pipelines import metrics
from pipelines.errors import QueryError
from pipelines.metrics import Query
from tests.metrics.conftest import MSK, Given, msk

NOW = msk("2026-03-03T12:30:00")  # a Tuesday; 2026-02-23 and 2026-03-08 are holidays, no Tuesdays
TUESDAYS = [date(2026, 3, 3) - timedelta(weeks=n) for n in range(1, 7)]


def contacts(given: Given, source: str, *moments: datetime) -> None:
    given.rows("contacts", *(
        {"contact_id": f"{source}:{at.isoformat()}", "source": source, "channel": "phone",
         "line": "main", "received_at": at, "received_date": at.date()} for at in moments
    ))  # fmt: skip


def every(minutes: float, first: datetime, last: datetime) -> list[datetime]:
    n = int((last - first) / timedelta(minutes=minutes))
    return [first + k * timedelta(minutes=minutes) for k in range(n + 1)]


def on(day: date, text: str) -> datetime:
    return msk(f"{day}T{text}")


def states(lake, at: datetime = NOW) -> dict[str, tuple[float | None, float | None, str]]:
    found = metrics.rhythm(lake, at)
    return {
        row["source"]: (row["age_s"], row["usual_gap_s"], row["state"])
        for row in found.iter_rows(named=True)
    }


@pytest.mark.parametrize(
    ("silent_min", "state"), [(5, "fresh"), (6, "late"), (15, "late"), (16, "silent")]
)
def test_a_source_is_held_against_its_gaps_in_the_same_hour_of_earlier_weeks(
    lake, given, silent_min, state
):
    for day in TUESDAYS:  # every five minutes by day, whatever comes at night
        contacts(given, "calls", *every(5, on(day, "09:00"), on(day, "18:00")))
    contacts(given, "calls", NOW - timedelta(minutes=silent_min))
    assert states(lake) == {"calls": (silent_min * 60.0, 300.0, state)}


def test_a_source_that_sleeps_at_night_is_not_silent_at_night(lake, given):
    for day in TUESDAYS:
        contacts(given, "calls", *every(5, on(day, "09:00"), on(day, "18:00")))
        contacts(given, "calls", on(day + timedelta(days=1), "09:00"))
    contacts(given, "calls", on(NOW.date(), "18:00"))
    at = msk("2026-03-03T23:30:00")
    # each night's gap, 18:00 to 9:00, is 15 hours
    assert states(lake, at) == {"calls": (5.5 * 3600, 15 * 3600.0, "fresh")}


def test_with_fewer_than_four_weeks_the_rhythm_is_unknown_and_no_alarm(lake, given):
    for day in TUESDAYS[:3]:
        contacts(given, "calls", *every(1, on(day, "09:00"), on(day, "18:00")))
    assert states(lake)["calls"][1:] == (None, "unknown")


def test_a_log_of_no_contacts_is_measured_by_its_rows(lake, given):
    moments = [m for day in TUESDAYS for m in every(5, on(day, "09:00"), on(day, "18:00"))]
    moments.append(NOW - timedelta(minutes=20))
    given.rows("source_rows", *(
        {"source": "journal", "row_key": n, "row_hash": n, "row_at": at, "file_id": "f"}
        for n, at in enumerate(moments)
    ))  # fmt: skip
    given.rows("files", {"file_id": "f", "name": "journal.csv", "source": "journal", "read": 1})
    assert states(lake) == {"journal": (1200.0, 300.0, "silent")}


def test_a_log_that_comes_in_daily_files_may_be_a_day_old(lake, given):
    for n in range(1, 43):
        day = NOW.date() - timedelta(days=n)
        contacts(given, "calls", *every(5, on(day, "09:00"), on(day, "18:00")))
    given.rows("files", *(
        {"file_id": f"f{n}", "name": f"calls-{n}.csv", "source": "calls", "read": 1,
         "is_tail": False, "ingested_at": on(NOW.date() - timedelta(days=n), "01:00")}
        for n in range(8)
    ))  # fmt: skip
    row = metrics.rhythm(lake, NOW).row(0, named=True)
    # 24 hours between files, 7 hours from the last contact to the file that brought it
    assert (row["age_s"], row["delivery_s"], row["state"]) == (18.5 * 3600, 31 * 3600, "fresh")
    assert states(lake, NOW + timedelta(days=1))["calls"][2] == "late"


def week(**more: object) -> Query:
    return Query(msk("2026-03-02T00:00:00"), msk("2026-03-04T00:00:00"), as_of=NOW, **more)


def test_a_day_is_held_against_the_usual_of_its_full_hours(lake, given):
    for n in range(43):
        day = NOW.date() - timedelta(days=n)
        each = 15 if day == NOW.date() else 5  # a third comes today
        contacts(given, "calls", *every(each, on(day, "09:00"), on(day, "17:59")))
    found = metrics.arrivals(lake, week())
    assert found.select("source", "day", "n", "usual", "flag").rows() == [
        ("calls", "2026-03-03", 12, pytest.approx(36, abs=2), "low"),  # nine to twelve: full hours
        ("calls", "2026-03-02", 108, pytest.approx(108, abs=2), "usual"),
    ]
    low, high, ratio = found.select("usual_low", "usual_high", "ratio").row(0)
    assert low < 36 < high
    assert ratio == pytest.approx(1 / 3, abs=0.03)


def test_the_usual_of_a_young_source_is_unknown(lake, given):
    contacts(given, "calls", *every(5, on(NOW.date(), "09:00"), on(NOW.date(), "12:00")))
    assert metrics.arrivals(lake, week()).select("n", "usual", "flag").rows() == [
        (36, None, "unknown")
    ]


def test_an_empty_lake_has_no_rhythm_and_no_arrivals(lake):
    assert metrics.rhythm(lake, NOW).is_empty()
    assert metrics.arrivals(lake, week()).is_empty()


def test_arrivals_know_two_groups_and_one_filter(lake, given):
    contacts(given, "calls", NOW - timedelta(hours=2))
    assert metrics.arrivals(lake, week(where={"source": ("chats",)})).is_empty()
    with pytest.raises(QueryError, match="line"):
        metrics.arrivals(lake, week(by=("line",)))


def test_rows_behind_a_check_are_the_held_and_the_flagged_with_the_contact_that_is_there(
    lake, given
):
    contacts(given, "calls", msk("2026-03-02T09:00:00"))
    known = "calls:2026-03-02T09:00:00+03:00"
    both = {"source": "calls", "dataset": "calls", "file": "calls.csv", "file_id": "f",
            "row_at": msk("2026-03-02T10:00:00")}  # fmt: skip
    given.rows("quarantine", both | {
        "quarantine_id": "f-7", "row_no": 7, "expectations": "a;b", "status": "held",
        "row": '{"contact_id": "calls:gone"}', "quarantined_at": NOW,
    })  # fmt: skip
    given.rows("flagged", both | {
        "row_no": 3, "expectation": "b", "contact_id": known, "row": '{"category": "x"}',
        "flagged_at": NOW,
    })  # fmt: skip
    found = metrics.rows_behind(lake, week(), "b")
    assert found.select("fate", "row_no", "contact_id", "total").rows() == [
        ("flagged", 3, known, 2),
        ("held", 7, None, 2),
    ]
    assert metrics.rows_behind(lake, week(), "a")["row_no"].to_list() == [7]
    assert metrics.rows_behind(lake, week(), "b", source="chats").is_empty()


def test_quarantine_is_counted_by_day_and_source(lake, given):
    row = {"dataset": "calls", "file": "c.csv", "status": "held", "row": "{}",
           "expectations": "a;b", "quarantined_at": NOW}  # fmt: skip
    given.rows(
        "quarantine",
        row | {"source": "calls", "row_at": datetime(2026, 3, 1, 21, 30, tzinfo=MSK)},
        row | {"source": "calls", "row_at": None},
        row | {"source": "chats", "row_at": None},
        row | {"source": "chats", "row_at": None, "status": "retried"},
    )
    counts = metrics.quarantine_counts
    assert counts(lake).rows() == [
        ("2026-03-03", "calls", 1), ("2026-03-03", "chats", 1), ("2026-03-01", "calls", 1)
    ]  # fmt: skip
    assert counts(lake, week()).select("rows").sum().item() == 2
    assert counts(lake, by=("expectation",)).rows() == [("a", 3), ("b", 3)]
    with pytest.raises(QueryError, match="did you mean 'source'"):
        counts(lake, by=("sources",))
    assert isinstance(counts(lake, by=("day",)), pl.DataFrame)
