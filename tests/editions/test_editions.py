"""A published week stays as it was, says what it was made by, and later data stand beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.editions import Edition, editions, figures_of, publish
from pipelines.editions.frozen import fingerprint, freeze, thaw
from pipelines.errors import LakeError, QueryError, UsageError
from pipelines.lake.connect import Lake
from pipelines.metrics import differences, week
from pipelines.reports import write_week
from pipelines.reports.gather import gather
from tests.editions.conftest import MONDAY, calls, pass_time

FORMS = ("pdf", "xlsx", "html")


@dataclass
class Story:
    """What happened to one week, in this order, and what was seen meanwhile."""

    lake: Lake
    checked_before: int  # version of the lake
    said: str  # of the first publishing
    first: Edition
    text: str  # its figures
    files: dict[str, bytes]
    again: dict[str, Any]
    now: dict[str, Any]  # figures after thirty late calls
    told: str  # of writing it then
    last: list[Edition]


@pytest.fixture(scope="module")
def story(weeks: Lake, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("files")
    weeks.con.execute(
        "insert into lake.checks by name select 'r' as run_id, now() as run_at, 'calls' as dataset,"
        " unnest(['a', 'b']) as expectation, unnest([true, false]) as is_success"
    )
    before = weeks.snapshot()
    said = report(weeks, "--publish", "--out", str(folder / "first.html"))
    (first,) = editions(weeks, "2026-W46")
    text = weeks.con.sql("select figures from lake.editions").fetchone()[0]
    files = written(weeks, folder)
    pass_time(weeks, datetime(2026, 11, 18, 10, tzinfo=UTC))
    again = publish(weeks, "2026-W46", "analyst")
    calls(weeks, MONDAY + timedelta(days=3), [400.0] * 30, line="signature")
    now = week(weeks, "2026-W46")
    told = report(weeks, "--out", str(folder / "later.html"))
    assert (folder / "later.html").read_bytes() == (folder / "first.html").read_bytes()
    pass_time(weeks, datetime(2026, 11, 20, 9, tzinfo=UTC))  # late data have had their days
    publish(weeks, "2026-W46", "executive")
    calls(weeks, MONDAY + timedelta(days=4), [5.0], line="business")
    publish(weeks, "2026-W46", "executive")
    return Story(
        weeks, before, said, first, text, files, again, now, told, editions(weeks, "2026-W46")
    )


def report(lake: Lake, *more: str) -> str:
    env = {"LINIYA_HOME": str(lake.settings.home), "LINIYA_CLOCK": "data"}
    done = CliRunner(env=env).invoke(app, ["report", "week", "2026-W46", *more])
    assert done.exit_code == 0, done.stderr
    return done.stderr


def written(lake: Lake, folder: Path) -> dict[str, bytes]:
    for form in FORMS:
        write_week(lake, "2026-W46", folder / f"week.{form}", edition="1")
    return {form: (folder / f"week.{form}").read_bytes() for form in FORMS}


def test_figures_come_back_from_their_text_the_same_to_the_last_digit(story):
    back = thaw(freeze(story.now))
    assert freeze(back) == freeze(story.now)
    assert back["level"] == story.now["level"]
    for name in ("promises", "by_channel", "categories", "incidents", "bursts"):
        assert_frame_equal(back[name], story.now[name])


def test_a_published_week_is_the_same_byte_for_byte_whatever_comes_later(story, tmp_path):
    assert freeze(figures_of(story.lake, story.first.edition_id)) == story.text
    assert written(story.lake, tmp_path) == story.files
    assert (gather(story.lake, "2026-W46", "1")["contacts"], story.now["volume"]["contacts"]) == (
        20,
        50,
    )


def test_an_edition_says_what_it_was_made_by(story):
    one = story.first
    assert (one.number, one.kind) == (1, "preliminary")
    assert one.snapshot_id > story.checked_before  # its days were settled first
    assert (one.checks_failed, one.checks_at is None) == (1, False)
    assert one.promise_versions == {p.id: p.version for p in story.lake.reference.promises}
    assert len(one.category_version) == 12
    assert "2026-W46: edition 1 (preliminary) published" in story.said


def test_the_rows_of_marts_are_kept_and_say_what_the_figures_say(story):
    kept = story.lake.frame(
        "select json_extract(row, '$.n_offered')::bigint as n from lake.edition_rows "
        "where edition_id = $id and mart = 'mart_legs_15min'",
        {"id": story.first.edition_id},
    )
    assert kept["n"].sum() == thaw(story.text)["volume"]["offered"] == 20
    marts = story.lake.con.sql("select distinct mart from lake.edition_rows").fetchall()
    assert ("mart_visits",) not in marts  # people are not kept a second time


def test_published_again_without_news_it_is_the_same_edition(story):
    assert (story.again["edition_id"], story.again["is_new"]) == (story.first.edition_id, False)


def test_an_edition_of_before_a_figure_was_told_is_no_news_by_that(story):
    newest = story.last[0]
    told = figures_of(story.lake, newest.edition_id)
    assert told.pop("failed")["citizens"] == 51
    told["promises"] = told["promises"].drop("value_usual")
    story.lake.con.execute("begin")
    story.lake.con.execute(
        "update lake.editions set figures = $text, sha256 = $sha where edition_id = $id",
        {"text": freeze(told), "sha": fingerprint(freeze(told)), "id": newest.edition_id},
    )
    story.lake.con.execute("commit")
    again = publish(story.lake, "2026-W46", "executive")
    assert (again["edition_id"], again["is_new"]) == (newest.edition_id, False)
    assert gather(story.lake, "2026-W46", str(newest.number)).get("failed") is None


def test_a_week_is_preliminary_then_final_then_revised_and_none_is_lost(story):
    found = [
        (one.number, one.kind, gather(story.lake, "2026-W46", str(one.number))["contacts"])
        for one in story.last
    ]
    assert found == [(3, "revised", 51), (2, "final", 50), (1, "preliminary", 20)]


def test_what_later_data_changed_is_told_figure_by_figure(story):
    changed = differences(thaw(story.text), story.now)
    told = {one.name: (one.was, one.now) for one in changed}
    assert told["contacts"] == (20, 50)
    assert told["level"] == (0.7, 0.28)
    assert told["channel:phone"] == (20, 50)
    assert "repeats" not in told
    assert "contacts: 20 -> 50" in story.told


def test_a_running_week_an_empty_one_and_no_week_are_refused(story):
    for name, error, words in (
        ("2026-W47", UsageError, "not over yet"),
        ("yesterday", QueryError, "not a week, a month or a quarter"),
    ):
        with pytest.raises(error, match=words):
            publish(story.lake, name, "executive")
    with pytest.raises(QueryError, match="was not published"):
        gather(story.lake, "2026-W45", "1")
    with pytest.raises(QueryError, match=r"no edition 7. Published: 1, 2, 3"):
        gather(story.lake, "2026-W46", "7")


def test_figures_somebody_changed_are_not_shown_as_published(story):
    story.lake.con.execute("begin")
    story.lake.con.execute("update lake.editions set figures = replace(figures, '20', '21')")
    with pytest.raises(LakeError, match="changed after they were published"):
        figures_of(story.lake, story.first.edition_id)
    story.lake.con.execute("rollback")
