"""Readers: a file of any known log becomes typed, protected staged frames. See docs/sources.md."""

from pipelines.sources.again import staged_from_json
from pipelines.sources.context import Context
from pipelines.sources.detect import detect
from pipelines.sources.formats import is_growable
from pipelines.sources.profile_files import companions, table_of
from pipelines.sources.reader import read
from pipelines.sources.staged import Staged

__all__ = [
    "Context", "Staged", "companions", "detect", "is_growable", "read", "staged_from_json",
    "table_of",
]  # fmt: skip
