"""The command line without 3 to 8 s of imports for each command.

`run` calls it in the process of the tests. `start` makes a process of its own, to be killed,
limited or left to work, forked from one that has imported everything; `call` one for a function.
"""

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType

import pytest

from pipelines.cli import main

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.command", "pipelines.worker", "expectations.pushdown"])


def run(env: Mapping[str, str], *words: str) -> CompletedProcess[str]:
    """Call `liniya` with these words, and with `env` in place of the environment."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr("os.environ", dict(env))
        patch.setattr(sys, "argv", ["liniya", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    code = int(ended.value.code or 0)
    return CompletedProcess(words, code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Started:
    """A running command; ends with the test process at the latest."""

    process: BaseProcess

    def kill(self, how: int = signal.SIGKILL) -> None:
        """Send a signal, if it still runs."""
        if self.process.is_alive():
            os.kill(self.process.pid or 0, how)

    def wait(self, seconds: float) -> int:
        """Return its exit code (minus the signal it died by)."""
        self.process.join(seconds)
        code = self.process.exitcode
        assert code is not None, f"still running after {seconds} s"
        return code


def start(
    env: Mapping[str, str], *words: str, output: Path = Path(os.devnull), largest: int = 0
) -> Started:
    """Start `liniya` with these words; what it says goes to `output`.

    Args:
        env: in place of the environment.
        words: of the command.
        output: file for stdout and stderr.
        largest: bytes a file of it may have; 0: any.
    """
    return call(partial(_work, dict(env), words, output, largest))


def call(work: Callable[[], None]) -> Started:
    """Call a function (of a module, with arguments that can be pickled) in a process of its own."""
    process = _FORKS.Process(target=work, daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        # a page that ran in this process stands as its main module, and the child would run it
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process.start()
    return Started(process)


def _work(env: dict[str, str], words: tuple[str, ...], output: Path, largest: int) -> None:
    os.environ.clear()
    os.environ.update(env)
    to = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(to, stream)
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.argv = ["liniya", *words]
    main()
