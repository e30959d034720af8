"""What a reader needs beside the file: the zone, the secret key, the profiles."""

from dataclasses import dataclass, field
from pathlib import Path

from pipelines.cleaning.keys import load_key
from pipelines.cleaning.mask import NOTHING, Keep
from pipelines.reference import Reference, digits, load
from pipelines.settings import Settings
from pipelines.sources.profile import Profile
from pipelines.sources.profile_load import load_profiles

CANONICAL = ("calls", "chats", "feedback", "operators", "journal", "events")
ADAPTERS = (*CANONICAL, "queue_log", "asterisk_cdr", "chatwoot")


@dataclass(frozen=True)
class Context:
    """Made once per process by `Context.of` and given to `detect` and `read`."""

    settings: Settings
    key: bytes = field(repr=False)
    profiles: dict[str, Profile]
    keep: Keep = NOTHING  # what looks personal and is the hotline's own
    beside: Path | None = None  # the table a profile joins, where the caller names it
    again: bool = False  # read files that are in the lake once more: their profile was mended

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
        return frozenset((*ADAPTERS, *self.profiles))

    @classmethod
    def of(cls, settings: Settings) -> "Context":
        """Load the key (made on the first run) and the profiles.

        Raises:
            SettingsError: the key cannot be read or made.
            ReferenceDataError: a profile or a row of reference data is wrong.
        """
        profiles = load_profiles(settings.sources, ADAPTERS)
        return cls(settings, load_key(settings.key), profiles, keep_of(load(settings.reference)))


def keep_of(reference: Reference) -> Keep:
    """Return what masking leaves alone: case numbers, the hotline's phones, words of its own."""
    numbers = [digits(n) for line in reference.lines.values() for n in line.numbers]
    own = frozenset(before + number for number in numbers for before in ("", "7", "8"))
    return Keep(own, "|".join(reference.masking.case_numbers), reference.masking.words)
