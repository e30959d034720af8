"""The server: Streamlit's application with our routes, headers and the live board's poller.

Started by `python -m dashboard`, or `streamlit run dashboard/asgi.py` from anywhere. One process:
the sessions and the poller live in it.
"""

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import AsyncIterator
from types import FrameType

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.addresses import KnownAddresses
from dashboard.headers import SecurityHeaders
from dashboard.live.hub import hub
from dashboard.live.route import URL, live
from dashboard.routes import enter, leave, readyz
from dashboard.theme import HERE


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Start the poller; let go of open streams at the signal, before the server waits for them."""
    loop = asyncio.get_running_loop()
    # after each run of a page Streamlit looks through every object of the process for garbage (.1 s
    # in which all sessions wait): what is imported by now stays, and need not be looked at
    gc.collect()
    gc.freeze()
    hub.start(loop)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            _chain(number, loop)
    try:
        yield {}
    finally:
        hub.shutdown()


def _chain(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    before = signal.getsignal(number)

    def stop(received: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub.shutdown)
        if callable(before):
            before(received, frame)

    signal.signal(number, stop)


app = st.App(
    HERE / "app.py",
    lifespan=lifespan,
    routes=[
        Route("/readyz", readyz),
        Route(URL, live),
        Route("/api/enter", enter),
        Route("/api/leave", leave),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(KnownAddresses)],
)
