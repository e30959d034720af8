"""GET /api/live: the stream of the board, for whoever holds a token of a page."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from dashboard import access, data
from dashboard.i18n import LANGUAGES
from dashboard.live.hub import Channel, hub
from pipelines.settings import Settings

URL = "/api/live"
PAGE = "now"  # the page the stream belongs to: who may not open it gets no stream


def token(
    settings: Settings,
    person: access.Person,
    lang: str,
    *,
    lines: tuple[str, ...] = (),
    is_wall: bool = False,
) -> str:
    """Return a token for the stream: who, in which language, of which lines (all: ()), for whom.

    A wall screen is seen by everybody who passes: it has no names.
    """
    claims = {"person": person.id, "lang": lang, "lines": list(lines), "wall": is_wall}
    return access.sign(settings, claims, "live")


def with_names(person: access.Person, *, is_wall: bool) -> bool:
    """Say whether the board of this person has names of operators."""
    return person.sees_names and not is_wall


async def live(request: Request) -> Response:
    """Stream the board; 401 when the token is old, forged, or the person may not look any more.

    `?probe=1` answers 204 where a stream would open: EventSource hides the status.
    """
    settings = data.settings()
    claims = access.unsign(settings, request.query_params.get("t", ""), "live", access.TOKEN_S)
    person = _allowed(settings, claims)
    if person is None:
        return PlainTextResponse("the token is not valid any more", 401)
    if request.query_params.get("probe"):
        return Response(status_code=204)
    lang = claims["lang"] if claims["lang"] in LANGUAGES else LANGUAGES[0]

    lines, is_wall = tuple(claims.get("lines", ())), bool(claims.get("wall"))

    def fresh() -> str | None:
        still = _allowed(settings, claims)
        if still != person:
            return None
        return token(settings, person, lang, lines=lines, is_wall=is_wall)

    channel = Channel(
        access.narrowed(access.scope(person), lines), lang, with_names(person, is_wall=is_wall)
    )

    return StreamingResponse(
        hub.stream(channel, fresh),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"},
    )


def _allowed(settings: Settings, claims: object) -> access.Person | None:
    """Return the person of the claims as `people.yml` says now, or None."""
    if not isinstance(claims, dict):
        return None
    person = access.people(settings).get(str(claims.get("person")))
    return person if person and person.may_open(PAGE) else None
