"""A published week stays as it was, says what it was made by, and later data stand beside it."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.editions import editions, figures_of, publish
from pipelines.editions.frozen import freeze, thaw
from pipelines.errors import LakeError, QueryError, UsageError
from pipelines.metrics import differences, week
from pipelines.reports.gather import gather
from tests.editions.conftest import MONDAY, calls, pass_time

FINAL = datetime(2026, 11, 20, 9, tzinfo=UTC)


def late_calls(lake):
    """Thirty calls of the published week that came in after it."""
    calls(lake, MONDAY + timedelta(days=3), [400.0] * 30, line="signature")


def test_figures_come_back_from_their_text_the_same_to_the_last_digit(weeks):
    figures = week(weeks, "2026-W46")
    text = freeze(figures)
    back = thaw(text)
    assert freeze(back) == text
    assert back["level"] == figures["level"]
    for name in ("promises", "by_channel", "categories", "incidents", "bursts"):
        assert_frame_equal(back[name], figures[name])


def test_a_published_week_is_the_same_byte_for_byte_whatever_comes_later(weeks, tmp_path):
    made = publish(weeks, "2026-W46", "executive")
    text = weeks.con.sql("select figures from lake.editions").fetchone()[0]
    shown = gather(weeks, "2026-W46")
    late_calls(weeks)
    pass_time(weeks, FINAL)
    assert freeze(figures_of(weeks, made["edition_id"])) == text
    assert gather(weeks, "2026-W46") == shown
    assert (shown["contacts"], gather(weeks, "2026-W46", "now")["contacts"]) == (20, 50)


def test_an_edition_says_what_it_was_made_by(weeks):
    weeks.con.execute(
        "insert into lake.checks by name select 'r' as run_id, now() as run_at, 'calls' as dataset,"
        " unnest(['a', 'b']) as expectation, unnest([true, false]) as is_success"
    )
    snapshot = weeks.snapshot()
    publish(weeks, "2026-w46", "executive")
    (one,) = editions(weeks, "2026-W46")
    assert (one.number, one.kind, one.published_by) == (1, "preliminary", "executive")
    assert one.snapshot_id > snapshot  # settled first
    assert (one.checks_failed, one.checks_at is None) == (1, False)
    newest = {p.id: p.version for p in weeks.reference.promises}
    assert one.promise_versions == newest
    assert len(one.category_version) == 12


def test_the_rows_of_marts_are_kept_and_say_what_the_figures_say(weeks):
    made = publish(weeks, "2026-W46", "executive")
    late_calls(weeks)
    kept = weeks.frame(
        "select json_extract(row, '$.n_offered')::bigint as n from lake.edition_rows "
        "where edition_id = $id and mart = 'mart_legs_15min'",
        {"id": made["edition_id"]},
    )
    assert kept["n"].sum() == figures_of(weeks, made["edition_id"])["volume"]["offered"] == 20
    marts = weeks.con.sql("select distinct mart from lake.edition_rows").fetchall()
    assert ("mart_citizens_day",) not in marts  # people are not kept a second time


def test_published_again_without_news_it_is_the_same_edition(weeks):
    first = publish(weeks, "2026-W46", "executive")
    pass_time(weeks, datetime(2026, 11, 18, 10, tzinfo=UTC))
    again = publish(weeks, "2026-W46", "analyst")
    assert again == first | {"is_new": False}
    assert len(editions(weeks)) == 1


def test_a_week_is_preliminary_then_final_then_revised_and_none_is_lost(weeks):
    publish(weeks, "2026-W46", "executive")
    pass_time(weeks, FINAL)  # late data have had their three days
    publish(weeks, "2026-W46", "executive")
    late_calls(weeks)
    publish(weeks, "2026-W46", "executive")
    found = [(e.number, e.kind, gather(weeks, "2026-W46", str(e.number))["contacts"])
             for e in editions(weeks, "2026-W46")]  # fmt: skip
    assert found == [(3, "revised", 50), (2, "final", 20), (1, "preliminary", 20)]


def test_what_later_data_changed_is_told_figure_by_figure(weeks):
    made = publish(weeks, "2026-W46", "executive")
    late_calls(weeks)
    changed = differences(figures_of(weeks, made["edition_id"]), week(weeks, "2026-W46"))
    told = {one.name: (one.was, one.now) for one in changed}
    assert told["contacts"] == (20, 50)
    assert told["level"] == (0.7, 0.28)
    assert told["channel:phone"] == (20, 50)
    assert "repeats" not in told


def test_a_running_week_an_empty_one_and_no_week_are_refused(weeks):
    with pytest.raises(UsageError, match="not over yet"):
        publish(weeks, "2026-W47", "executive")
    with pytest.raises(UsageError, match="nothing to publish"):
        publish(weeks, "2026-W40", "executive")
    with pytest.raises(QueryError, match="not a week"):
        publish(weeks, "yesterday", "executive")
    with pytest.raises(QueryError, match="was not published"):
        gather(weeks, "2026-W46", "1")
    publish(weeks, "2026-W46", "executive")
    with pytest.raises(QueryError, match=r"no edition 7. Published: 1"):
        gather(weeks, "2026-W46", "7")


def test_figures_somebody_changed_are_not_shown_as_published(weeks):
    made = publish(weeks, "2026-W46", "executive")
    weeks.con.execute("update lake.editions set figures = replace(figures, '20', '21')")
    with pytest.raises(LakeError, match="changed after they were published"):
        figures_of(weeks, made["edition_id"])


def test_the_command_publishes_writes_the_edition_and_tells_what_changed(
    weeks, tmp_path, monkeypatch
):
    home = weeks.settings.home
    monkeypatch.setenv("LINIYA_HOME", str(home))
    monkeypatch.setenv("LINIYA_CLOCK", "data")
    first, second = tmp_path / "first.html", tmp_path / "second.html"
    done = CliRunner().invoke(app, ["report", "week", "2026-W46", "--publish", "--out", str(first)])
    assert done.exit_code == 0, done.stderr
    assert "2026-W46: edition 1 (preliminary) published" in done.stderr
    late_calls(weeks)
    done = CliRunner().invoke(app, ["report", "week", "2026-W46", "--out", str(second)])
    assert second.read_bytes() == first.read_bytes()
    assert "contacts: 20 -> 50" in done.stderr
    done = CliRunner().invoke(
        app, ["report", "week", "2026-W46", "--edition", "now", "--out", str(second)]
    )
    assert second.read_bytes() != first.read_bytes()
    assert CliRunner().invoke(app, ["report", "week", "2026-W46"]).exit_code != 0


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "html"])
def test_the_same_edition_is_the_same_file(weeks, tmp_path, ending):
    from pipelines.reports import write_week

    publish(weeks, "2026-W46", "executive")
    files = [tmp_path / f"{n}.{ending}" for n in range(2)]
    write_week(weeks, "2026-W46", files[0])
    late_calls(weeks)
    write_week(weeks, "2026-W46", files[1])
    assert files[0].read_bytes() == files[1].read_bytes()
