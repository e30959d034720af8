"""Every error this project raises on purpose.

LiniyaError
  SettingsError    a setting or an environment variable does not make sense
  ReferenceDataError  a row of reference data is wrong: unknown key, event, unit
  SourceError      a file is not what its adapter or profile expects; nothing was written
  LakeError        the lake cannot be opened, or is in use by another writer
    NoLakeError    there is none yet
  ModelError       a mart broke the contract in its header
  ActError         a person's act makes no sense on what others did meanwhile; nothing was written
  QueryError       a question that cannot be answered: unknown group, bad date
  UsageError       a command was called wrongly (exit code 2)

Imports nothing from the project. A message says where, what was found and wanted, and what to do;
it never contains a raw value of a log row (rows hold personal data).
"""

from collections.abc import Iterable
from difflib import get_close_matches


class LiniyaError(Exception):
    """Base class: catch this to catch everything raised on purpose."""


class SettingsError(LiniyaError):
    """A setting does not make sense."""


class ReferenceDataError(LiniyaError):
    """A row of `data/reference` or `data/sources` is wrong; the message names file and line."""


class SourceError(LiniyaError):
    """A file does not match its contract. Nothing was written."""


class LakeError(LiniyaError):
    """The lake cannot be opened, is of another version, or is in use by another writer."""


class VersionError(LakeError):
    """The lake is of a newer program, or of an older one and only to be read."""

    def __init__(self, message: str, *, is_newer: bool) -> None:
        """Keep which of the two, the lake or the program, is to be brought up to date."""
        super().__init__(message)
        self.is_newer = is_newer


class NoLakeError(LakeError):
    """Nothing was ever ingested into this home."""


class ModelError(LiniyaError):
    """A mart did not build, or its rows are not unique on the declared key."""


class QueryError(LiniyaError):
    """A question the metrics cannot answer as asked."""


class ActError(LiniyaError):
    """An act of a person is refused; `code` says why in one word, for pages to word it."""

    def __init__(self, code: str, message: str, incident_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.incident_id = incident_id  # the one that stands in the way


class UsageError(LiniyaError):
    """A command was called wrongly."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known word, or an empty string.

    >>> nearest("anwered", ["answered", "offered"])
    " (did you mean 'answered'?)"
    """
    close = get_close_matches(word, sorted(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
