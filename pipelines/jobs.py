"""The writing work, by name: run by a command when the lake is free, else by the worker."""

import contextlib
import logging
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines import desk
from pipelines.cleaning.mask import shown
from pipelines.errors import LiniyaError, NoLakeError
from pipelines.lake.connect import NO_LAKE, Lake, full_disk, is_full, open_lake
from pipelines.lake.lock import LakeBusyError, is_locked, writer_lock
from pipelines.lake.upkeep import sweep
from pipelines.settings import Settings

OnProgress = Callable[[str, int, int], None]
log = logging.getLogger(__name__)

FOLLOW_S = 0.3  # how often a command looks at its queued job
MAKES_LAKE = ("ingest",)  # the others need a lake that is there


def _ingest(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.ingest import ingest

    paths = [Path(p) for p in args["paths"]]
    beside = Path(args["beside"]) if args.get("beside") else None
    again = bool(args.get("again"))
    found = list(ingest(lake, paths, args.get("source"), on_progress, beside, again))
    return [{**r.row(), "note": r.note, "is_known": r.is_known, "error": r.error} for r in found]


def _rebuild(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import rebuild

    start, end = (date.fromisoformat(d) if d else None for d in (args["start"], args["end"]))
    return rebuild(lake, start, end, on_progress)


def _check(lake: Lake, args: dict[str, Any], _: OnProgress) -> Any:
    from pipelines.quality import check

    with lake.sized():
        return check(lake, args.get("dataset")).to_dicts()


def _retry(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.retry import retry

    paths = [Path(p) for p in args.get("paths") or ()]
    return retry(lake, args.get("source"), paths, on_progress)


def _maintain(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.lake.upkeep import maintain

    return maintain(lake, on_progress)


def _categorise(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.problems.categorise import categorise

    with lake.sized():
        return categorise(lake, on_progress)


def _subtopics(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.problems.subtopics import fit_all

    with lake.sized():
        return fit_all(lake, on_progress, tuple(args.get("categories") or ()))


def _refresh(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import refresh

    return refresh(lake, on_progress)


def _acts(lake: Lake, _: dict[str, Any], __: OnProgress) -> Any:
    from pipelines.reviews.project import project as project_reviews
    from pipelines.shift.project import project

    return [project(lake), project_reviews(lake)]


def _publish(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.editions import publish

    return publish(lake, args["period"], args["who"], on_progress)


JOBS: dict[str, Callable[[Lake, dict[str, Any], OnProgress], Any]] = {
    "ingest": _ingest,
    "rebuild": _rebuild,
    "check": _check,
    "retry": _retry,
    "maintain": _maintain,
    "categorise": _categorise,
    "subtopics": _subtopics,
    "refresh": _refresh,
    "acts": _acts,
    "publish": _publish,
}


def do(settings: Settings, kind: str, args: dict[str, Any], on_progress: OnProgress) -> Any:
    """Do a job here if the lake is free, else have the worker do it and follow its progress.

    Returns:
        The job's result, made of plain JSON values.

    Raises:
        LiniyaError: the job failed; the message is the job's own.
    """
    if kind not in MAKES_LAKE and not settings.catalog.is_file():
        raise NoLakeError(NO_LAKE.format(home=settings.home))
    try:
        with writer_lock(settings, f"liniya {kind}") as was_killed:
            return _do_here(settings, kind, args, on_progress, was_killed)
    except LakeBusyError:
        return _follow(settings, kind, args, on_progress)


def _do_here(
    settings: Settings,
    kind: str,
    args: dict[str, Any],
    on_progress: OnProgress,
    was_killed: bool,
) -> Any:
    lake = open_lake(settings)
    try:
        if was_killed:
            sweep(lake)
        return JOBS[kind](lake, args, on_progress)
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise full_disk(settings) from error
        raise
    finally:
        lake.close()


def _follow(settings: Settings, kind: str, args: dict[str, Any], on_progress: OnProgress) -> Any:
    """Queue the job and wait; where the holder was no worker and went, do it here."""
    job_id = desk.ask(settings, kind, args)
    while True:
        job = desk.job(settings, job_id)
        if job.is_over:
            return _result(job)
        on_progress(job.step or "queued", job.done, job.total)
        if not is_locked(settings):
            with contextlib.suppress(LakeBusyError):  # another was faster: go on waiting
                return _take_back(settings, job_id, on_progress)
        time.sleep(FOLLOW_S)


def _take_back(settings: Settings, job_id: str, on_progress: OnProgress) -> Any:
    """Do a job of the desk that nobody does any more: its worker ended, or never was."""
    with writer_lock(settings, "liniya") as was_killed:
        job = desk.job(settings, job_id)
        if job.is_over:  # its worker was done just now
            return _result(job)
        try:
            result = _do_here(settings, job.kind, job.args, on_progress, was_killed)
        except BaseException as error:
            desk.finish(settings, job_id, error=f"{type(error).__name__} in the command")
            raise
        desk.finish(settings, job_id, result)
        return result


def _result(job: desk.Job) -> Any:
    if job.state == "failed":
        raise LiniyaError(job.error or "the job failed")
    return job.result


def serve_one(lake: Lake, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Do the oldest queued job, if any; return whether there was one.

    `meanwhile` is called between its steps, where no transaction is open: live logs go on.
    """
    settings = lake.settings
    job = desk.take(settings)
    if job is None:
        return False

    def on_progress(step: str, done: int, total: int) -> None:
        desk.report(settings, job.job_id, step, done, total)
        meanwhile()

    try:
        result = JOBS[job.kind](lake, job.args, on_progress)
    except LiniyaError as error:
        desk.finish(settings, job.job_id, error=shown(str(error)))
    except Exception as error:
        if is_full(error):
            desk.finish(settings, job.job_id, error=str(full_disk(settings)))
            return True
        # the board must not stop for a fault in one job: the one who asked hears of it, the log has
        # where it happened (without the message: it may quote a row)
        log.error("job %s failed\n%s", job.kind, "".join(traceback.format_tb(error.__traceback__)))
        desk.finish(
            settings, job.job_id, error=f"{type(error).__name__} in the worker; see its log"
        )
    else:
        desk.finish(settings, job.job_id, result)
    return True
