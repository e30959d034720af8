"""Who was there for a line, why its level moved by the model, and where it will be missed."""

import json
import shutil
import zipfile
from datetime import datetime, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given as tried
from hypothesis import settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import QueryError
from pipelines.lake.connect import open_lake
from pipelines.metrics import week
from pipelines.metrics.level_model import CAUSES, level_model
from pipelines.metrics.presence import shared
from pipelines.metrics.query import Query, Scope
from pipelines.metrics.risk import risk
from pipelines.metrics.sla import sla
from pipelines.metrics.split import shapley
from pipelines.reports import Words, as_week, make_page, write_figures
from pipelines.settings import Settings
from tests.metrics.conftest import MSK, Given

MONDAY = datetime(2026, 11, 16, tzinfo=MSK)  # of 2026-W47
NOW, BEFORE = (
    Query(MONDAY + timedelta(days=7 * n), MONDAY + timedelta(days=7 * n + 7), as_of=None)
    for n in (0, -1)
)
HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 9, 9, tzinfo=MSK)


def hours(**columns) -> pl.DataFrame:
    return pl.DataFrame({"hour_at": [AT] * len(next(iter(columns.values())))} | columns)


def test_work_counts_where_it_was_and_the_rest_of_the_hour_where_one_usually_works():
    ready = hours(operator_id=["a", "b", "idle"], ready_s=[3600.0, 1800.0, 3600.0])
    work = hours(
        operator_id=["a", "a", "b", "gone"],
        line=["main", "faults", "main", "main"],
        channel=["phone"] * 4,
        spent_s=[900.0, 300.0, 1800.0, 600.0],
    )
    operators, known = shared(ready, work)
    # a: 900 s and three quarters of the idle 2400 s on main; b all his half hour; who answered
    # nobody is on no line
    assert operators.select("line", "operators").rows() == [("faults", 0.25), ("main", 1.25)]
    assert known == {"main": 2700 / 3300, "faults": 1.0}  # nobody knows when «gone» was there


def test_chats_held_at_once_share_the_time_of_their_operator():
    ready = hours(operator_id=["a"], ready_s=[3600.0])
    work = hours(operator_id=["a"], line=["chat"], channel=["chat"], spent_s=[9000.0])
    operators, _ = shared(ready, work)
    assert operators["operators"].to_list() == [2.5]


@settings(max_examples=25)
@tried(st.lists(st.floats(0, 1), min_size=16, max_size=16), st.floats(-1, 1))
def test_causes_and_what_is_not_explained_add_up_to_the_change_to_the_last_digit(values, change):
    subsets = [
        frozenset(name for n, name in enumerate(CAUSES) if bits >> n & 1) for bits in range(16)
    ]
    worth = dict(zip(subsets, values, strict=True))
    parts = shapley(worth, CAUSES)
    explained = Fraction(worth[frozenset(CAUSES)]) - Fraction(worth[frozenset()])
    assert sum(parts.values()) == explained
    left = Fraction(change) - sum(parts.values())
    assert sum(parts.values()) + left == Fraction(change)


def work_of(day: datetime, operators: int) -> dict[str, list[dict]]:
    """Three hours of twenty calls: three minutes each, a second's wait with two operators."""
    legs, contacts, states = [], [], []
    for n in range(operators):
        logged = {"operator_id": f"op{n}", "source": "operators"}
        states += [
            logged | {"event_at": day + 9 * HOUR, "state": "login"},
            logged | {"event_at": day + 12 * HOUR, "state": "logout"},
        ]
    for n in range(60):
        start = day + 9 * HOUR + n * timedelta(minutes=3)
        wait = timedelta(seconds=1 if operators > 1 else 90)
        one = {"contact_id": f"calls:{start:%m%d%H%M}", "source": "calls", "channel": "phone",
               "line": "main", "received_at": start, "received_date": start.date()}  # fmt: skip
        contacts.append(one)
        legs.append(
            one | {"leg": 1, "queued_at": start, "answered_at": start + wait, "left_as": "answered",
                   "left_at": start + wait + timedelta(minutes=3), "talk_s": 180.0,
                   "operator_id": f"op{n % operators}"}
        )  # fmt: skip
    return {"contacts": contacts, "legs": legs, "operator_events": states}


@pytest.fixture(scope="module")
def staffed(new_home, tmp_path_factory):
    """Six weeks of equal days with two operators, on Mondays and in the last week with one."""
    home = tmp_path_factory.mktemp("staffed") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home))
    rows: dict[str, list[dict]] = {}
    for n in range(-35, 7):
        day = MONDAY + timedelta(days=n)
        for table, some in work_of(day, 1 if n >= 0 or day.weekday() == 0 else 2).items():
            rows.setdefault(table, []).extend(some)
    for table, some in rows.items():
        Given(lake).rows(table, *some)
    yield lake
    lake.close()


def levels(lake) -> tuple[float, float]:
    return tuple(sla(lake, query)["share"].item() for query in (BEFORE, NOW))


def test_half_of_the_operators_gone_is_told_as_operators_and_the_steps_close(staffed):
    before, now = (query.at(staffed) for query in (BEFORE, NOW))
    shares = levels(staffed)
    assert [round(one, 3) for one in shares] == [0.857, 0.0]
    told = level_model(staffed, now, before, shares)
    steps = {row["step"]: row for row in told["parts"].to_dicts()}
    assert (steps["operators"]["before"], steps["operators"]["now"]) == (
        pytest.approx(13 * 3 / 7, abs=0.01),
        pytest.approx(3, abs=0.01),
    )
    assert min(steps.values(), key=lambda row: row["change"])["step"] == "operators"
    assert [round(steps[name]["change"], 3) for name in ("volume", "handling")] == [0, 0]
    assert told["parts"]["change"].sum() == pytest.approx(shares[1] - shares[0], abs=1e-15)
    assert told["parts"]["shown"].sum() == round(shares[1] * 1000) - round(shares[0] * 1000)
    modelled = told["modelled_now"] - told["modelled_before"]
    assert sum(steps[name]["change"] for name in CAUSES) == pytest.approx(modelled, abs=1e-12)


def test_next_week_the_days_with_too_few_are_named_with_their_hours_and_how_many_more(staffed):
    told = risk(staffed, BEFORE)
    assert told["reason"] is None
    worst = told["rows"].row(0, named=True)
    assert (worst["day"], worst["line"]) == (MONDAY.date(), "main")
    assert worst["contacts"] == 60
    assert worst["low"] <= worst["level"] <= worst["high"]
    assert (worst["hours"], worst["more"]) == ("9,10,11", 2)
    assert set(told["rows"]["day"]) == {(MONDAY + timedelta(days=n)).date() for n in range(7)}


def test_where_the_log_does_not_tell_there_is_a_reason_and_no_model(staffed):
    before, now = (query.at(staffed) for query in (BEFORE, NOW))
    part = Query(now.start, now.end, as_of=now.as_of, scope=Scope(lines=("main",)))
    assert level_model(staffed, part, before, (0.8, 0.5)) == {"reason": "limited"}
    assert risk(staffed, part)["reason"] == "limited"
    first = Query(MONDAY - timedelta(days=28), MONDAY - timedelta(days=21))
    assert risk(staffed, first)["reason"] == "no_history"
    staffed.con.execute("begin")
    staffed.con.execute("delete from lake.operator_events")
    assert level_model(staffed, now, before, (0.8, 0.5)) == {"reason": "no_states"}
    assert risk(staffed, BEFORE)["reason"] == "no_states"
    staffed.con.execute("rollback")


def test_the_week_after_is_the_same_by_the_command_on_the_page_and_in_the_workbook(
    staffed, tmp_path
):
    env = {"LINIYA_HOME": str(staffed.settings.home)}
    days = ("--from", "2026-11-16", "--to", "2026-11-23", "--format", "json")
    done = CliRunner(env=env).invoke(app, ["metrics", "risk", *days])
    told = {row["day"]: row for row in json.loads(done.stdout)}
    assert (len(told), told["2026-11-23"]["line"]) == (7, "main")
    words = Words("en", staffed.settings.tz)
    report = as_week(staffed, week(staffed, "2026-W47"))
    shown = make_page(report, words)["risk"]["rows"]
    likely = [row for row in told.values() if row["chance"] >= 0.5]
    assert [row["value"] for row in shown] == [words.share(row["level"]) for row in likely]
    write_figures(report, tmp_path / "w.xlsx", words)
    with zipfile.ZipFile(tmp_path / "w.xlsx") as book:
        sheets = "".join(book.read(n).decode() for n in book.namelist() if "worksheets/" in n)
    assert all(f"<v>{row['chance']:.16G}</v>" in sheets for row in told.values())
    early = ("--from", "2026-10-01", "--to", "2026-10-05")
    done = CliRunner(env=env).invoke(app, ["metrics", "risk", *early])
    assert "No forecast: nobody queued" in done.stderr
    done = CliRunner(env=env).invoke(app, ["metrics", "risk", "--by", "line"])
    assert isinstance(done.exception, QueryError)
