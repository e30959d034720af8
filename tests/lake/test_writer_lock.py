"""One writer at a time."""

import subprocess
import sys

import pytest

from pipelines.lake.lock import LakeBusyError, holder, is_locked, writer_lock

HOLD = """
import sys, time
from pathlib import Path
from pipelines.lake.lock import writer_lock
from pipelines.settings import Settings
with writer_lock(Settings(home=Path(sys.argv[1])), "liniya worker"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_refused_and_told_who_holds_the_lake(settings):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)], stdout=subprocess.PIPE
    )
    try:
        assert other.stdout.readline() == b"held\n"
        assert is_locked(settings)
        with (
            pytest.raises(LakeBusyError, match=rf"liniya worker \(pid {other.pid}"),
            writer_lock(settings, "x"),
        ):
            pass
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    # the kernel let the dead one's lock go
    with writer_lock(settings, "next"):
        assert holder(settings).startswith("next (pid ")
    assert not is_locked(settings)
