"""The server: Streamlit's application with our routes, headers and the live board's poller.

Started by `python -m dashboard`, or `streamlit run dashboard/asgi.py` from anywhere. One process:
the sessions and the poller live in it.
"""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.headers import SecurityHeaders
from dashboard.routes import enter, leave, readyz
from dashboard.theme import HERE

app = st.App(
    HERE / "app.py",
    routes=[
        Route("/readyz", readyz),
        Route("/api/enter", enter),
        Route("/api/leave", leave),
    ],
    middleware=[Middleware(SecurityHeaders)],
)
