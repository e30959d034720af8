"""Start the dashboard in place of this process: `python -m dashboard`."""

import os
import sys

from dashboard.serve import command
from pipelines.demo import ensure_port
from pipelines.errors import LiniyaError
from pipelines.settings import load


def main() -> None:
    """Become the server; a wrong setting is a message and exit code 2."""
    try:
        settings = load()
        argv = command(settings)
        ensure_port(settings)
    except LiniyaError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
