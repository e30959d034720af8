"""The writing work, by name: run by a command when the lake is free, else by the worker."""

import logging
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipelines import desk
from pipelines.errors import LiniyaError
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.lock import LakeBusyError, writer_lock
from pipelines.settings import Settings

OnProgress = Callable[[str, int, int], None]
log = logging.getLogger(__name__)

FOLLOW_S = 0.3  # how often a command looks at its queued job


def _ingest(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.ingest import ingest

    paths = [Path(p) for p in args["paths"]]
    beside = Path(args["beside"]) if args.get("beside") else None
    found = list(ingest(lake, paths, args.get("source"), on_progress, beside))
    return [{**r.row(), "note": r.note, "is_known": r.is_known} for r in found]


def _rebuild(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import rebuild

    start, end = (date.fromisoformat(d) if d else None for d in (args["start"], args["end"]))
    return rebuild(lake, start, end, on_progress)


def _check(lake: Lake, args: dict[str, Any], _: OnProgress) -> Any:
    from pipelines.quality import check

    return check(lake, args.get("dataset")).to_dicts()


def _retry(lake: Lake, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import retry

    return retry(lake, args.get("source"), on_progress)


def _maintain(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import maintain

    return maintain(lake, on_progress)


def _categorise(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.problems.categorise import categorise

    return categorise(lake, on_progress)


def _refresh(lake: Lake, _: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.rebuild import refresh

    return refresh(lake, on_progress)


JOBS: dict[str, Callable[[Lake, dict[str, Any], OnProgress], Any]] = {
    "ingest": _ingest,
    "rebuild": _rebuild,
    "check": _check,
    "retry": _retry,
    "maintain": _maintain,
    "categorise": _categorise,
    "refresh": _refresh,
}


def do(settings: Settings, kind: str, args: dict[str, Any], on_progress: OnProgress) -> Any:
    """Do a job here if the lake is free, else have the worker do it and follow its progress.

    Returns:
        The job's result, made of plain JSON values.

    Raises:
        LiniyaError: the job failed; the message is the job's own.
    """
    try:
        with writer_lock(settings, f"liniya {kind}"):
            lake = open_lake(settings)
            try:
                return JOBS[kind](lake, args, on_progress)
            finally:
                lake.close()
    except LakeBusyError:
        return _follow(settings, kind, args, on_progress)


def _follow(settings: Settings, kind: str, args: dict[str, Any], on_progress: OnProgress) -> Any:
    from pipelines.lake.lock import is_locked

    job_id = desk.ask(settings, kind, args)
    idle_since = time.monotonic()
    while True:
        job = desk.job(settings, job_id)
        if job.state == "failed":
            raise LiniyaError(job.error or "the job failed")
        if job.state == "done":
            return job.result
        on_progress(job.step or "queued", job.done, job.total)
        if is_locked(settings):
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > 5:
            raise LakeBusyError(
                f"the process that held {settings.home} went away before the job was done. "
                f"The job waits on the desk: start `liniya worker`, or run this command again."
            )
        time.sleep(FOLLOW_S)


def serve_one(lake: Lake) -> bool:
    """Do the oldest queued job, if any; return whether there was one."""
    settings = lake.settings
    job = desk.take(settings)
    if job is None:
        return False

    def on_progress(step: str, done: int, total: int) -> None:
        desk.report(settings, job.job_id, step, done, total)

    try:
        result = JOBS[job.kind](lake, job.args, on_progress)
    except LiniyaError as error:
        desk.finish(settings, job.job_id, error=str(error))
    except Exception as error:
        # the board must not stop for a fault in one job: the one who asked hears of it, the log has
        # where it happened (without the message: it may quote a row)
        log.error("job %s failed\n%s", job.kind, "".join(traceback.format_tb(error.__traceback__)))
        desk.finish(
            settings, job.job_id, error=f"{type(error).__name__} in the worker; see its log"
        )
    else:
        desk.finish(settings, job.job_id, result)
    return True
