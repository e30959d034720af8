"""Readers: a file of any known log becomes typed, protected staged frames. See docs/sources.md."""

from pipelines.sources.again import staged_from_json
from pipelines.sources.context import Context
from pipelines.sources.detect import detect
from pipelines.sources.reader import read
from pipelines.sources.staged import Staged

__all__ = ["Context", "Staged", "detect", "read", "staged_from_json"]
