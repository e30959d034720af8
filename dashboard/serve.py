"""How the dashboard is started: `python -m dashboard` (what `liniya dashboard` runs)."""

import sys
from pathlib import Path

from dashboard.access import LOOPBACK
from pipelines.errors import SettingsError
from pipelines.settings import Settings

ENTRY = Path(__file__).with_name("asgi.py")


def command(settings: Settings) -> list[str]:
    """Return the command line of the server for these settings.

    Raises:
        SettingsError: the host is not loopback; without sign-in nobody else may connect.
    """
    if settings.host not in LOOPBACK:
        raise SettingsError(
            f"LINIYA_HOST is '{settings.host}', but sign-in is not set up, so the dashboard "
            f"listens on this machine only. Use 127.0.0.1 and put a proxy with sign-in in front."
        )
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ENTRY),
        f"--server.address={settings.host}",
        f"--server.port={settings.port}",
    ]
