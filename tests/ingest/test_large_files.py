"""A file larger than one transaction: the same lake, and an ingest cut off goes on."""

import pytest

import pipelines.ingest
import pipelines.lake.connect
import pipelines.sources.raw
from pipelines.ingest import ingest, ingest_file
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.sources import Context
from tests.ingest.fingerprint import fingerprint

HEAD = "call_id,leg,dialled_number,received_at,queued_at,answered_at,ended_at,operator_id,category"
N = 120


def row(n: int, leg: int = 1) -> str:
    minute, second = divmod(n, 60)
    at = f"2026-03-02T10:{minute:02}:{second:02}+03:00"
    end = "2026-03-02T11:00:00+03:00" if n % 7 else "2026-03-02T09:00:00+03:00"
    return f"c{n},{leg},88005553535,{at},{at},{at},{end},op{n % 3},form_error"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Calls, every seventh impossible; the first ones again at the end, and a late second leg."""
    file = tmp_path_factory.mktemp("log") / "calls.csv"
    rows = [row(n) for n in range(N)] + [row(n) for n in range(10)] + [row(1, leg=2)]
    file.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    return file


@pytest.fixture
def small(monkeypatch):
    """Transactions of some dozens of rows."""
    monkeypatch.setattr(pipelines.sources.raw, "PART_BYTES", 4_000)
    monkeypatch.setattr(pipelines.ingest, "FULL", 100)


def empty_lake(home):
    """With the key of every other one: hashes compare."""
    home.mkdir()
    (home / "identity.key").write_text("0" * 64, "ascii")
    (home / "identity.key").chmod(0o600)
    return open_lake(Settings(home=home))


@pytest.fixture(scope="module")
def whole(log, tmp_path_factory):
    """The lake of the log in one transaction: what it says, its snapshots, and the account."""
    lake = empty_lake(tmp_path_factory.mktemp("whole") / "home")
    (result,) = ingest(lake, [log])
    found = fingerprint(lake), lake.snapshot(), result
    lake.close()
    return found


def test_a_file_in_many_transactions_on_all_cores_makes_the_lake_of_one_on_one(
    log, whole, tmp_path, small, monkeypatch
):
    one, before, told = whole
    monkeypatch.setattr(pipelines.lake.connect, "MANY_ROWS", 1)
    parts = empty_lake(tmp_path / "parts")
    (told_again,) = ingest(parts, [log])
    assert (told.read, told.quarantined) == (N + 11, 18 + 2)
    for name in ("read", "accepted", "updated", "duplicate", "quarantined"):
        assert getattr(told_again, name) == getattr(told, name), name
    assert parts.snapshot() > before + 1
    other = fingerprint(parts)
    # what a contact was before its second leg came in a transaction of its own is kept
    for table in set(one) - {"contact_change"}:
        assert other[table] == one[table], table
    parts.close()


def test_an_ingest_that_was_cut_off_goes_on_where_it_stood(log, whole, tmp_path, small):
    one, _, told = whole

    class CutOffError(Exception):
        pass

    def cut(rows: int) -> None:
        raise CutOffError

    lake = empty_lake(tmp_path / "cut")
    context = Context.of(lake.settings)
    with pytest.raises(CutOffError):
        ingest_file(lake, log, context, "calls", cut)
    partial = lake.con.sql("select read, is_partial from lake.files").fetchall()
    assert partial[0][1]
    assert 20 < partial[0][0] < N
    (again,) = ingest(lake, [log])
    assert (again.read, again.accepted, again.duplicate) == (
        told.read, told.accepted, told.duplicate,
    )  # fmt: skip
    assert lake.con.sql("select read, is_partial from lake.files").fetchall() == [(N + 11, False)]
    (repeated,) = ingest(lake, [log])
    assert repeated.is_known
    other = fingerprint(lake)
    for table in ("contacts", "legs", "events", "quarantine", "clocks", "mart_legs_15min"):
        assert other[table] == one[table], table
    lake.close()
