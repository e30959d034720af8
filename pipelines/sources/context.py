"""What a reader needs beside the file: the zone, the secret key, the profiles, memory of tails."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.cleaning.keys import load_key
from pipelines.settings import Settings
from pipelines.sources.profile import Profile
from pipelines.sources.profile_load import load_profiles

CANONICAL = ("calls", "chats", "feedback", "operators", "journal", "events")
ADAPTERS = (*CANONICAL, "queue_log", "chatwoot")
# names that contact ids may begin with; the last adapter is read by later versions
RESERVED = (*ADAPTERS, "asterisk_cdr")


@dataclass(frozen=True)
class Context:
    """Made once per process by `Context.of` and given to `detect` and `read`."""

    settings: Settings
    key: bytes = field(repr=False)
    profiles: dict[str, Profile]
    beside: Path | None = None  # the table a profile joins, where the caller names it
    # tailed queue_logs: path -> queue entries still open; only ever a shortcut (see queue_log.py)
    memory: dict[str, tuple[int, pl.DataFrame]] = field(default_factory=dict, repr=False)

    @property
    def zone(self) -> str:
        """The zone of naive times, unless a profile names another."""
        return self.settings.zone

    @property
    def known(self) -> tuple[str, ...]:
        """Every source name `--source` takes."""
        return (*ADAPTERS, *self.profiles)

    @property
    def prefixes(self) -> frozenset[str]:
        """What may stand before the colon of a contact id."""
        return frozenset((*RESERVED, *self.profiles))

    @classmethod
    def of(cls, settings: Settings) -> "Context":
        """Load the key (made on the first run) and the profiles.

        Raises:
            SettingsError: the key cannot be read or made.
            ReferenceDataError: a profile is wrong.
        """
        return cls(settings, load_key(settings.key), load_profiles(settings.sources, RESERVED))
