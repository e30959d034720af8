"""Jobs are asked for once, taken once, and end with a result or an error."""

from pipelines import desk


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
