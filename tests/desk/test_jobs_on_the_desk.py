"""Jobs are asked for once, taken once, and end with a result or an error."""

import sqlite3
import stat
import threading

import pytest

from pipelines import desk
from pipelines.errors import LakeError
from pipelines.settings import Settings


def test_a_job_is_taken_once_and_ends_with_its_result(settings):
    job_id = desk.ask(settings, "ingest", {"paths": ["a.csv"]})
    taken = desk.take(settings)
    assert (taken.job_id, taken.kind, taken.args) == (job_id, "ingest", {"paths": ["a.csv"]})
    assert desk.take(settings) is None
    desk.report(settings, job_id, "a.csv", 1, 3)
    assert (desk.job(settings, job_id).done, desk.job(settings, job_id).total) == (1, 3)
    desk.finish(settings, job_id, [{"read": 5}])
    assert desk.job(settings, job_id).result == [{"read": 5}]
    assert desk.job(settings, job_id).is_over


def test_a_job_a_dead_worker_left_is_asked_for_again(settings):
    job_id = desk.ask(settings, "rebuild", {})
    desk.take(settings)
    desk.requeue_interrupted(settings)
    assert desk.take(settings).job_id == job_id


def test_the_first_acts_of_several_people_at_once_find_one_desk(tmp_path):
    asked, refused = [], []

    def ask(settings):
        try:
            asked.append(desk.ask(settings, "settle", {}))
        except sqlite3.OperationalError as error:
            refused.append(str(error))

    for n in range(40):
        settings = Settings(home=tmp_path / str(n))
        people = [threading.Thread(target=ask, args=(settings,)) for _ in range(4)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        assert [path.name for path in settings.home.iterdir()] == ["desk.sqlite"]
        assert stat.S_IMODE(settings.desk.stat().st_mode) == 0o600
    assert (len(asked), refused) == (160, [])


def test_a_desk_that_cannot_be_written_says_so_and_what_it_is_for(settings):
    settings.desk.mkdir(parents=True)  # as SQLite sees a folder of a read-only disk
    with pytest.raises(LakeError, match=r"may not write there, and desk\.sqlite .* Give this user"):
        desk.ask(settings, "rebuild", {})
