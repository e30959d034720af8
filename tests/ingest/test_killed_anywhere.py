"""kill -9 at random moments of ingest, commit, settling and upkeep: nothing lost, nothing twice.

And at two that are not random: a batch is committed, and nobody has heard of it yet.
"""

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipelines import desk
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.ingest.fingerprint import fingerprint
from tests.ingest.killed import kill

KILLS = 10
EVENTS = """\
{"event_at": "2026-03-02T10:00:00Z", "contact_id": "calls:e1", "kind": "received"}
{"event_at": "2026-03-02T10:00:05Z", "contact_id": "calls:e1", "line": "main", "kind": "queued"}
{"event_at": "2026-03-02T10:00:09Z", "contact_id": "calls:e1", "line": "main", "kind": "answered"}
"""
CALLS = """\
call_id,dialled_number,received_at,queued_at,answered_at,ended_at
c1,88005553535,2026-03-02T11:00:00Z,2026-03-02T11:00:05Z,2026-03-02T11:00:09Z,2026-03-02T11:02:00Z
c2,88005553535,2026-03-02T11:01:00Z,2026-03-02T11:01:05Z,,2026-03-02T11:01:40Z
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory, new_home) -> Path:
    """The folder of what was killed; every child is of one process (tests/ingest/killed.py)."""
    folder = tmp_path_factory.mktemp("killed")
    shutil.copytree(new_home, folder / "unsaid")
    (folder / "unsaid" / "inbox").mkdir()
    (folder / "unsaid" / "inbox" / "events.jsonl").write_text(EVENTS)
    (folder / "unsaid" / "calls.csv").write_text(CALLS)
    return folder


@pytest.fixture(scope="module")
def struck(work) -> dict[str, int]:
    logs = work / "logs"
    simulate(logs, days=1, contacts_per_day=60, end=date(2026, 11, 20), dirt=0.05)
    for feedback in logs.glob("feedback-*"):
        feedback.unlink()  # it goes the way of the chats
    return kill(work, KILLS, 7)


def test_killed_again_and_again_the_lake_is_the_one_of_an_undisturbed_ingest(work, struck):
    assert sum(struck.values()) == KILLS
    # where is a matter of luck and of how busy the machine is: files, judging, upkeep
    assert len(struck) > 2, struck
    homes = [Settings(home=work / name) for name in ("calm", "killed")]
    undisturbed, killed = (open_lake(home, read_only=True) for home in homes)
    assert fingerprint(killed) == fingerprint(undisturbed)
    assert fingerprint(undisturbed)["contacts"][0] > 40
    undisturbed.close()
    killed.close()
    writer = open_lake(homes[1])
    orphans = "call ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
    assert writer.con.sql(orphans).fetchall() == []
    writer.close()


@pytest.mark.usefixtures("struck")
def test_a_batch_committed_but_not_acknowledged_is_not_counted_again_after_the_kill(work):
    settings = Settings(home=work / "unsaid")
    job = desk.job(settings, (settings.home / "asked").read_text("utf-8"))
    assert (job.state, job.result[0]["read"], job.result[0]["duplicate"]) == ("done", 2, 2)
    lake = open_lake(settings, read_only=True)
    ledger = "select name, read, accepted, duplicate, position from lake.files order by name"
    assert lake.con.sql(ledger).fetchall() == [
        ("calls.csv", 2, 2, 0, len(CALLS)), ("events.jsonl", 3, 3, 0, len(EVENTS)),
    ]  # fmt: skip
    rows = "select contact_id, count(*) from lake.legs group by all order by all"
    assert lake.con.sql(rows).fetchall() == [("calls:c1", 1), ("calls:c2", 1), ("calls:e1", 1)]
    kinds = "select count(*), count(distinct (contact_id, kind)) from lake.events"
    assert len(set(lake.con.sql(kinds).fetchall()[0])) == 1
    lake.close()
