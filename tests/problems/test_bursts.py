"""Bursts found in a lake of known history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.metrics import Query, problems
from pipelines.problems import recurring, refresh, signals
from pipelines.settings import Settings
from tests.lakes import tables

START = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday; no public holiday until 4 November
DAY_PROFILE = np.array([1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 9, 8, 7, 7, 6, 5, 4, 3, 2, 2, 1])
WEEK_PROFILE = np.array([1.2, 1.1, 1.0, 1.0, 1.0, 0.5, 0.4])


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    opened = tables(Settings(home=tmp_path / "home", clock="data"))
    yield opened
    opened.close()


def history(
    lake: Lake,
    rates: dict[str, float],
    *,
    days: int = 56,
    seed: int = 1,
    extra: dict[tuple[str, int], int] | None = None,
    factor: dict[int, float] | None = None,
    start: datetime = START,
) -> None:
    """Contacts of categories with a mean rate an hour, over a daily and weekly profile.

    extra: (category, hour from the start) -> further contacts; factor: day -> times its volume.
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    local = (hours + 3) % (24 * 7)  # Moscow
    profile = DAY_PROFILE[local % 24] / DAY_PROFILE.mean() * WEEK_PROFILE[local // 24]
    profile = profile * np.array([(factor or {}).get((h + 3) // 24, 1.0) for h in hours])
    rows = []
    for category, rate in rates.items():
        n = rng.poisson(rate * profile)
        for (name, hour), more in (extra or {}).items():
            n[hour] += more if name == category else 0
        at = np.repeat(hours, n)
        rows.append(
            pl.DataFrame({"hour": at, "second": rng.integers(0, 3600, len(at))}).select(
                category=pl.lit(category),
                received_at=pl.lit(start)
                + pl.duration(hours="hour")
                + pl.duration(seconds="second"),
            )
        )
    put(lake, pl.concat(rows))
    until(lake, start + timedelta(days=days))


def until(lake: Lake, moment: datetime) -> None:
    """Let the newest event be of a moment: the product's now."""
    lake.con.register("given", pl.DataFrame({"event_at": [moment]}))
    lake.con.execute("insert into lake.events by name select * from given")
    lake.con.unregister("given")


def put(lake: Lake, rows: pl.DataFrame) -> None:
    lake.con.register("given", rows)
    lake.con.execute(
        "insert into lake.contacts by name select uuid()::varchar as contact_id, *,"
        " (received_at at time zone 'Europe/Moscow')::date as received_date from given"
    )
    lake.con.unregister("given")


def found(lake: Lake) -> pl.DataFrame:
    with lake.transaction():
        refresh(lake)
    return lake.frame("select * from lake.bursts order by started_at, category")


RATES = {f"c{i}": rate for i, rate in enumerate([60, 30, 15, 8, 8, 4, 4, 2, 1, 0.5])}
WEDNESDAY_NOON = (6 * 7 + 2) * 24 + 9  # hour 9 UTC of day 44


def test_an_outage_is_found_within_the_hour_and_ends_when_it_ends(lake):
    burst = {("c3", WEDNESDAY_NOON + k): 40 for k in range(4)}
    history(lake, RATES, extra=burst)
    rows = found(lake).filter(pl.col("category") == "c3")
    began = START + timedelta(hours=WEDNESDAY_NOON)
    assert len(rows) == 1
    row = rows.row(0, named=True)
    assert row["started_at"] == began
    assert began + timedelta(hours=4) <= row["ended_at"] <= began + timedelta(hours=6)
    assert row["peak_z"] > 6
    assert row["window_h"] == 1
    assert 130 < row["excess"] < 200
    assert row["contacts"] > row["excess"]


def test_injected_bursts_are_found_and_false_alarms_are_few(lake):
    rng = np.random.default_rng(4)
    begins = {name: int(WEDNESDAY_NOON + rng.integers(-3, 3)) for name in ("c1", "c4", "c6", "c8")}
    extra = {
        (name, begin + k): int(max(3 * RATES[name], 10))
        for name, begin in begins.items()
        for k in range(4)
    }
    history(lake, RATES, extra=extra, seed=7)
    rows = found(lake)
    for name, begin in begins.items():
        at = START + timedelta(hours=begin)
        hits = rows.filter(
            (pl.col("category") == name)
            & pl.col("started_at").is_between(at, at + timedelta(hours=2))
        )
        assert len(hits) == 1, name
    # three weeks of ten categories and the total: about one false alarm a week
    false = rows.filter(~pl.col("category").is_in([*begins, "*"]))
    assert len(false) <= 4


def test_a_quiet_history_raises_hardly_any_alarm(lake):
    history(lake, RATES, days=84, seed=21)
    assert len(found(lake)) <= 10  # 8 weeks with a baseline


def test_a_slow_growth_is_found_by_the_window_of_a_day(lake):
    slow = {("c2", WEDNESDAY_NOON + k): 6 for k in range(72)}
    history(lake, RATES, extra=slow)
    rows = found(lake).filter(pl.col("category") == "c2")
    began = START + timedelta(hours=WEDNESDAY_NOON)
    assert began <= rows["started_at"].min() < began + timedelta(hours=30)


def test_a_holiday_raises_no_alarm(lake):
    # 4 November is day 58; it looks like a Sunday
    history(lake, RATES, days=63, factor={58: 0.4})
    holiday = pl.col("started_at").is_between(
        START + timedelta(days=57, hours=21), START + timedelta(days=59)
    )
    assert found(lake).filter(holiday).is_empty()


def test_a_holiday_does_not_teach_the_baseline(lake):
    history(lake, {"c0": 60}, days=66, factor={58: 0.1})
    day = START + timedelta(days=65)  # the next Wednesday
    rows = problems(lake, Query(day, day + timedelta(days=1)))
    assert rows["baseline"].item() == pytest.approx(60 * 24, rel=0.05)


def test_what_lifts_every_category_is_one_alarm_of_the_total(lake):
    extra = {
        (name, WEDNESDAY_NOON + k): int(rate * 1.5)
        for name, rate in RATES.items()
        for k in range(3)
    }
    history(lake, RATES, extra=extra)
    began = START + timedelta(hours=WEDNESDAY_NOON)
    rows = found(lake).filter(pl.col("started_at").is_between(began, began + timedelta(hours=3)))
    assert "*" in rows["category"].to_list()
    assert len(rows) <= 3


def test_a_category_with_too_little_history_gives_no_alarm(lake):
    history(lake, {"old": 20}, days=56)
    history(lake, {"new": 20}, days=20, start=START + timedelta(days=36), extra={("new", 300): 90})
    assert "new" not in found(lake)["category"].to_list()


def test_a_burst_that_still_goes_on_has_no_end(lake):
    last = 56 * 24 - 1
    history(lake, {"c0": 20}, extra={("c0", last): 80, ("c0", last - 1): 80})
    rows = found(lake).filter(pl.col("category") == "c0").tail(1)
    assert rows["ended_at"].to_list() == [None]
    assert signals(lake, START + timedelta(hours=last))["state"][0] == "alarm"


def test_a_burst_is_found_while_its_hour_runs_and_a_short_hour_is_no_fall(lake):
    last = 56 * 24 - 1
    history(lake, {"c0": 20, "c1": 20}, extra={("c1", last): 80})
    hour = START + timedelta(days=56)
    third = [{"category": "c0", "received_at": hour + timedelta(seconds=30 * n)} for n in range(40)]
    put(lake, pl.DataFrame(third))
    until(lake, hour + timedelta(minutes=20))
    rows = found(lake).filter(pl.col("started_at") >= hour - timedelta(hours=1))
    # the other's hour before is not over for the little that came of it since
    assert rows.filter(pl.col("category") != "*")["category"].to_list() == ["c1", "c0"]
    assert rows["ended_at"].is_null().all()
    assert rows.filter(pl.col("category") == "c0")["contacts"].item() == 40
    before = lake.version()
    found(lake)
    assert lake.version() == before  # nothing new is nothing written


def test_a_second_look_at_the_recent_days_gives_the_same_rows(lake):
    burst = {("c3", WEDNESDAY_NOON + k): 40 for k in range(4)}
    history(lake, RATES, extra=burst)
    before = found(lake)
    with lake.transaction():
        refresh(lake, START + timedelta(days=40))
    after = lake.frame("select * from lake.bursts order by started_at, category")
    assert after.drop("excess", "peak_z").equals(before.drop("excess", "peak_z"))
    assert after["excess"].to_list() == pytest.approx(before["excess"].to_list())


def test_usual_is_the_capped_mean_of_the_same_hour_of_the_week(lake):
    # Mondays 10:00 Moscow: 4, 6, 4, 6, 100 contacts; the cap is 6 + 3 sqrt(7) = 13.94
    counts = [4, 6, 4, 6, 100, 9]
    rows = [
        {"category": "a", "received_at": START + timedelta(days=7 * week, hours=7, minutes=minute)}
        for week, n in enumerate(counts)
        for minute in np.linspace(0, 59, n)
    ]
    put(lake, pl.DataFrame(rows))
    day = START + timedelta(days=35, hours=7)
    lake.con.execute("insert into lake.events (event_at) values (?)", [day + timedelta(hours=2)])
    asked = problems(lake, Query(day, day + timedelta(hours=1)))
    cap = 6 + 3 * np.sqrt(7)
    assert asked.select("category", "contacts", "baseline").rows() == [
        ("a", 9, pytest.approx((4 + 6 + 4 + 6 + cap) / 5)),
    ]


def test_usual_is_unknown_where_the_history_does_not_reach(lake):
    history(lake, {"c0": 5}, days=30)
    early = problems(lake, Query(START + timedelta(days=7), START + timedelta(days=14)))
    assert early["baseline"].to_list() == [None]
    assert early["contacts"].sum() > 0


def test_recurring_are_the_categories_that_grew_or_alarmed_often(lake):
    grown = {("c5", hour): 4 for hour in range(56 * 24, 84 * 24)}
    history(lake, RATES, days=84, extra=grown)
    found(lake)
    rows = recurring(lake)
    first = rows.row(0, named=True)
    assert first["category"] == "c5"
    assert first["is_recurring"]
    assert first["ratio"] == pytest.approx(2, abs=0.25)
    assert not rows.filter(pl.col("category") == "c0")["is_recurring"][0]


def test_an_empty_lake_has_no_bursts_and_nothing_usual(lake):
    assert found(lake).is_empty()
    assert problems(lake, Query(START, START + timedelta(days=1))).is_empty()
    assert recurring(lake).is_empty()


def test_a_line_and_those_lost_on_it_burst_before_anybody_named_a_category(lake):
    began = START + timedelta(hours=WEDNESDAY_NOON)
    history(lake, RATES)
    lake.con.execute("update lake.contacts set line = case when category = 'c0' then 'main' else"
                     " 'chat' end")  # fmt: skip
    at = [began + timedelta(seconds=20 * n) for n in range(360)]
    put(lake, pl.DataFrame({
        "received_at": at, "line": "main",
        "menu_choice": ["technical" if n % 4 == 0 else None for n in range(360)],
    }))  # fmt: skip
    lake.con.execute(
        "insert into lake.legs by name select contact_id, 'main' as line, 'abandoned' as left_as,"
        " received_at, received_date from lake.contacts where category is null"
    )
    lake.con.execute(  # one a day is usual
        "insert into lake.legs by name select contact_id, 'main' as line, 'abandoned' as left_as,"
        " received_at, received_date from lake.contacts where category = 'c0'"
        " qualify row_number() over (partition by received_date order by received_at) = 1"
    )
    rows = found(lake).filter(pl.col("started_at").is_between(began, began + timedelta(hours=2)))
    of = {(row["kind"], row["line"]): row for row in rows.to_dicts() if row["menu_choice"] is None}
    whole = of["line", "main"]
    assert whole["started_at"] == began
    assert of["category", None]["category"] == "*"
    assert of["abandoned", "main"]["contacts"] >= 360
    # the line's is the shadow of all contacts', and who was lost on it that of the line
    assert whole["part_of"] == of["category", None]["burst_id"]
    assert of["abandoned", "main"]["part_of"] == of["abandoned", None]["part_of"]
    assert of["abandoned", "main"]["part_of"] == whole["part_of"]
    assert ("line", "chat") not in of
