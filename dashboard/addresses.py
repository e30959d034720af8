"""Addresses of no page: the browser is sent to a page of ours that says so, in its language.

Streamlit answers any address with its application, and says «Page not found» in English only.
Only what a person opens is looked at (a document, asked for as HTML); files, streams and
Streamlit's own addresses pass.
"""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.pages import HOME, MISSING, PAGES

KNOWN = {"", HOME, MISSING, *PAGES}
# first parts of the addresses of Streamlit and of our own routes
OTHERS = ("_stcore", "api", "app", "component", "media", "oauth2callback", "readyz", "static")


class KnownAddresses:
    """Send documents of unknown addresses to the page that says so."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or lead elsewhere."""
        if scope["type"] == "http" and is_lost(asked := Request(scope)):
            here = {"address": scope["path"][:200]}
            if lang := asked.query_params.get("lang"):
                here["lang"] = lang[:2]
            query = urlencode(here, safe="/", quote_via=quote)
            answer = RedirectResponse(f"/{MISSING}?{query}", status_code=303)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_lost(request: Request) -> bool:
    """Tell a document asked for at an address where no page is."""
    path = request.url.path.strip("/")
    is_document = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return is_document and path not in KNOWN and path.split("/")[0] not in OTHERS
