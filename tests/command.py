"""The command line in the process of the tests: whole commands without 3 s of imports for each."""

import contextlib
import io
import sys
from collections.abc import Mapping
from subprocess import CompletedProcess

import pytest

from pipelines.cli import main


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
    code = ended.value.code
    return CompletedProcess(
        words, code if isinstance(code, int) else 0, out.getvalue(), err.getvalue()
    )
