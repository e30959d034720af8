"""Great Expectations runs inside the very DuckDB that holds the rows."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from expectations import Rule, Text, suite, validate
from expectations.rules import DATASETS, rules_for
from expectations.suites import quick_suite
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings

ROOT = Path(__file__).parents[2]
JOURNAL = """
    create table staged as
    select * from (values
        (1, 'A-1', 'phone', timestamptz '2026-03-02 12:00:00+00', 'calls:1', null::varchar),
        (2, null, 'phone', timestamptz '2026-03-02 12:00:00+00', null, null),
        (3, 'A-3', 'fax', timestamptz '2026-03-02 12:00:00+00', 'calls:3', null)
    ) as t (row_no, case_number, channel, received_at, contact_id, bad_fields)
"""
EVERYTHING = ("case_number", "channel", "received_at", "contact_id")


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_suite_has_one_expectation_a_rule_with_its_words(dataset):
    rules = rules_for(dataset)
    made = suite(dataset)
    assert [e.meta["rule"] for e in made.expectations] == [rule.id for rule in rules]
    for expectation, rule in zip(made.expectations, rules, strict=True):
        assert expectation.description == rule.description.ru
        assert expectation.severity == rule.severity
        assert expectation.meta["action"] == rule.action.ru
        assert expectation.meta["action_en"] == rule.action.en
        assert rule.bad in expectation.unexpected_rows_query


@pytest.mark.parametrize("quick", [False, True])
def test_rows_are_found_beside_an_attached_lake(tmp_path, quick):
    lake = open_lake(Settings(home=tmp_path / "home"))
    lake.con.execute("create table lake.staged (row_no bigint)")  # another one of the same name
    lake.con.execute(JOURNAL)
    before = lake.snapshot()
    found = validate(lake.con, "staged", "journal", EVERYTHING, quick=quick)
    assert found.failures.rows() == [(2, "journal.id_present"), (3, "journal.channel_known")]
    assert lake.snapshot() == before
    lake.close()


def test_a_table_made_after_an_earlier_validation_is_seen():
    con = duckdb.connect()
    con.execute(JOURNAL)
    validate(con, "staged", "journal", EVERYTHING)
    con.execute("update staged set channel = 'phone', case_number = 'A-2' where row_no > 1")
    con.execute("alter table staged rename to again")
    found = validate(con, "again", "journal", EVERYTHING)
    assert found.failures.rows() == [(2, "journal.contact_present")]


def test_rules_about_columns_the_source_does_not_provide_are_not_applied():
    con = duckdb.connect()
    con.execute(JOURNAL)
    found = validate(con, "staged", "journal", ["case_number", "received_at"])
    assert "journal.channel_known" not in {r["expectation"] for r in found.results}


def test_rules_that_need_reference_data_wait_until_it_is_there():
    con = duckdb.connect()
    con.execute(
        "create table staged as select 1 as row_no, 'calls:1' as contact_id, 'answered' as kind,"
        " now() as event_at, 'NW' as line, null::varchar as bad_fields"
    )
    known = ("kind", "event_at", "line", "contact_id")
    assert validate(con, "staged", "events", known).failures.is_empty()
    con.execute("create table ref_lines as select 'main' as line")
    con.execute("create table ref_queues as select 'NW' as queue, 'main' as line")
    assert validate(con, "staged", "events", known).failures.is_empty()
    con.execute("delete from ref_queues")
    found = validate(con, "staged", "events", known)
    assert found.failures.rows() == [(1, "events.line_known")]


def test_tomorrow_is_counted_from_the_product_clock():
    con = duckdb.connect()
    con.execute(JOURNAL)
    con.execute("delete from staged where row_no > 1")
    received = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for early, rules in ((86400, []), (86401, ["journal.received_not_in_future"])):
        now = received - timedelta(seconds=early)
        found = validate(con, "staged", "journal", EVERYTHING, now=now)
        assert found.failures["expectation"].to_list() == rules


def test_an_unknown_dataset_is_refused():
    con = duckdb.connect()
    con.execute(JOURNAL)
    with pytest.raises(KeyError, match="letters"):
        validate(con, "staged", "letters", EVERYTHING)


def test_importing_the_rules_does_not_import_great_expectations_and_validating_leaves_no_files(
    tmp_path,
):
    code = (
        "import sys, duckdb, expectations\n"
        "assert 'great_expectations' not in sys.modules\n"
        "con = duckdb.connect()\n"
        "con.execute('create table staged as select 1 as row_no, null::varchar as bad_fields')\n"
        "expectations.validate(con, 'staged', 'journal', ['bad_fields'])\n"
        "assert 'great_expectations' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Calculating" not in done.stderr  # no progress bars
    assert list(tmp_path.rglob("*")) == []


def test_braces_in_a_rule_reach_duckdb_as_they_are():
    from expectations.pushdown import run

    con = duckdb.connect()
    con.execute(JOURNAL)
    text = Text("Номер", "Number")
    rule = Rule("j.x", "journal", "warning", text, text, (), "case_number similar to 'A-[0-9]{1}'")
    for made in (suite("journal", [rule]), quick_suite("journal", (rule,))):
        [found] = run(con.cursor(), "staged", made)
        assert found.result["observed_value"] == 2
