"""Settings: the only reader of the environment and of `liniya.toml`. One frozen value.

Order: environment (`LINIYA_*`), then `liniya.toml` in the working folder, then the default.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.errors import SettingsError, nearest

ROOT = Path(__file__).resolve().parent.parent

_RANGES = {
    "port": (1, 65535),
    "tick_s": (0.1, 3600),
    "short_abandon_s": (0, 3600),
    "fcr_days": (1, 365),
    "reopen_hours": (0, 8760),
    "late_days": (0, 365),
    "name_every_s": (0, 3600),
    "alert_every_s": (0, 3600),
    "alert_cap": (1, 1000),
    "alert_window_s": (1, 86400),
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AT = re.compile(rf"({'|'.join(WEEKDAYS)}) ([01]\d|2[0-3]):[0-5]\d")
_SIZE = re.compile(r"\d+(\.\d+)? ?([KMGT]i?B|B)", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; the name in capitals after LINIYA_ is the variable."""

    home: Path = ROOT / "data" / "warehouse"  # lake, desk, key, inbox, logs
    reference: Path = ROOT / "data" / "reference"  # replaces the folder whole
    sources: Path = ROOT / "data" / "sources"  # source profiles
    zone: str = "Europe/Moscow"  # the service's zone: naive times, days, hours
    clock: str = "wall"  # wall, or data: now = newest event seen
    inbox: str = ""  # folder the worker watches; empty = <home>/inbox
    host: str = "127.0.0.1"
    port: int = 8501
    short_abandon_s: int = 10
    fcr_days: int = 7
    reopen_hours: int = 24
    late_days: int = 3  # a week stays preliminary so long
    tick_s: float = 1.0  # the worker's longest pause; a followed log that grows ends it
    recording_url: str = ""  # of a talk: {contact_id}, {native_id} and {date} are filled in
    new_key: str = ""  # fingerprint of a key the lake shall go on with (docs/privacy.md)
    memory_limit: str = ""  # DuckDB memory limit, e.g. 4GB; empty = its own default
    base_url: str = ""  # address people open the dashboard at, for links; empty = host and port
    alert_urls: str = field(default="", repr=False)  # channel=url …, secret (docs/alerts.md)
    alert_messengers: str = ""  # schemes of messengers allowed beside webhooks and mail
    name_every_s: float = 5.0  # the last categoriser names new texts so often; 0 = never
    alert_every_s: float = 15.0  # rules of alerts are looked at so often; 0 = never
    alert_cap: int = 10  # messages an address gets one by one in alert_window_s; then digests
    alert_window_s: int = 600
    report_at: str = "mon 08:00"  # when the worker publishes the last week; empty = never
    report_dir: str = ""  # folder of its files; empty = <home>/reports
    report_channels: str = ""  # ids of channels of alerts.yml that are sent its PDF

    @property
    def catalog(self) -> Path:
        """The DuckLake catalogue (SQLite in WAL). Never open it with Python's sqlite3."""
        return self.home / "catalog.sqlite"

    @property
    def data(self) -> Path:
        """Folder of the lake's Parquet files."""
        return self.home / "lake"

    @property
    def desk(self) -> Path:
        """What people write: notes, acknowledgements, jobs, the access log."""
        return self.home / "desk.sqlite"

    @property
    def models_dir(self) -> Path:
        """What the last version of the categoriser was taught."""
        return self.home / "models"

    @property
    def key(self) -> Path:
        """The secret key of identifiers' hashes; readable by its owner only."""
        return self.home / "identity.key"

    @property
    def alert_file(self) -> Path:
        """Addresses of alerts' channels, where LINIYA_ALERT_URLS is empty; its owner's only."""
        return self.home / "alert_urls"

    @property
    def address(self) -> str:
        """The dashboard's address, without a slash at its end: what links begin with."""
        return self.base_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def lock(self) -> Path:
        """Held by the one writer of the embedded lake."""
        return self.home / "worker.lock"

    @property
    def inbox_dir(self) -> Path:
        """Folder whose files the worker ingests and tails."""
        return Path(self.inbox) if self.inbox else self.home / "inbox"

    @property
    def tz(self) -> ZoneInfo:
        """The service's time zone."""
        return ZoneInfo(self.zone)


def load(env: dict[str, str] | None = None, toml: Path | None = None) -> Settings:
    """Read the settings once.

    Raises:
        SettingsError: an unknown LINIYA_ variable or toml key, or a value of the wrong type.
    """
    env = dict(os.environ) if env is None else env
    toml = Path("liniya.toml") if toml is None else toml
    given = _of_file(toml) if toml.is_file() else {}
    given |= {
        k.removeprefix("LINIYA_").lower(): v for k, v in env.items() if k.startswith("LINIYA_")
    }
    known = {f.name: f for f in fields(Settings)}
    if unknown := given.keys() - known.keys():
        word = sorted(unknown)[0]
        raise SettingsError(
            f"unknown setting '{word}' (LINIYA_{word.upper()}){nearest(word, known)}. "
            f"Known: {', '.join(known)}."
        )
    made = Settings(**{name: _cast(name, value) for name, value in given.items()})
    try:
        made.tz  # noqa: B018 the check is the lookup itself
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"LINIYA_ZONE: no time zone '{made.zone}'") from error
    if made.clock not in ("wall", "data"):
        raise SettingsError(f"LINIYA_CLOCK is '{made.clock}'; it must be 'wall' or 'data'")
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(made, name) <= most:
            raise SettingsError(
                f"LINIYA_{name.upper()} is {getattr(made, name)}; it must be {least} to {most}"
            )
    _check_recording_url(made.recording_url)
    if made.memory_limit and not _SIZE.fullmatch(made.memory_limit.strip()):
        raise SettingsError(
            f"LINIYA_MEMORY_LIMIT is '{made.memory_limit}'; write a number and its unit, as 4GB"
        )
    if made.report_at and not _AT.fullmatch(made.report_at):
        raise SettingsError(
            f"LINIYA_REPORT_AT is '{made.report_at}'; write a day and a time, as 'mon 08:00', "
            f"or leave it empty"
        )
    return made


def _check_recording_url(template: str) -> None:
    """Refuse a template that is no address, names no contact, or asks for what is not known."""
    known = {"contact_id": "", "native_id": "", "date": ""}
    try:
        asked = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError:  # a brace that does not close
        asked = {"{"}
    is_address = template.startswith(("http://", "https://"))
    if template and not (is_address and asked <= known.keys() and asked - {"date"}):
        raise SettingsError(
            f"LINIYA_RECORDING_URL is '{template}'; write an address with the contact in it, as "
            f"https://records.example/{{date}}/{{native_id}}.wav (known: {', '.join(known)})"
        )


def _of_file(toml: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(toml.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{toml}: not read as TOML: {error}. Write one `name = value` a line, texts in quotes."
        ) from error


def _cast(name: str, value: Any) -> Any:
    default = getattr(Settings, name)
    try:
        if isinstance(default, Path):
            return Path(value).expanduser().resolve()
        return type(default)(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"LINIYA_{name.upper()}: '{value}' is not {_kind(default)}") from error


def _kind(value: Any) -> str:
    kinds = {int: "a whole number", float: "a number", Path: "a path"}
    return next((word for kind, word in kinds.items() if isinstance(value, kind)), "a text")


def wall_now() -> datetime:
    """Return the wall clock in UTC; the only place that asks it for product time."""
    return datetime.now(UTC)
