"""The file a report goes to: what is told of it before the work, and when it cannot be written."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.errors import UsageError


def check_out(out: Path, endings: Sequence[str]) -> None:
    """Tell a file that cannot be written before anything is computed for it.

    Raises:
        UsageError: another ending, or no such folder.
    """
    if out.suffix not in endings:
        raise UsageError(
            f"{out.name}: the ending decides the form; it must be one of {', '.join(endings)}"
        )
    check_folder(out)


def check_folder(out: Path) -> None:
    """Raise UsageError where the folder of a file is absent."""
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent}: no such folder; make it first")


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn an error of the system inside into a UsageError that names the file."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror or error})") from error
