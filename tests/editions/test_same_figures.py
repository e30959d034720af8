"""Page, report, workbook and `liniya metrics` say the same of a week; months and other periods."""

import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.editions.frozen import substance
from pipelines.errors import QueryError
from pipelines.metrics import Query, headline, week, weeks
from pipelines.metrics.periods import parse_period
from pipelines.metrics.side_by_side import side_by_side
from pipelines.metrics.week_demand import due, service
from pipelines.reports import as_week, make_page, write_figures
from pipelines.reports.gather import gather
from pipelines.reports.words import Words
from pipelines.settle import settle
from tests.editions.conftest import MONDAY, pass_time


@pytest.fixture(scope="module")
def settled(weeks):
    settle(weeks)
    return weeks


def asked(lake, name: str, *more: str) -> list[dict]:
    env = {"LINIYA_HOME": str(lake.settings.home), "LINIYA_CLOCK": "data"}
    days = ("--from", "2026-11-09", "--to", "2026-11-16", "--format", "json")
    done = CliRunner(env=env).invoke(app, ["metrics", name, *days, *more])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_page_pdf_workbook_and_command_agree(settled, tmp_path):
    figures = week(settled, "2026-W46")
    now = {one.name: one.value for one in headline(figures)}
    (volume,) = asked(settled, "volume")
    (level,) = asked(settled, "sla")
    kept = {row["promise"]: row for row in asked(settled, "promises")}
    problems = {row["category"]: row for row in asked(settled, "problems")}
    assert now["contacts"] == volume["contacts"] == 20
    (people,) = asked(settled, "served")
    assert (now["tried"], now["unserved"]) == (people["tried"], people["unserved"])
    assert figures["failed"]["failed"] == people["failed"]
    assert now["level"] == level["share"] == 0.7
    assert now["category:form_error"] == problems["form_error"]["contacts"] == 20
    of_promises = {k.split(":")[1]: v for k, v in now.items() if k.startswith("promise:")}
    assert of_promises == {name: row["value"] for name, row in kept.items()}

    failed = asked(settled, "failures")
    told = figures["service"]
    assert told["by_repeat"] == sum(row["by_repeat"] for row in failed)
    assert told["hours"] == sum(row["hours"] for row in failed)
    (places,) = asked(settled, "problems", "--by", "region")
    assert places["region"] is None
    assert figures["regions"]["known"] == 0
    assert figures["regions"]["contacts"] == places["contacts"]

    report = as_week(settled, figures)
    words = Words("ru", settled.settings.tz)
    page = make_page(report, words)  # what the page, PDF and HTML show
    assert page["tiles"][1]["value"] == words.number(volume["contacts"])
    shown = {row["label"]: row["value"] for row in page["promises"]["rows"]}
    for row in report["promises"]:
        if words.label(row["label"]) in shown:
            share = kept[row["promise"]]["value"]
            assert shown[words.label(row["label"])] in (words.share(share), words.duration(share))
    write_figures(report, tmp_path / "w.xlsx", words)
    with zipfile.ZipFile(tmp_path / "w.xlsx") as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/sheet" in n]
    assert f"<v>{volume['contacts']}</v>" in sheets[0]
    known = [row["value"] for row in kept.values() if row["value"] is not None]
    assert known
    assert all(f"<v>{value:.16G}</v>" in sheets[1] for value in known)


def test_the_level_that_fell_is_explained_and_its_parts_add_up(settled, monkeypatch):
    monkeypatch.setattr("pipelines.metrics.why.LEAST_BASE", 20)
    (moved,) = [one for one in week(settled, "2026-W46")["why"] if one["figure"] == "level"]
    assert (moved["before"], moved["now"]) == (1.0, 0.7)
    assert moved["parts"]["shown"].sum() == -300
    assert abs(moved["parts"]["change"].sum() - (0.7 - 1.0)) < 1e-12


def test_contacts_of_an_outage_are_told_apart_with_the_deadlines_missed_in_it(settled):
    now, before = (
        Query(*parse_period(name, settled.settings.tz), as_of=settled.now())
        for name in ("2026-W46", "2026-W45")
    )
    assert service(settled, now, before)["failed"] is None  # no outage, nothing to tell apart
    settled.con.execute("begin")
    settled.con.execute(
        "insert into lake.incidents by name select 'i' as incident_id, 'form_error' as category, "
        "$at as detected_at, $at + interval 1 hour as restored_at",
        {"at": MONDAY},
    )
    for day in (9, 10, 10):  # two deadlines of one contact are one contact
        clock(settled, f"calls:main-11{day:02}0900", f"2026-11-{day:02}", f"2026-11-{day:02}")
    told = service(settled, now, before)
    settled.con.execute("rollback")
    assert (told["contacts"], told["by_incident"]) == (20, 10)
    assert told["before"] == {"contacts": 20, "by_incident": 0}
    assert (told["failed"], told["failed_by_incident"]) == (2, 1)


def clock(lake, contact: str, came: str, due: str, stopped: str | None = None) -> None:
    """A deadline at ten of a day, kept at ten of another, or not yet."""
    at = {"due": f"{due} 10:00:00+03", "stop": stopped and f"{stopped} 10:00:00+03"}
    lake.con.execute(
        "insert into lake.clocks by name select $id as contact_id, $came::date as received_date, "
        "'statute.answer' as promise, 'clock' as kind, "
        "$came::date::timestamptz as started_at, $due::timestamptz as due_at, "
        "$stop::timestamptz as stopped_at, "
        "if($stop::varchar is null, null, 'stopped') as stop_kind",
        {"id": contact, "came": came} | at,
    )


def test_answers_due_by_law_are_those_whose_day_came_whenever_the_appeal_did(weeks, tmp_path):
    clock(weeks, "a", "2026-10-12", "2026-11-11", "2026-11-10")
    clock(weeks, "b", "2026-10-13", "2026-11-12", "2026-11-15")
    clock(weeks, "c", "2026-10-14", "2026-11-13")
    clock(weeks, "d", "2026-10-20", "2026-11-20")
    try:
        rows = asked(weeks, "due")
        report = as_week(weeks, week(weeks, "2026-W46"))
    finally:
        weeks.con.execute("delete from lake.clocks where contact_id in ('a', 'b', 'c', 'd')")
    assert rows == [
        {"promise": "statute.answer", "due": 3, "met": 1, "late": 1, "open": 1, "soon": 1}
    ]
    words = Words("en", weeks.settings.tz)
    (said,) = make_page(report, words)["statute"]
    assert "due 3, missed 2" in said
    write_figures(report, tmp_path / "w.xlsx", words)
    with zipfile.ZipFile(tmp_path / "w.xlsx") as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "liniya metrics due --from 2026-11-09 --to 2026-11-16" in texts
    of_others = Query(*parse_period("2026-W46", weeks.settings.tz), where={"promise": "phone.wait"})
    assert due(weeks, of_others).is_empty()


def test_months_and_other_periods_are_compared(settled):
    month = gather(settled, "2026-11")
    assert (month["kind"], month["contacts"], month["contacts_before"]) == ("month", 40, None)
    year = gather(settled, "2026-W46", against="last-year")
    assert (year["against"], year["contacts_before"]) == ("2025-W46", None)
    with pytest.raises(QueryError, match="an earlier week"):
        gather(settled, "2026-W46", against="2026-W47")
    with pytest.raises(QueryError, match="is compared with a week"):
        gather(settled, "2026-W46", against="2026-10")


def test_periods_of_the_lake_are_listed_the_newest_first(settled):
    assert [row["week"] for row in weeks(settled, "week")] == ["2026-W47", "2026-W46", "2026-W45"]
    (month,) = weeks(settled, "month")
    assert month == {
        "week": "2026-11",
        "first": date(2026, 11, 1),
        "last": date(2026, 11, 30),
        "is_over": False,
    }


def test_two_connections_give_the_figures_one_gives(settled):
    wide = replace(settled, is_wide=True)
    assert substance(week(wide, "2026-W46")) == substance(week(settled, "2026-W46"))


def test_who_asks_beside_sees_the_version_of_the_lake_the_other_sees_or_nothing(settled):
    seen = {}

    def part(lake, _):
        seen[id(lake)] = lake.snapshot()

    wide, parts = replace(settled, is_wide=True), dict.fromkeys(map(str, range(40)), part)
    with wide.transaction():
        was = wide.snapshot()
        other = settled.cursor()
        pass_time(other, other.now())  # a commit in between: the second connection would see it
        side_by_side(wide, parts)
        assert set(seen.values()) == {was}


def test_a_part_that_fails_is_the_error_of_the_whole_and_nobody_waits_for_it(settled):
    def fails(*_):
        raise ValueError("no such thing")

    parts = {"first": fails, "second": lambda _, told: told("first"), "third": lambda *_: 3}
    for is_wide in (False, True):
        with pytest.raises(ValueError, match="no such thing"):
            side_by_side(replace(settled, is_wide=is_wide), parts)
    done = []
    parts = {"first": lambda *_: 1, "second": lambda _, told: told("first") + 1}
    assert side_by_side(settled, parts, lambda *n: done.append(n)) == {"first": 1, "second": 2}
    assert done == [(0, 2), (1, 2)]
