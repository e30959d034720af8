"""What is news of a share or a mean, and which steps its change is told in."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.errors import QueryError
from pipelines.metrics import Query, parse_moment, volume, why_rows
from pipelines.metrics.week_demand import service
from pipelines.metrics.why import parts, usual_change

MONDAY = parse_moment("2026-11-09", ZoneInfo("Europe/Moscow"))
WEEK = timedelta(days=7)


def test_a_change_within_chance_is_usual_however_calm_the_weeks_before():
    calm = [(1000, 800)] * 8
    assert usual_change(calm, (1000, 800), (1000, 800)) == pytest.approx(1.96 * 0.01789, abs=1e-4)
    assert usual_change(calm, (10, 8), (10, 8)) > 0.3  # ten calls say little


def test_a_change_no_larger_than_weeks_usually_differ_is_usual():
    wild = [(100_000, n) for n in (80_000, 75_000, 81_000, 74_000, 80_000)]  # 5 to 7 points
    assert usual_change(wild, wild[-1], (100_000, 70_000)) == pytest.approx(2 * 0.06)
    few = wild[:3]  # two changes say nothing of what is usual
    assert usual_change(few, wild[-1], (100_000, 70_000)) < 0.01


def cells(*rows: tuple[str | None, int, int, int, int, int]) -> pl.DataFrame:
    names = ["line", "hour_of_day", "n_before", "top_before", "n", "top"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_steps_name_the_three_lines_that_moved_most_and_leave_out_mixes_there_are_none_of():
    rows = cells(
        ("a", 9, 100, 80, 100, 60), ("b", 9, 100, 80, 100, 75), ("c", 9, 100, 80, 100, 82),
        ("d", 9, 100, 80, 100, 81), (None, 9, 100, 80, 100, 80),
    )  # fmt: skip
    found = parts(rows, ("line", "hour_of_day"), 400 / 500, 378 / 500)
    assert found.select("step", "line", "shown").rows() == [
        ("mix_line", None, 0),
        ("within", "a", -40),
        ("within", "b", -10),
        ("within", "c", 4),
        ("within_rest", None, 2),
    ]
    one = parts(cells(("a", 9, 50, 50, 10, 10), ("a", 10, 50, 0, 90, 0)), ("line", "hour_of_day"),
                0.5, 0.1)  # fmt: skip
    assert one.select("step", "shown").rows() == [("mix_hour", -400), ("within", 0)]


def test_a_mean_of_hours_is_told_in_whole_minutes_that_close():
    rows = cells(("a", 9, 10, 36_000, 10, 36_000), ("b", 9, 10, 36_000, 10, 73_250))
    found = parts(rows, ("line", "hour_of_day"), 3600.0, 5462.5, 60)
    assert found.select("step", "line", "shown").rows() == [
        ("mix_line", None, 0), ("within", "b", 31 * 60), ("within", "a", 0),
    ]  # fmt: skip


@pytest.fixture
def two_weeks(given):
    """Calls of two lines, 10 a day: the slower line took more of them, and made them wait twice."""
    mine = {"kind": "mean", "promise": "phone.wait_mean", "stop_kind": "stopped"}
    for week, (slow, waited) in enumerate([(2, 30), (5, 60)]):
        for n in range(50):
            day = MONDAY + WEEK * (week - 1) + timedelta(days=n // 10, hours=10, minutes=n % 10)
            wait = waited if n % 10 < slow else 10
            line = "faults" if n % 10 < slow else "main"
            at = f"{day:%Y-%m-%dT%H:%M}:00"
            given.call(f"{week}-{n}", at, "answered", wait, 200 + n, line=line)
            given.rows("clocks", mine | {
                "contact_id": f"{week}-{n}", "received_date": day.date(), "started_at": day,
                "stopped_at": day + timedelta(seconds=wait), "value": float(wait),
            })  # fmt: skip
    # nobody waits in a queue for an answer to a form
    given.call("form", "2026-11-09T09:00:00", "answered", 90_000, 90_000, channel="portal")
    return given


def test_speed_of_answer_and_any_mean_promise_are_split_and_handling_that_stayed_is_no_news(
    lake, two_weeks
):
    names = ("wait", "promise:phone.wait_mean", "handle")
    found = why_rows(lake, Query(MONDAY, MONDAY + WEEK, as_of=MONDAY + WEEK), names)
    for name in names[:2]:
        moved = found.filter(pl.col("figure") == name)
        assert moved.select("before", "now", "is_news").row(0) == (14.0, 35.0, True)
        named = pl.coalesce("line", "step")
        assert dict(moved.select(named, "part").rows()) == pytest.approx(
            {"mix_line": 0.3 * 35, "faults": 0.35 * 30, "main": 0.0}
        )
        assert moved["shown"].sum() == 21
    (calm,) = found.filter(pl.col("figure") == "handle").to_dicts()
    calls = volume(lake, Query(MONDAY, MONDAY + WEEK, where={"channel": "phone"},
                               as_of=MONDAY + WEEK)).row(0, named=True)  # fmt: skip
    assert (calm["now"], found["now"][0]) == (calls["handle_mean_s"], calls["wait_mean_s"])
    assert (calm["is_news"], calm["step"]) == (False, None)
    with pytest.raises(QueryError, match=r"unknown figure 'hndle'.*'handle'"):
        why_rows(
            lake,
            Query(
                MONDAY,
                MONDAY + WEEK,
            ),
            ("hndle",),
        )


def test_what_is_usual_for_the_number_of_contacts_is_told_of_weeks_where_enough_are_known(
    lake, given
):
    for week, n in enumerate([10, 40, 10, 40, 30], start=-4):
        for one in range(n):
            day = MONDAY + WEEK * week + timedelta(hours=one)
            given.contact(f"{week} {one}", f"{day:%Y-%m-%dT%H}:00:00")
    now, before = (Query(MONDAY + WEEK * n, MONDAY + WEEK * (n + 1), as_of=MONDAY + 9 * WEEK)
                   for n in (0, -1))  # fmt: skip
    assert service(lake, now, before)["usual"] == 60  # twice the median change
    assert service(lake, now, before, "month")["usual"] is None
    few = (Query(q.start - 2 * WEEK, q.end - 2 * WEEK, as_of=q.as_of) for q in (now, before))
    assert service(lake, *few)["usual"] is None
