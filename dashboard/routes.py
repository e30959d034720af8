"""Our own addresses beside Streamlit's: choosing a profile, and whether the service is ready."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from dashboard import access, data
from pipelines.errors import LiniyaError
from pipelines.settings import wall_now


def enter(request: Request) -> Response:
    """Keep the picked profile in a signed cookie and go back to where the person was."""
    settings = data.settings()
    picked = request.query_params.get("person", "")
    if picked not in access.people(settings):
        return PlainTextResponse("unknown profile", 404)
    answer = _back(request)
    answer.set_cookie(
        access.COOKIE,
        access.sign(settings, picked, "person"),
        max_age=access.COOKIE_DAYS * 86400,
        httponly=True,
        samesite="lax",
    )
    return answer


def leave(request: Request) -> Response:
    """Forget the profile."""
    answer = _back(request)
    answer.delete_cookie(access.COOKIE)
    return answer


def _back(request: Request) -> RedirectResponse:
    """Redirect to `to`, which must be a path of this site."""
    to = request.query_params.get("to", "/")
    parts = urlsplit(to)
    safe = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.netloc
    return RedirectResponse(to if safe else "/", status_code=303)


def readyz(_request: Request) -> Response:
    """Say whether the lake answers: 200 with the data's version and age in seconds, else 503."""
    try:
        lake = data.lake()
        newest = lake.newest()
        snapshot = lake.version()
    except LiniyaError as error:
        return JSONResponse({"status": "no data", "reason": type(error).__name__}, 503)
    age = None if newest is None else round((wall_now() - newest).total_seconds(), 1)
    return JSONResponse({"status": "ready", "snapshot": snapshot, "data_age_s": age})
