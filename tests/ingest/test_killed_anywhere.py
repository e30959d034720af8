"""kill -9 at random moments of ingest, commit, settling and upkeep: nothing lost, nothing twice."""

from datetime import date

from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.ingest.fingerprint import fingerprint
from tests.ingest.killed import kill

KILLS = 10


def test_killed_again_and_again_the_lake_is_the_one_of_an_undisturbed_ingest(tmp_path):
    logs = tmp_path / "logs"
    simulate(logs, days=1, contacts_per_day=60, end=date(2026, 11, 20), dirt=0.05)
    for feedback in logs.glob("feedback-*"):
        feedback.unlink()  # it goes the way of the chats
    struck = kill(tmp_path, KILLS, 7)
    assert sum(struck.values()) == KILLS
    # where is a matter of luck and of how busy the machine is: files, judging, upkeep
    assert len(struck) > 2, struck
    homes = [Settings(home=tmp_path / name) for name in ("calm", "killed")]
    undisturbed, killed = (open_lake(home, read_only=True) for home in homes)
    assert fingerprint(killed) == fingerprint(undisturbed)
    assert fingerprint(undisturbed)["contacts"][0] > 40
    undisturbed.close()
    killed.close()
    writer = open_lake(homes[1])
    orphans = "call ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
    assert writer.con.sql(orphans).fetchall() == []
    writer.close()
