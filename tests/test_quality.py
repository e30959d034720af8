"""Check re-reads the lake's own rows; the quarantine lists what was not accepted."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from expectations.lake import LAKE_RULES
from pipelines.errors import QueryError
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import quarantine, quarantine_row
from pipelines.quality import broken_rows, check
from pipelines.settings import Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = {"received_at": NOON, "received_date": NOON.date()}
GOOD = {
    "contacts": {
        "contact_id": "calls:1", "channel": "phone", "line": "main", "category": "passport",
        "outcome": "served", "language": "ru", "rating": 5.0, "text": "Паспорт [ПАСПОРТ]",
        "case_number": "4512 345678", **DAY,
    },
    "legs": {
        "contact_id": "calls:1", "leg": 1, "channel": "phone", "queued_at": NOON,
        "answered_at": NOON, "left_at": NOON, "left_as": "answered", "talk_s": 0.0, **DAY,
    },
    "events": {
        "contact_id": "calls:1", "seq": 1, "event_at": NOON, "kind": "received",
        "value": "8-800-555-35-35 про 4512345678", **DAY,
    },
    "clocks": {
        "promise": "phone.wait_max", "promise_version": 1, "kind": "clock", "number": 1,
        "contact_id": "calls:1", "started_at": NOON, "due_at": NOON, "stopped_at": NOON,
        "stop_kind": "stopped", "paused_s": 0.0, "received_date": DAY["received_date"],
    },
    "operator_events": {"operator_id": "op1", "event_at": NOON, "state": "login"},
    "operators": {"operator_id": "op1"},
    "journal": {"case_number": "A-1", "contact_id": "calls:1", "channel": "phone", **DAY},
    "cdr": {"source": "asterisk_cdr", "row_key": 1, "started_at": NOON},
    "source_rows": {"source": "calls", "row_key": 1},
    "files": {
        "file_id": "f1", "read": 10, "accepted": 6, "updated": 1, "duplicate": 1, "quarantined": 2,
    },
}  # fmt: skip
EARLIER = NOON - timedelta(seconds=1)
# rule -> the rows of its table that break it, as changes of the good row; `None`: the good row
# once more beside itself
FAULTS: dict[str, list[dict[str, object]]] = {
    "lake.contacts.key_unique": [{}, {}],
    "lake.contacts.id_and_time_present": [{"received_at": None, "received_date": None}],
    "lake.contacts.day_is_local": [{"received_at": NOON.replace(hour=21)}],
    "lake.contacts.times_possible": [
        {"received_at": datetime(1970, 1, 1, tzinfo=UTC), "received_date": date(1970, 1, 1)}
    ],
    "lake.contacts.text_masked": [{"text": "звоните 8 916 123-45-67"}],
    "lake.contacts.channel_known": [{"channel": "pigeon"}],
    "lake.contacts.category_known": [{"category": "Благоустройство"}],
    "lake.contacts.language_known": [{"language": "xx"}],
    "lake.contacts.outcome_known": [{"outcome": "other"}],
    "lake.contacts.rating_in_range": [{"rating": 6.0}],
    "lake.contacts.line_known": [{"line": "NW"}],
    "lake.legs.key_unique": [{}, {}],
    "lake.legs.of_a_contact": [{"contact_id": "calls:2"}],
    "lake.legs.in_order": [{"answered_at": EARLIER}],
    "lake.legs.accounted": [{"left_as": "abandoned"}],
    "lake.legs.durations_not_negative": [{"talk_s": -1.0}],
    "lake.events.key_unique": [{}, {}],
    "lake.events.of_a_contact": [{"received_date": date(2026, 3, 3)}],
    "lake.events.times_possible": [{"event_at": datetime(2100, 1, 1, tzinfo=UTC)}],
    "lake.events.kind_known": [{"kind": "teleported"}],
    "lake.events.value_masked": [{"value": "почта ivan@mail.ru"}],
    "lake.clocks.key_unique": [{}, {}],
    "lake.clocks.of_a_contact": [{"contact_id": "calls:2"}],
    "lake.clocks.in_order": [{"stopped_at": EARLIER}],
    "lake.clocks.stopped_for_a_reason": [{"stop_kind": None}],
    "lake.clocks.values_not_negative": [{"value": -2.0}],
    "lake.operator_events.key_unique": [{}, {}],
    "lake.operator_events.times_possible": [{"event_at": datetime(1900, 1, 1, tzinfo=UTC)}],
    "lake.operator_events.state_known": [{"state": "lunch"}],
    "lake.operators.key_unique": [{}, {}],
    "lake.journal.key_unique": [{}, {}],
    "lake.journal.channel_known": [{"channel": "fax"}],
    "lake.cdr.key_unique": [{}, {}],
    "lake.cdr.times_possible": [{"started_at": datetime(1970, 1, 1, tzinfo=UTC)}],
    "lake.source_rows.key_unique": [{}, {}],
    "lake.files.accounted": [{"duplicate": 0}],
}


def put(lake: Lake, table: str, *rows: dict[str, object]) -> None:
    lake.con.register("given", pl.DataFrame(list(rows)))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


# table -> the column by which its rows are told apart, and values of it for further rows
OWN: dict[str, tuple[str, Callable[[int], object]]] = {
    "contacts": ("contact_id", "calls:1{:02}".format),
    "legs": ("leg", lambda n: n + 1),
    "events": ("seq", lambda n: n + 1),
    "clocks": ("number", lambda n: n + 1),
    "operator_events": ("operator_id", "op1{:02}".format),
    "operators": ("operator_id", "op1{:02}".format),
    "journal": ("case_number", "A-1{:02}".format),
    "cdr": ("row_key", lambda n: n + 1),
    "source_rows": ("row_key", lambda n: n + 1),
    "files": ("file_id", "f1{:02}".format),
}


def opened(folder: Path, new_home: Path) -> Lake:
    shutil.copytree(new_home, folder / "home")
    lake = open_lake(Settings(home=folder / "home"))
    for table, row in GOOD.items():
        put(lake, table, row)
    return lake


@pytest.fixture(scope="module")
def good_lake(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Iterator[Lake]:
    """A row in each table, none of them wrong; nothing has been checked."""
    lake = opened(tmp_path_factory.mktemp("good"), new_home)
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def spoilt(
    tmp_path_factory: pytest.TempPathFactory, new_home: Path
) -> Iterator[tuple[Lake, pl.DataFrame]]:
    """The good lake with the fault of each rule in rows of its own, and its check."""
    lake = opened(tmp_path_factory.mktemp("spoilt"), new_home)
    for table, (column, key) in OWN.items():
        rows = [
            GOOD[table] | {column: key(n)} | change
            for n, rule in enumerate((r for r in FAULTS if r.split(".")[1] == table), 1)
            for change in FAULTS[rule]
        ]
        put(lake, table, *rows)
    yield lake, check(lake)
    lake.close()


def broken(found: pl.DataFrame) -> dict[str, int]:
    return dict(found.filter(~pl.col("is_success")).select("expectation", "n_failed").iter_rows())


def test_every_rule_of_the_lake_has_a_fault_and_words():
    assert set(FAULTS) == {rule.id for rule in LAKE_RULES}
    assert len({rule.id for rule in LAKE_RULES}) == len(LAKE_RULES)
    assert all(all((*rule.description, *rule.action)) for rule in LAKE_RULES)


def test_a_reader_checks_too_and_stores_nothing(good_lake):
    reader = open_lake(good_lake.settings, read_only=True)
    assert broken(check(reader)) == {}
    assert reader.frame("select * from lake.checks").is_empty()
    reader.close()


def test_a_good_lake_breaks_nothing_and_every_rule_has_run(good_lake):
    found = check(good_lake)
    assert broken(found) == {}
    assert set(found["expectation"]) == set(FAULTS)
    assert set(found["n_rows"]) == {1}


def test_an_empty_lake_breaks_nothing(lake):
    assert broken(check(lake)) == {}


def test_each_rule_of_the_lake_catches_its_own_fault_and_only_it(spoilt):
    _, found = spoilt
    assert broken(found) == {rule: len(changes) for rule, changes in FAULTS.items()}


def test_results_are_stored_with_one_run_id(spoilt):
    lake, found = spoilt
    stored = lake.frame("select * from lake.checks order by expectation")
    assert stored.select("expectation", "n_rows", "n_failed", "is_success").equals(
        found.sort("expectation").select("expectation", "n_rows", "n_failed", "is_success")
    )
    assert stored["run_id"].n_unique() == 1
    assert set(stored["source"]) == {"lake"}


def test_a_log_is_checked_by_the_contacts_it_became(lake):
    put(lake, "contacts", GOOD["contacts"])
    put(
        lake,
        "contacts",
        GOOD["contacts"] | {"contact_id": "chats:1", "channel": "chat", "rating": 0.0},
    )
    assert broken(check(lake, "calls")) == {}
    assert broken(check(lake, "chats")) == {"lake.contacts.rating_in_range": 1}
    assert set(check(lake, "journal")["dataset"]) == {"lake.journal"}


def test_an_unknown_dataset_is_named_with_the_nearest(lake):
    with pytest.raises(QueryError, match="did you mean 'contacts'"):
        check(lake, "contracts")


def hold(lake: Lake, row_no: int, **more: object) -> None:
    row = {
        "quarantine_id": f"f1-{row_no}", "source": "calls", "dataset": "calls", "file": "calls.csv",
        "row_no": row_no, "expectations": "calls.ended_after_answered;calls.rating_in_range",
        "reason": "r", "action": "a", "row": "{}", "quarantined_at": NOON, "status": "held",
    }  # fmt: skip
    put(lake, "quarantine", row | more)


def test_quarantine_is_listed_newest_first_and_filtered(lake):
    hold(lake, 1)
    hold(lake, 2, quarantined_at=NOON.replace(hour=22))  # the next day in Moscow
    hold(lake, 3, source="chats", dataset="chats", expectations="readable_row")
    hold(lake, 4, status="retried")

    def ids(**wanted: object) -> list[int]:
        return quarantine(lake, **wanted)["row_no"].to_list()

    assert ids() == [2, 1, 3]
    assert ids(source="calls") == [2, 1]
    assert ids(dataset="chats") == [3]
    assert ids(day=date(2026, 3, 3)) == [2]
    assert ids(expectation="calls.rating_in_range") == [2, 1]
    assert ids(status=None) == [2, 1, 3, 4]
    assert ids(limit=1) == [2]


def test_one_held_row_is_shown_with_its_reasons(lake):
    hold(lake, 1)
    shown = quarantine_row(lake, "f1-1")
    assert shown.select("row_no", "reason", "action", "row").rows() == [(1, "r", "a", "{}")]
    with pytest.raises(QueryError, match="quarantine list"):
        quarantine_row(lake, "f1-9")


def test_rows_that_break_a_rule_of_the_lake_are_read_from_it_and_raw_texts_never_shown(spoilt):
    lake, checked = spoilt
    found = broken_rows(lake, "lake.contacts.rating_in_range")
    assert found.select("fate", "row", "total").rows() == [("in_lake", '{"rating":6.0}', 1)]
    assert found["contact_id"].str.contains(r"^calls:1\d\d$").all()
    assert broken(checked)["lake.contacts.text_masked"] == 1
    assert broken_rows(lake, "lake.contacts.text_masked").is_empty()
    with pytest.raises(QueryError, match="did you mean"):
        broken_rows(lake, "lake.contacts.rating")
