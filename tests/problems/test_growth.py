"""Slow growth of rare categories, and the lists of what begins and what keeps coming."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from pipelines import metrics
from pipelines.lake.connect import Lake
from pipelines.metrics import Query, Scope
from pipelines.problems import growth
from pipelines.settings import Settings
from tests.lakes import tables

FIRST = date(2026, 8, 3)  # a Monday
DAYS = 80
NOW = datetime(2026, 10, 22, 9, tzinfo=UTC)  # no public holiday in between


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Eighty days: one category as ever, one that grows from 3 to 6 a day in the last ten."""
    opened = tables(Settings(home=tmp_path_factory.mktemp("growth") / "home"))
    days = pl.DataFrame({"day": [FIRST + timedelta(days=n) for n in range(DAYS)]})
    wobble = pl.int_range(pl.len()) % 3 - 1
    counts = pl.concat(
        days.select("day", n=20 + wobble, category=pl.lit("usual")) if name == "usual" else
        days.select("day", n=3 + wobble.clip(0) + 3 * (pl.int_range(pl.len()) >= DAYS - 10),
                    category=pl.lit("rare"))
        for name in ("usual", "rare")
    )  # fmt: skip
    at = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=9)
    rows = counts.select(
        "category",
        "day",
        number=pl.int_ranges(0, "n"),
    ).explode("number").select(
        contact_id=pl.format("{}-{}-{}", "category", "day", "number"),
        category="category",
        # each third contact is of the same person
        citizen_key=pl.format("{}-{}", "category", pl.col("number") // 3),
        received_at=at + pl.duration(minutes="number"),
        received_date="day",
        line=pl.lit("main"),
    )  # fmt: skip
    opened.con.register("given", rows)
    opened.con.execute("insert into lake.contacts by name select * from given")
    opened.con.unregister("given")
    yield opened
    opened.close()


def asked(scope: Scope = metrics.EVERYTHING, at: datetime = NOW) -> Query:
    return Query(at - timedelta(days=7), at, as_of=at, scope=scope)


def test_slow_growth_of_a_rare_category_is_seen_within_days(lake):
    rows = growth(lake, NOW)
    alarmed = rows.filter(pl.col("alarmed_on").is_not_null())
    assert alarmed["category"].unique().to_list() == ["rare"]
    began = FIRST + timedelta(days=DAYS - 10)
    last = rows.filter(category="rare").tail(1).row(0, named=True)
    assert began - timedelta(days=2) <= last["started_on"] <= began + timedelta(days=2)
    assert last["alarmed_on"] <= began + timedelta(days=7)
    assert 20 < last["excess"] < 40


def test_what_begins_is_listed_with_the_people_it_touches_since(lake):
    (row,) = metrics.emerging(lake, asked()).to_dicts()
    assert (row["category"], row["sign"]) == ("rare", "growth")
    behind = Query(row["since"], NOW, as_of=NOW, where={"category": ("rare",)})
    (whole,) = metrics.problems(lake, behind).to_dicts()
    assert (row["contacts"], row["citizens"]) == (whole["contacts"], whole["citizens"])
    assert row["days"][-12:] == [4, 3, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6]


def test_before_it_grew_nothing_begins(lake):
    assert metrics.emerging(lake, asked(at=NOW - timedelta(days=11))).is_empty()


def test_what_keeps_coming_is_judged_as_of_the_moment(lake):
    assert metrics.persistent(lake, asked()).is_empty()  # ten days are no habit of 28
    later = metrics.persistent(lake, asked(at=NOW - timedelta(days=30)))
    assert later.is_empty()
    lake.con.execute("begin")
    for day in (1, 3, 5):
        at = NOW - timedelta(days=day)
        lake.con.execute(
            "insert into lake.bursts (category, started_at, ended_at) values ('rare', ?, ?)",
            [at, at + timedelta(hours=1)],
        )
    (row,) = metrics.persistent(lake, asked()).to_dicts()
    lake.con.execute("rollback")
    assert (row["category"], row["alarmed_days"]) == ("rare", 3)
    assert row["contacts"] == 120
    assert row["citizens"] == 3


def test_a_part_of_the_hotline_sees_no_lists_of_the_whole(lake):
    part = asked(Scope(lines=("main",)))
    assert metrics.emerging(lake, part).is_empty()
    assert metrics.persistent(lake, part).is_empty()
