"""The hub: one thread asks the metrics once per scope, every open board gets the same bytes.

It looks fifty times a second whether the catalogue was written to, and publishes at a new version
of the lake (where only clocks changed, with the line that follows or a little later), and at least
every 5 seconds (sliding windows and ages move with no commit). With nobody looking it sleeps and
forgets its frames, so a first frame is never old. One hub a process: import it from here by name.
"""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from dashboard import access, data
from dashboard.access import TOKEN_S
from dashboard.live import alerts
from dashboard.live.payload import board_frame
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Scope, board

GLANCE_S = 0.02  # how often the catalogue's files are looked at
CHECK_S = 0.2  # how often the lake's version is, whatever they say (1 ms each)
GAP_S = 0.4  # never publish more often, however fast commits come
CLOCKS_S = 1.5  # clocks alone wait for the next line, at most so long after the last frame
TICK_S = 5.0  # never publish less often
HEARTBEAT_S = 15.0
TOKEN_EVERY_S = TOKEN_S / 2
RETRY_S = 2.0  # after an error: the lake may be replaced or locked just now

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channel:
    """Everybody with the same scope and language, who sees names or not, gets the same frames."""

    scope: Scope
    lang: str
    sees_names: bool = False


class Hub:
    """Frames by channel, and the thread that makes them."""

    def __init__(self) -> None:
        """Make an idle hub; `start` gives it a loop and a thread."""
        self.clients: Counter[Channel] = Counter()
        self.frames: dict[Channel, tuple[int, bytes]] = {}
        self._version = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Future[None] | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin polling; frames are handed over in this loop."""
        self._loop, self._news = loop, loop.create_future()
        self._stop.clear()
        threading.Thread(target=self._run, name="live-hub", daemon=True).start()

    def shutdown(self) -> None:
        """End every stream and the thread. To be called in the loop, at the signal."""
        self._stop.set()
        self._wake.set()
        if self._news and not self._news.done():
            self._news.set_result(None)

    async def stream(
        self, channel: Channel, token: Callable[[], str | None]
    ) -> AsyncIterator[bytes]:
        """Yield frames as server-sent events until the client goes or access is taken away.

        Args:
            channel: whose figures, in which language.
            token: makes a fresh token now and at half of its life; None: access was taken away.
        """
        self.clients[channel] += 1
        self._wake.set()
        seen, renew_at = -1, 0.0
        try:
            while not self._stop.is_set():
                if time.monotonic() >= renew_at:
                    fresh = token()
                    if fresh is None:
                        return
                    yield f"event: token\ndata: {fresh}\n\n".encode()
                    renew_at = time.monotonic() + TOKEN_EVERY_S
                version, frame = self.frames.get(channel, (-1, b""))
                if version == seen or not frame:
                    if not await self._wait():
                        yield b": hb\n\n"
                    continue
                seen = version  # a slow client skips versions: no queue grows
                yield frame
        finally:
            self.clients[channel] -= 1
            if self.clients[channel] <= 0:
                del self.clients[channel]
                self.frames.pop(channel, None)

    async def _wait(self) -> bool:
        """Wait for the next publication; False when the heartbeat is due first."""
        assert self._news is not None  # set by start, before any request
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._news), HEARTBEAT_S)
            return True
        return False

    def _publish(self, frames: dict[Channel, bytes]) -> None:
        self._version += 1
        self.frames |= {c: (self._version, f) for c, f in frames.items() if self.clients[c] > 0}
        assert self._loop is not None  # set by start
        news, self._news = self._news, self._loop.create_future()
        if news and not news.done():
            news.set_result(None)

    def _run(self) -> None:
        lake: Lake | None = None
        while not self._stop.is_set():
            try:
                if lake is None:
                    lake = open_lake(data.settings(), read_only=True)
                self._poll(lake)
            except Exception:  # the board must come back by itself; browsers show its age meanwhile
                log.exception("live board: next try in %s s", RETRY_S)
                _close(lake)
                lake = None
                self._stop.wait(RETRY_S)
        _close(lake)

    def _poll(self, lake: Lake) -> None:
        """Publish until stopped; any error goes up."""
        snapshot, published = -1, 0.0
        while not self._stop.is_set():
            if not self.clients:
                self._wake.clear()
                self._wake.wait(TICK_S)
                snapshot = -1
                continue
            stamp, began, found = lake.stamp(), time.monotonic(), lake.version()
            is_waited_for = any(c not in self.frames for c in list(self.clients))
            if is_waited_for or is_due(lake, found, snapshot, began - published):
                frames = make_frames(lake, list(self.clients))
                assert self._loop is not None  # set by start
                self._loop.call_soon_threadsafe(self._publish, frames)
                snapshot, published = found, began
                took = time.monotonic() - began
                self._stop.wait(max(GAP_S - took, took))  # never more than half of the time
            else:
                self._rest(lake, stamp)

    def _rest(self, lake: Lake, stamp: tuple[int, ...]) -> None:
        """Pause until somebody writes to the catalogue, or CHECK_S."""
        until = time.monotonic() + CHECK_S
        while lake.stamp() == stamp and time.monotonic() < until:
            if self._stop.wait(GLANCE_S):
                return


def is_due(lake: Lake, found: int, shown: int, age_s: float) -> bool:
    """Tell whether a frame that shows one version of the lake is to be followed by another.

    A frame made for clocks alone would keep the next line waiting for its own.
    """
    if age_s >= TICK_S:
        return True
    return found != shown and (age_s >= CLOCKS_S or lake.has_news(shown))


def make_frames(lake: Lake, channels: list[Channel]) -> dict[Channel, bytes]:
    """Ask the metrics once per scope, and word the answer once per channel."""
    with lake.transaction():
        figures = {
            scope: board(lake, lake.now(), scope) | alerts.figures(lake.settings, scope)
            for scope in {c.scope for c in channels}
        }
        names = access.all_names(lake) if any(c.sees_names for c in channels) else {}
    return {
        c: event("board", board_frame(figures[c.scope], c.lang, names if c.sees_names else {}))
        for c in channels
    }


def event(name: str, payload: object) -> bytes:
    """Return one server-sent event."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


def _close(lake: Lake | None) -> None:
    if lake is not None:
        lake.close()


hub = Hub()
