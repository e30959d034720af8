"""SQL files of this folder, read once."""

from functools import cache
from pathlib import Path


@cache
def sql_text(name: str) -> str:
    """Return the text of `<name>.sql`."""
    return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")
