"""A writing command runs here, or waits its turn, and never leaves its job behind."""

import errno
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest

from pipelines import desk, jobs
from pipelines.errors import LakeError
from pipelines.lake.connect import is_full, open_lake
from pipelines.lake.lock import writer_lock
from pipelines.settings import Settings

ALL = {"start": None, "end": None}
NOTHING = {"days": 0, "contacts": 0}  # what a rebuild of an empty lake says


def silent(*_: object) -> None:
    """Progress nobody looks at."""


@pytest.mark.parametrize("kind", ["check", "rebuild", "retry", "maintain", "categorise"])
def test_work_on_a_lake_that_is_not_there_says_so_and_makes_none(settings: Settings, kind: str):
    with pytest.raises(LakeError, match="no lake here yet"):
        jobs.do(settings, kind, {}, silent)
    assert not settings.home.exists()


@pytest.fixture
def made(settings: Settings, new_home: Path) -> Settings:
    """Settings of a home with an empty lake: what a job does to it is checked where it is done."""
    shutil.copytree(new_home, settings.home)
    return settings


def test_a_second_command_waits_for_the_first_and_then_works_itself(made: Settings):
    held, release = threading.Event(), threading.Event()

    def first() -> None:
        with writer_lock(made, "liniya ingest"):
            held.set()
            release.wait(20)

    other = threading.Thread(target=first)
    other.start()
    held.wait(10)
    threading.Timer(1.0, release.set).start()
    assert jobs.do(made, "rebuild", ALL, silent) == NOTHING
    assert release.is_set()
    other.join()
    assert desk.take(made) is None  # nothing is left for a later worker to do again


def test_a_job_whose_worker_died_in_the_middle_is_done_by_who_asked(made: Settings):
    with writer_lock(made, "liniya worker"):
        asked = threading.Thread(target=lambda: found.append(jobs.do(made, "rebuild", ALL, silent)))
        found: list[dict[str, int]] = []
        asked.start()
        while desk.take(made) is None:
            time.sleep(0.05)
    asked.join(60)
    assert found == [NOTHING]


@pytest.fixture
def tiny(tmp_path: Path):
    """A disk of 1 MB; grow(n) makes it n kB."""
    place = tmp_path / "tiny"
    place.mkdir()

    def mount(*words: str) -> None:
        done = subprocess.run(
            ["mount", *words, str(place)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no disk of a given size here: {done.stderr.strip()}")

    try:
        mount("-t", "tmpfs", "-o", "size=1000k", "tmpfs")
    except FileNotFoundError:
        pytest.skip("no mount here")
    yield place, lambda size: mount("-o", f"remount,size={size}k")
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_full_disk_is_named_and_space_mends_it(tiny, tmp_path: Path):
    place, grow = tiny
    full = Settings(home=place / "home")
    rows = (f"c{n},2026-11-20T{n % 24:02}:{n % 60:02}:00+03:00,8916{n:07}" for n in range(6000))
    calls = tmp_path / "calls.csv"
    calls.write_text("\n".join(["call_id,received_at,caller_number", *rows]), "utf-8")
    many = {"paths": [str(calls)], "source": None}
    with pytest.raises(LakeError, match=r"home: the disk is full, .*Free space"):
        jobs.do(full, "ingest", many, silent)
    grow(200_000)
    (row,) = jobs.do(full, "ingest", many, silent)
    assert (row["read"], row["accepted"]) == (6000, 6000)
    lake = open_lake(full, read_only=True)
    assert lake.frame("select count(*) from lake.contacts").item() == 6000
    lake.close()


def test_a_full_desk_is_told_from_a_locked_one():
    for said in ("database or disk is full", "Failed to commit: disk I/O error"):
        assert is_full(sqlite3.OperationalError(said))
    assert is_full(OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)))
    assert not is_full(sqlite3.OperationalError("database is locked"))
