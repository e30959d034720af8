"""Tables of other systems through their profiles, down to the lake and the promised date."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.ingest import ingest, ingest_file
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, promises, volume
from pipelines.retry import retry
from pipelines.settings import ROOT, Settings
from pipelines.sources import Context
from pipelines.stage import FileResult

SAMPLES = Path(__file__).parent.parent / "sources" / "samples"
Put = Callable[..., FileResult]

TIMES = """
    select contact_id, strftime(due_at, '%d.%m %H:%M:%S'), strftime(answered_at, '%d.%m %H:%M:%S')
    from lake.contacts left join lake.legs using (contact_id) order by contact_id
"""
JUDGED = "select contact_id, value from lake.events where kind = 'due_judged' order by contact_id"


def test_an_export_that_writes_its_columns_in_other_letters_is_the_same_source(
    lake: Lake, put: Put, tmp_path: Path
) -> None:
    head, rows = (SAMPLES / "city_311.csv").read_text("utf-8").split("\n", 1)
    early = head.upper().replace("SLA_TARGET_DT", "TARGET_DT").replace("ON_TIME", "OnTime_Status")
    (tmp_path / "early.csv").write_text(f"{early}\n{rows}", "utf-8")
    result = put(tmp_path / "early.csv")
    assert (result.source, result.accepted, result.quarantined) == ("city_311", 5, 1)
    assert [value for _, value in lake.con.sql(JUDGED).fetchall()] == [
        "kept", "missed", "missed", "missed",
    ]  # fmt: skip
    again = put(SAMPLES / "city_311.csv")  # the same requests under the names of today
    assert (again.duplicate, again.accepted, again.updated) == (5, 0, 0)


def test_requests_of_a_311_service_keep_their_due_date_and_its_own_mark(
    lake: Lake, put: Put
) -> None:
    result = put(SAMPLES / "city_311.csv")
    assert (result.source, result.read, result.accepted, result.quarantined) == (
        "city_311",
        6,
        5,
        1,
    )
    assert lake.con.sql(TIMES).fetchall() == [
        ("city_311:101004116078", "12.01 13:30:00", "07.01 19:05:12"),
        ("city_311:101004116079", "06.01 14:00:00", "09.01 21:30:00"),
        ("city_311:101004116080", "21.01 04:59:59", None),  # a day lasts to its end
        ("city_311:101004116081", None, "07.01 17:00:00"),
        ("city_311:101004116082", "09.01 15:00:00", "09.01 15:00:00"),
    ]
    assert [value for _, value in lake.con.sql(JUDGED).fetchall()] == [
        "kept", "missed", "missed", "missed",
    ]  # fmt: skip
    # a mark that contradicts its own times is a warning: answered at the very moment it was due is
    # kept, whatever the service says
    found = lake.frame(
        "select n_failed from lake.checks where expectation = 'feedback.on_time_agrees'"
    )
    assert found["n_failed"].to_list() == [1]


def test_the_due_date_of_the_source_is_a_promise_with_the_row_of_the_document(
    settings: Settings, new_home: Path, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    row = text.split("```yml\n")[1].split("```")[0]
    shutil.copytree(settings.reference, tmp_path / "reference")
    with (tmp_path / "reference" / "promises.yml").open("a", encoding="utf-8") as file:
        file.write(row)
    shutil.copytree(new_home, settings.home)
    lake = open_lake(replace(settings, reference=tmp_path / "reference"))
    list(ingest(lake, [SAMPLES / "city_311.csv"]))
    january = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))
    frame = promises(lake, Query(*january))
    lake.close()
    row = frame.filter(pl.col("promise") == "feedback.due").row(0, named=True)
    assert (row["met"], row["breached"], row["overdue"]) == (2, 1, 1)


def test_dates_of_new_york_read_month_first_with_pm(lake: Lake, put: Put) -> None:
    result = put(SAMPLES / "nyc_311.csv")
    assert (result.source, result.accepted) == ("nyc_311", 2)
    rows = lake.con.sql(
        "select strftime(received_at, '%d.%m %H:%M:%S') from lake.contacts"
    ).fetchall()
    assert sorted(rows) == [("01.02 04:59:53",), ("31.01 17:00:00",)]


def test_answers_of_the_city_portal_counted_from_the_lake_are_those_of_its_table(
    lake: Lake, shared_data: Path, tmp_path: Path
) -> None:
    """Of its first 3,000 appeals; tests/sources reads the whole table to the last one."""
    folder = shared_data / "spb_appeals"
    raw = pl.read_parquet(folder / "appeals.parquet").head(3_000)
    events = pl.read_parquet(folder / "events.parquet").join(raw, on="id", how="semi")
    path = tmp_path / "appeals.parquet"
    raw.write_parquet(path)
    events.write_parquet(tmp_path / "events.parquet")
    result = ingest_file(lake, path, Context.of(lake.settings), "spb_appeals")
    assert (result.read, result.accepted) == (3_000, 3_000)
    assert result.note == f"events.parquet: {len(events)} rows of events"
    for days in (1, 3, 7, 10, 14, 30):
        within = pl.col("final_answer_at") - pl.col("created_at") <= timedelta(days=days)
        for answer in (
            "select count(*) from lake.legs where answered_at - queued_at <= to_days($days)",
            "select count(distinct contact_id) from lake.events where kind = 'replied' "
            "and event_at - received_at <= to_days($days)",
        ):
            counted = lake.con.execute(answer, {"days": days}).fetchall()[0][0]
            assert counted == raw.select(within.sum()).item() > 0


def test_a_file_read_by_a_wrong_profile_is_read_once_more_by_the_mended_one(
    settings: Settings, new_home: Path, tmp_path: Path
) -> None:
    """Days up to the 12th read well with day and month exchanged: nothing holds such rows back."""
    folder, file = tmp_path / "sources", tmp_path / "x.csv"
    folder.mkdir()
    profile = "dataset: feedback\nzone: UTC\ncolumns: {feedback_id: id, received_at: at}\n"
    file.write_text("id,at\n1,03/02/2026 10:00\n2,03/13/2026 10:00\n")
    shutil.copytree(new_home, settings.home)
    lake = open_lake(replace(settings, sources=folder))

    def read(form: str, *, again: bool) -> list[tuple[int, ...]]:
        (folder / "mine.yml").write_text(f"{profile}time_formats: {form}\n")
        done = list(ingest(lake, [file], "mine", again=again))
        return [(r.accepted, r.updated, r.duplicate, r.quarantined) for r in done]

    assert read("day_first", again=False) == [(1, 0, 0, 1)]
    assert read("month_first", again=False) == [(0, 0, 2, 0)]  # known: nothing is read
    assert read("month_first", again=True) == [(1, 1, 0, 0)]
    assert [r["tried"] for r in retry(lake, None, [file], lambda *_: None)] == [1]
    days = "select strftime(received_at, '%d.%m') from lake.contacts order by contact_id"
    assert lake.con.sql(days).fetchall() == [("02.03",), ("13.03",)]
    assert volume(lake, Query(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)))[
        "contacts"
    ].to_list() == [0]
    held = lake.con.sql("select count(*) from lake.quarantine where status = 'held'")
    assert held.fetchall() == [(0,)]
    lake.close()
