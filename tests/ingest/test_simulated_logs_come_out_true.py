"""Two paths to one number: what the metrics say, what the simulator knows, a plain count."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.ingest import ingest
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, volume
from pipelines.settings import Settings
from pipelines.simulator import simulate

EVER = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2027, 1, 1, tzinfo=UTC)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A simulated day in a lake of their own: the lake, the truth, the accounts, the logs."""
    folder = tmp_path_factory.mktemp("simulated")
    truth = simulate(folder / "logs", days=1, contacts_per_day=500, end=date(2026, 11, 20))
    lake = open_lake(Settings(home=folder / "home"))
    accounts = list(ingest(lake, [folder / "logs"]))
    yield lake, truth, accounts, folder / "logs"
    lake.close()


def test_every_file_is_accounted_for_to_the_row(told):
    _, truth, accounts, _ = told
    for account in accounts:
        known = truth["files"][account.file]
        assert (account.read, account.accepted + account.updated, account.duplicate) == (
            known["rows"],
            known["accepted"],
            known["duplicate"],
        ), account.file
        assert account.quarantined == known["quarantined"], account.file


def test_the_quarantine_holds_the_very_rows_that_were_spoilt(told):
    lake, truth, _, _ = told
    held = lake.con.sql("select file, row_no from lake.quarantine").fetchall()
    spoilt = {(d["file"], d["row"]) for d in truth["dirty"] if d["fate"] == "quarantined"}
    assert len(held) == len(spoilt)
    assert set(held) == spoilt


def test_legs_per_line_equal_the_truth(told):
    lake, truth, _, _ = told
    as_of = datetime(2027, 1, 1, tzinfo=UTC)
    names = ("offered", "answered", "abandoned", "flowed_out", "waiting")
    calls = volume(
        lake, Query(**EVER, by=("line",), where={"source": ("calls",)}, as_of=as_of)
    ).filter(pl.col("offered") > 0)
    assert {row["line"]: {n: row[n] for n in names} for row in calls.iter_rows(named=True)} == {
        line: {n: known[n] for n in names} for line, known in truth["lines"].items()
    }
    (chats,) = volume(lake, Query(**EVER, where={"source": ("chats",)}, as_of=as_of)).to_dicts()
    assert {n: chats[n] for n in names} == {n: truth["totals"]["chats"][n] for n in names}


def test_contacts_equal_a_plain_count_over_the_logs(told):
    lake, truth, _, logs = told
    spoilt = {(d["file"], d["row"]) for d in truth["dirty"] if d["fate"] == "quarantined"}
    ids: set[str] = set()
    for path in sorted(logs.glob("feedback-*.csv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if number > 1 and (path.name, number) not in spoilt:
                ids.add(line.split(",")[0])
    assert count(lake, "feedback") == len(ids) == truth["totals"]["feedback"]["contacts"]


def count(lake: Lake, source: str) -> int:
    return lake.con.execute(
        "select count(*) from lake.contacts where source = $s", {"s": source}
    ).fetchall()[0][0]
