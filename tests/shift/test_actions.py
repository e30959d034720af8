"""The register of actions: written once, never changed, measured against the season."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines import metrics
from pipelines.errors import ActError
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, Scope
from pipelines.settings import Settings
from pipelines.shift import actions
from pipelines.shift.project import project

FIRST = date(2026, 8, 3)  # a Monday; no public holiday until 4 November
DONE = FIRST + timedelta(days=63)
NOW = datetime(2026, 10, 26, 9, tzinfo=UTC)  # three weeks later
ROWS = {"form_error": (40, 20), "passport": (40, 40), "others": (800, 800)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Iterator[Lake]:
    """Twelve weeks; one topic has half its contacts from DONE on; Sundays are quiet."""
    home = tmp_path_factory.mktemp("actions") / "home"
    shutil.copytree(new_home, home)
    opened = open_lake(Settings(home=home))
    number = pl.int_range(pl.len())
    wobble = (number * 7 % 5 - 2) * 2  # of the day, the same before and after
    days = pl.DataFrame({"day": [FIRST + timedelta(days=n) for n in range(84)]})
    quiet = pl.when(pl.col("day").dt.weekday() == 7).then(0.5).otherwise(1.0)
    counts = pl.concat(
        days.select(
            "day",
            category=pl.lit(name),
            n=((pl.when(pl.col("day") >= DONE).then(after).otherwise(before) + wobble) * quiet)
            .round().cast(pl.Int64),
        )
        for name, (before, after) in ROWS.items()
    )  # fmt: skip
    rows = counts.with_columns(number=pl.int_ranges(0, "n")).explode("number").select(
        "category",
        contact_id=pl.format("{}-{}-{}", "category", "day", "number"),
        received_at=pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        + pl.duration(hours=9, seconds="number"),
        received_date="day",
        line=pl.lit("main"),
    )  # fmt: skip
    opened.con.register("given", rows)
    opened.con.execute("insert into lake.contacts by name select * from given")
    opened.con.unregister("given")
    yield opened
    opened.close()


def opened(lake: Lake, at: datetime = NOW, **more: object) -> str:
    about = {"category": "form_error", "text": "починить", "owner": "портал"} | more
    return actions.open_action(lake, "anna", at, **{"due_on": at.date()} | about)  # type: ignore[arg-type]


def register(lake: Lake, **more: object) -> dict[str, dict[str, object]]:
    project(lake)
    asked = Query(NOW - timedelta(days=7), NOW, **{"as_of": NOW} | more)  # type: ignore[arg-type]
    return {str(row["action_id"]): row for row in metrics.actions(lake, asked).to_dicts()}


def test_an_action_that_helped_shows_fewer_contacts_than_the_season_brings(lake):
    helped, idle = opened(lake), opened(lake, category="passport")
    for one in (helped, idle):
        actions.finish(lake, "anna", NOW, one, DONE)
    rows = register(lake)
    assert (rows[helped]["state"], rows[helped]["days"]) == ("done", 21)
    assert rows[helped]["verdict"] == "fewer"
    assert rows[helped]["low"] < 0.5 < rows[helped]["high"] < 0.6
    assert rows[idle]["verdict"] == "unclear"
    assert rows[idle]["low"] < 1 < rows[idle]["high"]
    counted = metrics.volume(
        lake,
        Query(datetime(2026, 10, 4, 21, tzinfo=UTC), datetime(2026, 10, 25, 21, tzinfo=UTC),
              where={"category": "form_error"}, as_of=NOW),
    )  # fmt: skip
    assert rows[helped]["contacts"] == counted.item(0, "contacts")
    part = register(lake, scope=Scope(lines=("main",)))
    assert part[helped]["ratio"] is None


def test_an_effect_without_a_day_since_or_history_before_is_not_known(lake):
    young, early = opened(lake), opened(lake)
    actions.finish(lake, "anna", NOW, young, NOW.date())
    actions.finish(lake, "anna", NOW, early, FIRST + timedelta(days=20))
    rows = register(lake)
    assert (rows[young]["ratio"], rows[early]["ratio"]) == (None, None)


def test_an_action_late_dropped_or_noted_says_so(lake):
    late = opened(lake, at=NOW - timedelta(days=3))
    dropped = opened(lake)
    actions.note(lake, "boris", NOW, late, "ждём поставщика, тел. 8 912 345-67-89")
    actions.drop(lake, "boris", NOW, dropped, "не нужна")
    rows = register(lake)
    assert rows[late]["state"] == "late"
    (note,) = rows[late]["notes"]
    assert "ждём поставщика" in note
    assert "345" not in note
    assert (rows[dropped]["state"], rows[dropped]["dropped_because"]) == ("dropped", "не нужна")
    assert metrics.shift_log(lake, Query(NOW - timedelta(days=9), NOW, as_of=NOW)).is_empty()


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda lake, _: opened(lake, category="no_such"), "unknown"),
        (lambda lake, _: opened(lake, text=" "), "no_text"),
        (lambda lake, _: opened(lake, owner=""), "no_owner"),
        (lambda lake, _: opened(lake, due_on=date(2026, 10, 1)), "past_date"),
        (lambda lake, one: actions.finish(lake, "a", NOW, one, date(2026, 11, 1)), "in_future"),
        (lambda lake, one: actions.drop(lake, "a", NOW, one, ""), "no_text"),
        (lambda lake, _: actions.note(lake, "a", NOW, "nowhere", "x"), "not_there"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(lake, act, code):
    one = opened(lake)
    before = register(lake)
    with pytest.raises(ActError) as refused:
        act(lake, one)
    assert refused.value.code == code
    assert register(lake) == before


def test_what_is_done_is_not_done_again(lake):
    one = opened(lake)
    actions.finish(lake, "anna", NOW, one, DONE)
    with pytest.raises(ActError) as refused:
        actions.drop(lake, "boris", NOW, one, "x")
    assert refused.value.code == "done_already"
