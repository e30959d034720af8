"""One writer at a time: an advisory lock on a file, let go by the kernel when its holder dies."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from typing import TextIO

from pipelines.errors import LakeError
from pipelines.settings import Settings, wall_now


class LakeBusyError(LakeError):
    """Another process writes this lake."""


@contextlib.contextmanager
def writer_lock(settings: Settings, who: str) -> Iterator[bool]:
    """Hold the lake for writing; yield whether the writer before was killed.

    Raises:
        LakeBusyError: another process holds it; the message names its pid and since when.
        LakeError: the folder cannot be written.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        file = settings.lock.open("a+")
    except OSError as error:
        raise LakeError(
            f"{settings.home}: cannot be written ({error.strerror}). "
            f"Give this user the folder, or set LINIYA_HOME to another one."
        ) from error
    with file:
        if not _taken(file):
            raise LakeBusyError(
                f"{settings.home}: in use by {_holder(settings)}. "
                f"Stop it first, or set LINIYA_HOME to another folder."
            )
        file.seek(0)
        was_killed = bool(file.read())  # who ends by itself leaves the file empty
        file.seek(0)
        file.truncate()
        json.dump({"pid": os.getpid(), "who": who, "since": wall_now().isoformat()}, file)
        file.flush()
        try:
            yield was_killed
        finally:
            file.seek(0)
            file.truncate()


def _taken(file: TextIO) -> bool:
    """Try to take the lock; somebody who only looks holds it for a moment."""
    for wait_s in (0.05, 0.1, 0.2, 0.0):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(wait_s)
        else:
            return True
    return False


def is_locked(settings: Settings) -> bool:
    """Return whether some process holds the lake for writing."""
    if not settings.lock.is_file():
        return False
    with settings.lock.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def holder(settings: Settings) -> str | None:
    """Return who holds the lake for writing, or None."""
    return _holder(settings) if is_locked(settings) else None


def _holder(settings: Settings) -> str:
    try:
        held = json.loads(settings.lock.read_text("utf-8"))
        return f"{held['who']} (pid {held['pid']}, since {held['since'][:19]} UTC)"
    except (ValueError, KeyError, OSError):
        return "another worker"
