"""Where the channels of alerts are delivered: addresses with secrets, from settings only.

`channel=url` separated by blanks or lines, in LINIYA_ALERT_URLS or in the file `alert_urls` of the
lake's home, which only its owner may read. A channel may have several. No message of this module
quotes a url: it holds passwords and tokens.
"""

import re
import stat
from collections.abc import Collection, Mapping

from pipelines.errors import SettingsError, nearest
from pipelines.settings import Settings

Addresses = Mapping[str, tuple[str, ...]]  # channel -> urls
# webhooks and mail; messengers are named in LINIYA_ALERT_MESSENGERS by who wants them
SCHEMES = ("json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos")
_SCHEME = re.compile(r"([a-z][a-z0-9]{1,14})://", re.IGNORECASE)


def addresses(settings: Settings, channels: Collection[str]) -> Addresses:
    """Read the addresses.

    Args:
        channels: known to reference data.

    Raises:
        SettingsError: the file may be read by others, an unknown channel or a scheme not allowed.
    """
    where = "LINIYA_ALERT_URLS"
    entries = settings.alert_urls.split()
    if not entries and settings.alert_file.is_file():
        where = str(settings.alert_file)
        _only_its_owner(settings)
        lines = settings.alert_file.read_text("utf-8").splitlines()
        entries = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found: dict[str, tuple[str, ...]] = {}
    allowed = {*SCHEMES, *re.findall(r"\w+", settings.alert_messengers.lower())}
    for number, entry in enumerate(entries, 1):
        channel, sign, url = (part.strip() for part in entry.partition("="))
        scheme = _SCHEME.match(url)
        if not sign or not scheme or not re.fullmatch(r"[\w.-]+", channel):
            raise SettingsError(
                f"{where}: address {number} is not channel=scheme://…; "
                f"write it as shift=json://host/path (docs/alerts.md)"
            )
        if channel not in channels:
            raise SettingsError(
                f"{where}: address {number} is of channel '{channel}'{nearest(channel, channels)}; "
                f"alerts.yml knows: {', '.join(channels)}."
            )
        if scheme[1].lower() not in allowed:
            raise SettingsError(
                f"{where}: address {number}: '{scheme[1]}' is no webhook and no mail "
                f"({', '.join(SCHEMES)}). Messengers are off; LINIYA_ALERT_MESSENGERS names those "
                f"that may be used."
            )
        found[channel] = (*found.get(channel, ()), url)
    return found


def _only_its_owner(settings: Settings) -> None:
    if settings.alert_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"{settings.alert_file}: holds secrets and may be read by others: "
            f"chmod 600 {settings.alert_file}"
        )
