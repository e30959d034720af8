"""Delivery of queued messages by Apprise, in a thread of its own: a dead receiver slows nobody.

An address gets its messages one after another; where one does not arrive, the next wait with it.
Marked as sent after the receiver took it: only a process killed in that very moment sends twice.
Apprise writes urls with their secrets to its log: it is kept silent, and of what it says only a
code is taken over.
"""

import logging
import re
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.alerts import outbox
from pipelines.alerts.addresses import Addresses
from pipelines.alerts.store import desk
from pipelines.alerts.words import Texts
from pipelines.reference import Reference
from pipelines.settings import Settings

log = logging.getLogger(__name__)
LOOK_S = 1.0  # how often the outbox is looked at while nobody wakes the thread
FAULT_S = 15.0  # pause where the desk cannot be written
STOP_S = 10.0  # longer than Apprise waits for a receiver (4 s to connect, 4 s for its answer)
_HTTP = re.compile(r"error=(\d{3})")


@dataclass
class Delivery:
    """The thread; `wake` it when something was queued."""

    settings: Settings
    addresses: Addresses
    texts: Mapping[str, Texts]
    first_retry_s: float = outbox.FIRST_RETRY_S
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _arrived: set[int] = field(default_factory=set)  # and not yet marked as sent

    def start(self) -> "Delivery":
        """Begin; with no address at all there is nothing to do."""
        if self.addresses:
            self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
            self._thread.start()
        return self

    def wake(self) -> None:
        """Look at the outbox now."""
        self._wake.set()

    def stop(self) -> None:
        """Let the message in hand arrive, then end; the rest is sent after a restart."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                while self._round() and not self._stop.is_set():
                    pass
            except sqlite3.Error as error:  # a full disk, another's long write: it passes
                log.error("alerts: the outbox cannot be read or written (%s)", error)
                self._stop.wait(FAULT_S)
            self._wake.wait(LOOK_S)
            self._wake.clear()

    def _round(self) -> int:
        """Send at most one message to each address; return how many arrived."""
        return sum(
            self._one(channel, number, url)
            for channel, urls in self.addresses.items()
            for number, url in enumerate(urls)
            if not self._stop.is_set()
        )

    def _one(self, channel: str, number: int, url: str) -> bool:
        with desk(self.settings) as con:
            message = outbox.next_message(con, self.settings, channel, number, self.texts[channel])
        if message is None:
            return False
        error = None
        if message.message_id not in self._arrived:
            error = send(url, message.title, message.body, self._file(message))
        if error is None:
            self._arrived.add(message.message_id)
        with desk(self.settings) as con:
            if error is None:
                outbox.sent(con, message)
            elif not outbox.not_sent(con, message, error, self.first_retry_s):
                log.error("alerts: given up on a message to %s: %s", channel, error)
        self._arrived.discard(message.message_id)
        return error is None

    def _file(self, message: outbox.Message) -> Path | None:
        """Return what a published week takes along; None: nothing, or it is not there (yet)."""
        if message.kind != outbox.REPORT:
            return None
        with desk(self.settings) as con:
            row = con.execute(
                "select file from report_messages where message_id = ?", (message.message_id,)
            ).fetchone()
        path = Path(row["file"]) if row else None
        return path if path and path.is_file() else None


def words(settings: Settings, reference: Reference) -> dict[str, Texts]:
    """Return the words of each channel, in its language."""
    return {one.id: Texts(settings, reference, one.language) for one in reference.receivers}


def send(url: str, title: str, body: str, file: Path | None = None) -> str | None:
    """Send one message to one address; return None, or a code that says why it did not arrive.

    Codes: `http 500`, no_answer (no connection, or no answer in time), refused (the receiver said
    no, as far as Apprise tells), bad_address, and the name of an error nobody foresaw.
    """
    apprise = _apprise()
    try:
        target = apprise.Apprise.instantiate(url, asset=_asset(), suppress_exceptions=True)
        if target is None:
            return "bad_address"
        with _Said() as said:
            is_sent = target.notify(
                title=title,
                body=body,
                body_format=apprise.NotifyFormat.TEXT,
                attach=apprise.AppriseAttachment(str(file)) if file else None,
            )
    except Exception as error:  # of any plugin: the thread goes on
        # without its text, which may hold the url
        return type(error).__name__
    return None if is_sent else said.code


class _Said(logging.Handler):
    """Hears what Apprise says while it sends, and keeps a code of it."""

    def __init__(self) -> None:
        super().__init__()
        self.code = "refused"

    def __enter__(self) -> "_Said":
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take over the code of an answer, or that there was none."""
        said = record.getMessage()
        if found := _HTTP.search(said):
            self.code = f"http {found[1]}"
        elif "onnection error" in said:
            self.code = "no_answer"


@cache
def _apprise() -> Any:
    """Import Apprise where it is needed (half a second), and take its log away from ours."""
    import apprise

    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # below it writes paths, with tokens
    return apprise


@cache
def _asset() -> Any:
    return _apprise().AppriseAsset(app_id="Liniya", app_desc="Liniya", app_url="")
